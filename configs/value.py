"""Values of register fields as a configuration writes them, for many instances at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.configs.expression import evaluate
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.field import Field
from hicannx.yamlsource import Node

Values = NDArray[np.int64]


def field_values(node: Node, field: Field, owner: str, names: Mapping[str, Any], count: int) -> Values:
    """The values of a field in `count` instances: shape [count], for arrays [count, size].

    `names` are what expressions may use, numbers or arrays of length `count`; in an array field also `k`, the place in
    the array. A DiagnosticError (C103, C105) says what does not fit; `owner` is the register's name.
    """
    if field.size is None:
        return _checked(node, field, owner, names, count)
    if isinstance(node.value, list):
        if len(node.value) != field.size:
            title = f"field `{field.name}` of {owner} takes {field.size} values, not {len(node.value)}"
            raise DiagnosticError([Diagnostic("C103", title, node.span, help=f"each of {field.allowed}")])
        columns = [_checked(one, field, owner, {**names, "k": k}, count) for k, one in enumerate(node.value)]
    else:
        columns = [_checked(node, field, owner, {**names, "k": k}, count) for k in range(field.size)]
    return np.stack(columns, axis=1)


def _checked(node: Node, field: Field, owner: str, names: Mapping[str, Any], count: int) -> Values:
    values = np.broadcast_to(np.asarray(_plain(node, field, owner, names), dtype=np.int64), count)
    allowed = (values >= field.low) & (values <= field.high)
    if field.enum:
        allowed = np.isin(values, list(field.enum.values()))
    if not allowed.all():
        title = f"value {int(values[~allowed][0])} does not fit in field `{field.name}` of {owner}"
        raise DiagnosticError([Diagnostic("C103", title, node.span, f"allowed: {field.allowed}")])
    return values


def _plain(node: Node, field: Field, owner: str, names: Mapping[str, Any]) -> Any:
    value = node.value
    if isinstance(value, bool) and field.kind == "bool":
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value in field.enum:
        return field.enum[value]
    if isinstance(value, str) and value.isidentifier() and value not in names:
        title = f"field `{field.name}` of {owner} has no value `{value}`"
        help_text = "" if field.kind == "bool" else did_you_mean(value, field.enum or names)
        raise DiagnosticError([Diagnostic("C103", title, node.span, f"allowed: {field.allowed}", help=help_text)])
    if isinstance(value, str):
        return evaluate(node, names)
    title = f"field `{field.name}` of {owner} cannot have this value"
    raise DiagnosticError([Diagnostic("C103", title, node.span, f"allowed: {field.allowed}")])
