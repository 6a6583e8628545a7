"""Expressions as values of registers, such as `"e % 64"`, over the names of a coordinate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.expression import parse_expression
from hicannx.yamlsource import Node

_highest = float(1 << 53)


def evaluate(node: Node, names: Mapping[str, Any]) -> Any:
    """The integer value, or array of them, of the expression in `node`; a DiagnosticError (C105) if it has none."""
    value = evaluate_number(node, names)
    if np.any(value != np.floor(value)) or np.any(np.abs(value) > _highest):
        title = f"`{node.shown}` is not an integer everywhere"
        raise DiagnosticError([Diagnostic("C105", title, node.span, help="divide with //")])
    return value.astype(np.int64)


def evaluate_number(node: Node, names: Mapping[str, Any]) -> Any:
    """The value of an expression as an array of numbers; a DiagnosticError (C105) if it has none."""
    try:
        expression = parse_expression(node.shown)
    except (ValueError, RecursionError, MemoryError) as error:
        raise DiagnosticError([Diagnostic("C105", str(error), node.span)]) from None
    for name in sorted(expression.names - names.keys()):
        title = f"the name `{name}` is not known in this expression"
        raise DiagnosticError([Diagnostic("C105", title, node.span, help=did_you_mean(name, names))])
    numbers = {
        name: np.asarray(names[name], np.float64) for name in expression.names
    }  # integers would make 1 // 0 zero
    try:
        with np.errstate(all="ignore", divide="ignore" if numbers else "raise"):
            value = np.asarray(expression.evaluate(numbers))
        known = value.dtype.kind in "biuf" and bool(np.all(np.isfinite(value)))
    except (OverflowError, TypeError, FloatingPointError):
        known = False
    if not known:
        title = f"`{node.shown}` is not a number everywhere"
        raise DiagnosticError([Diagnostic("C105", title, node.span, help="mind divisions by zero and huge numbers")])
    return value


def words_of(node: Node) -> set[str]:
    """The words of an expression, among them all names that it uses."""
    return set(re.findall(r"[A-Za-z_]\w*", node.value)) if isinstance(node.value, str) else set()
