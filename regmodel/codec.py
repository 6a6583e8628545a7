"""Words of registers from values of their fields, and back."""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.container import Container, OneHotCell
from hicannx.regmodel.field import Field, Part, Parts, position_text

_byte_bits, _word_bytes = 8, 4


def encode(container: Container, values: Mapping[str, Any], e: int = 0) -> list[int]:
    """The words of instance `e`, in the order of access; fields that are not given have their default.

    Flags take booleans, enumerations names or numbers, arrays a sequence. A DiagnosticError reports all unknown
    fields (R121), values that do not fit (R122), wrong lengths (R123), and an instance that does not exist (R124).
    """
    problems = [*_check_instance(container, e), *_check_values(container, values)]
    if problems:
        raise DiagnosticError(problems)
    return [int(word) for word in _encode(container, values, e)]


def encode_instances(
    container: Container, values: Mapping[str, Any], count: int, instances: Any = 0
) -> NDArray[np.int64]:
    """The words of `count` instances at once, shape [count, words]; only bytes of words depend on which these are.

    Values are as for `encode`, or arrays of shape [count] (array fields: a sequence with one of these per element).
    A DiagnosticError (R121 to R123) as for `encode`.
    """
    problems = _check_values(container, values)
    if problems:
        raise DiagnosticError(problems)
    words = [np.broadcast_to(np.asarray(word, dtype=np.int64), count) for word in _encode(container, values, instances)]
    return np.stack(words, axis=1)


def decode(
    container: Container,
    words: Sequence[Any],
    e: int = 0,
    valid_only: bool = True,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """The values of the fields, or `only` of some, from all words of instance `e`; enumerations as numbers, flags as
    booleans.

    Words may be int64 arrays over many instances: values then are arrays, those of array fields lists of arrays.
    A DiagnosticError reports a wrong number of words (R125), an instance that does not exist (R124), or, with
    `valid_only`, words that the register never has (R141).
    """
    problems = _check_instance(container, e)
    if len(words) != container.words:
        problems.append(Diagnostic("R125", f"{container.name} has {container.words} words, {len(words)} are given"))
    if valid_only and not problems:
        problems = _check_demanded(container, words)
    if problems:
        raise DiagnosticError(problems)
    if container.byte:
        words = [word << _byte_bits * container.byte_of(e) & (1 << container.word_bits) - 1 for word in words]
    if container.gray:
        words = [word ^ (word >> 1) for word in words]
    fields = container.fields if only is None else [container.by_name[name] for name in only]
    values = {field.name: _field_value(field, words) for field in fields if field.stored}
    if container.one_hot_cell:
        values |= _selected_cell(container.one_hot_cell, words)
    return values


def byte_enables(container: Container, values: Mapping[str, Any], e: Any = 0) -> tuple[Any, ...]:
    """Which bytes of a word a write of these values to instance `e` reaches, most significant byte first.

    Booleans, or arrays of booleans where values and instances are arrays.
    """
    if container.byte:
        return tuple(_flag(container.byte_of(e) == byte) for byte in range(_word_bytes))
    if container.byte_enables is None:
        return (True,) * _word_bytes
    field = container.by_name[container.byte_enables]
    return tuple(_flag(value) for value in values.get(field.name, field.default))


def _flag(value: Any) -> Any:
    return value.astype(bool) if isinstance(value, np.ndarray) else bool(value)


def _encode(container: Container, values: Mapping[str, Any], e: Any) -> list[Any]:
    words: list[Any] = list(container.constant_bits) or [0] * container.words
    for field in container.fields:
        value = values.get(field.name, field.default)
        for parts, one in zip(field.elements, [value] if field.size is None else value):
            _put(words, parts, (_number(field, one) + field.offset) & (1 << field.width) - 1)
    if container.one_hot_cell:
        _select_cell(container, container.one_hot_cell, values, words)
    if container.byte:
        words = [word >> _byte_bits * container.byte_of(e) for word in words]
    return [_gray_decode(word) for word in words] if container.gray else words


def _number(field: Field, value: Any) -> Any:
    """The number that a checked value stands for: of a name, a boolean, an integer, or integers in an array."""
    if isinstance(value, str):
        return field.enum[value]
    return value.astype(np.int64) if isinstance(value, np.ndarray) else operator.index(value)


def _put(words: list[Any], parts: Parts, raw: Any) -> None:
    below = sum(part.width for part in parts)
    for part in parts:
        below -= part.width
        bits = raw >> below & (1 << part.width) - 1
        if part.thermometer:
            bits = (1 << bits) - 1
        if part.inverted:
            bits = bits ^ (1 << part.bits) - 1
        words[part.word] = words[part.word] | bits << part.lsb


def _get(words: Sequence[Any], parts: Parts) -> Any:
    raw: Any = 0
    for part in parts:
        raw = raw << part.width | _part_value(words, part)
    return raw


def _part_value(words: Sequence[Any], part: Part) -> Any:
    mask = (1 << part.bits) - 1
    bits = words[part.word] >> part.lsb & mask
    if part.inverted:
        bits = bits ^ mask
    return sum((bits >> k != 0) * 1 for k in range(part.bits)) if part.thermometer else bits


def _field_value(field: Field, words: Sequence[Any]) -> Any:
    values = [_from_raw(field, _get(words, parts)) for parts in field.elements]
    return values[0] if field.size is None else values


def _from_raw(field: Field, raw: Any) -> Any:
    if field.kind == "bool":
        return raw != 0
    if field.magnitude:
        sign, low = raw >> field.width - 1, raw & (1 << field.width - 1) - 1
        raw = low - (sign << field.width - 1) * (low != 0)
    elif field.signed:
        raw = raw - (raw >> field.width - 1 << field.width)
    return raw - field.offset


def _gray_decode(word: Any) -> Any:
    for shift in (1, 2, 4, 8, 16):
        word = word ^ (word >> shift)
    return word


def _select_cell(container: Container, rule: OneHotCell, values: Mapping[str, Any], words: list[Any]) -> None:
    enable, cell = (
        _number(field, values.get(field.name, field.default))
        for field in (container.by_name[rule.enable], container.by_name[rule.cell])
    )
    _put(words, (rule.row,), enable << rule.row.bits - 1 - cell // rule.columns)
    _put(words, (rule.column,), enable * (cell % rule.columns))


def _selected_cell(rule: OneHotCell, words: Sequence[Any]) -> dict[str, Any]:
    hot = _part_value(words, rule.row)
    row = sum((hot >> k == 0) * 1 for k in range(rule.row.bits))  # rows before the first bit that is set
    cell = row * rule.columns + _part_value(words, rule.column)
    return {rule.enable: hot != 0, rule.cell: cell * (hot != 0)}


def _check_instance(container: Container, e: int) -> list[Diagnostic]:
    if 0 <= e < container.instances:
        return []
    return [Diagnostic("R124", f"there is no instance {e} of {container.name} (0 to {container.instances - 1})")]


def _check_demanded(container: Container, words: Sequence[Any]) -> list[Diagnostic]:
    missing = [part for part in container.demanded if np.any(_part_value(words, part) != (1 << part.bits) - 1)]
    if not missing:
        return []
    title = f"the words are none of {container.name}: {position_text(tuple(missing[:1]))} is not set"
    return [Diagnostic("R141", title, help="the register never reads like this; nothing answered, or another chip")]


def _check_values(container: Container, values: Mapping[str, Any]) -> list[Diagnostic]:
    problems = []
    for name, value in values.items():
        field = container.by_name.get(name)
        if field is None:
            help_text = did_you_mean(name, container.by_name)
            problems.append(Diagnostic("R121", f"{container.name} has no field `{name}`", help=help_text))
        else:
            problems += check_value(container, field, value)
    return problems


def check_value(container: Container, field: Field, value: Any) -> list[Diagnostic]:
    """What is wrong with a value of a field (R122, R123); nothing if it fits."""
    if field.size is None:
        return _check_one(container, field, value)
    if isinstance(value, str | bytes | Mapping) or not hasattr(value, "__len__") or len(value) != field.size:
        title = f"field `{field.name}` of {container.name} takes a list of {field.size} values"
        return [Diagnostic("R123", title, help=f"of {field.allowed} each")]
    return [problem for one in value for problem in _check_one(container, field, one)][:1]


def _check_one(container: Container, field: Field, value: Any) -> list[Diagnostic]:
    if isinstance(value, str):
        if value in field.enum:
            return []
        help_text = did_you_mean(value, field.enum) if field.enum else ""
    else:
        value, fits = _fits(field, value)
        if fits:
            return []
        help_text = ""
    title = f"value {value} does not fit in field `{field.name}` of {container.name} ({field.allowed})"
    return [Diagnostic("R122", title, help=help_text)]


def _fits(field: Field, value: Any) -> tuple[Any, bool]:
    """The value, or the first that does not fit of an array, and whether all fit."""
    if not isinstance(value, np.ndarray):
        return value, hasattr(value, "__index__") and _allowed(field, operator.index(value))
    if value.dtype.kind not in "bui":
        return value.dtype, False
    outside = [one for one in np.unique(value).tolist() if not _allowed(field, one)]
    return (outside or [0])[0], not outside


def _allowed(field: Field, number: int) -> bool:
    return number in field.enum.values() if field.enum else field.low <= number <= field.high
