"""Expressions as values of registers, such as `"e % 64"`, over the names of a coordinate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.expression import parse_expression
from hicannx.yamlsource import Node


def evaluate(node: Node, names: Mapping[str, Any]) -> Any:
    """The integer value, or array of them, of the expression in `node`; a DiagnosticError (C105) if it has none."""
    try:
        expression = parse_expression(str(node.value))
    except ValueError as error:
        raise DiagnosticError([Diagnostic("C105", str(error), node.span)]) from None
    for name in sorted(expression.names - names.keys()):
        title = f"the name `{name}` is not known in this expression"
        raise DiagnosticError([Diagnostic("C105", title, node.span, help=did_you_mean(name, names))])
    with np.errstate(all="ignore"):
        value = np.asarray(expression.evaluate(names))
    if not np.all(np.isfinite(value)) or np.any(value != np.floor(value)):
        title = f"`{node.value}` is not an integer everywhere"
        raise DiagnosticError([Diagnostic("C105", title, node.span, help="divide with //")])
    return value.astype(np.int64)
