"""Values of register fields as a configuration writes them, for many instances at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.configs.expression import evaluate
from hicannx.configs.table import expanded, file_numbers, is_text_of_numbers, text_numbers
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.field import Field
from hicannx.yamlsource import Node

Values = NDArray[np.int64]


def field_values(
    node: Node, field: Field, owner: str, names: Mapping[str, Any], count: int, columns: int | None = None
) -> Values:
    """The values of a field in `count` instances: shape [count], for arrays [count, size].

    `names` are what expressions may use, numbers or arrays of length `count`; in an array field also `k`, the place in
    the array. Pictures are fitted to rows of `columns` values, or of one instance each. A DiagnosticError (C103, C105,
    C122, C123) says what does not fit; `owner` is the register's name.
    """
    shape = (count,) if field.size is None else (count, field.size)
    many = _many(node, field, owner, names, shape, columns)
    if many is not None:
        return _checked(many, node, field, owner)
    if field.size is None:
        return _one(node, field, owner, names, count)
    if node.is_list:
        items = list(expanded(node.listed()))
        if len(items) != field.size:
            title = f"field `{field.name}` of {owner} takes {field.size} values, not {len(items)}"
            raise DiagnosticError([Diagnostic("C103", title, node.span, help=f"each of {field.allowed}")])
        columns_ = [_one(one, field, owner, {**names, "k": k}, count) for k, one in enumerate(items)]
    else:
        columns_ = [_one(node, field, owner, {**names, "k": k}, count) for k in range(field.size)]
    return np.stack(columns_, axis=1)


def _many(
    node: Node, field: Field, owner: str, names: Mapping[str, Any], shape: tuple[int, ...], columns: int | None
) -> Values | None:
    """What a table gives, a value for each instance and place in the array; None where the node is no table."""
    value = node.value
    if isinstance(value, int):
        return None
    total = int(np.prod(shape))
    if isinstance(value, dict):
        wide = columns or (shape[1] if len(shape) == 2 else shape[0])
        numbers = file_numbers(node, field.high, (total // wide, wide))
    elif is_text_of_numbers(value):
        numbers = text_numbers(node)
    elif isinstance(value, np.ndarray) and (len(shape) == 1 or len(value) == total):
        numbers = value
    elif isinstance(value, list) and (len(shape) == 1 or _is_nested(value)):
        numbers = _listed(node, field, owner, names)
    else:
        return None
    if numbers.size != total:
        title = f"field `{field.name}` of {owner} needs {_amount(shape)}, not {numbers.size}"
        raise DiagnosticError([Diagnostic("C122", title, node.span, help="`V x N` stands for N times the value V")])
    return numbers.reshape(shape)


def _amount(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"one value, or one for each of the {shape[0]} chosen instances"
    return f"{shape[1]} values for each of the {shape[0]} chosen instances"


def _is_nested(items: list[Node]) -> bool:
    return any(one.is_list or is_text_of_numbers(one.value) for one in items)


def _listed(node: Node, field: Field, owner: str, names: Mapping[str, Any]) -> Values:
    """The numbers of a list whose items are values or rows."""
    parts = []
    for item in expanded(node.value):
        if isinstance(item.value, np.ndarray):
            parts.append(item.value)
        elif isinstance(item.value, list):
            parts.append(_listed(item, field, owner, names))
        elif is_text_of_numbers(item.value):
            parts.append(text_numbers(item))
        else:
            known = {name: value for name, value in names.items() if np.ndim(value) == 0} if _is_text(item) else {}
            parts.append(_one(item, field, owner, known, 1))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _is_text(item: Node) -> bool:
    return isinstance(item.value, str)


def _one(node: Node, field: Field, owner: str, names: Mapping[str, Any], count: int) -> Values:
    value = _plain(node, field, owner, names)
    if isinstance(value, int):
        if _is_allowed(value, field):
            return np.full(count, value, dtype=np.int64)
        raise _misfit(value, node, field, owner)
    return _checked(np.broadcast_to(np.asarray(value, dtype=np.int64), count), node, field, owner)


def _is_allowed(value: int, field: Field) -> bool:
    return value in field.enum.values() if field.enum else field.low <= value <= field.high


def _checked(values: Values, node: Node, field: Field, owner: str) -> Values:
    allowed = (values >= field.low) & (values <= field.high)
    if field.enum:
        allowed = np.isin(values, list(field.enum.values()))
    if not allowed.all():
        raise _misfit(int(values[~allowed].flat[0]), node, field, owner)
    return values


def _misfit(value: int, node: Node, field: Field, owner: str) -> DiagnosticError:
    title = f"value {value} does not fit in field `{field.name}` of {owner}"
    return DiagnosticError([Diagnostic("C103", title, node.span, f"allowed: {field.allowed}")])


def _plain(node: Node, field: Field, owner: str, names: Mapping[str, Any]) -> Any:
    value = node.value
    if isinstance(value, bool) and field.kind == "bool":
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 62:
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
