"""Instructions and messages as text and back: `name`, values of what must be given, and what differs from its default.

What has no default stands as a mere value where there is one such field only; flags that are set by their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.playback.instruction import Field, Instruction
from hicannx.regmodel.playback.payload import pack
from hicannx.regmodel.playback.statement import Argument, Assignment, Word
from hicannx.source import Span


def fields_text(row: Instruction, fields: dict[str, int]) -> str:
    """The fields of an instruction or message as text."""
    required = [field for field in row.fields if field.default is None]
    parts = []
    for field in required:
        text = field.text(fields[field.name])
        parts.append(text if len(required) == 1 else f"{field.name}={text}")
    for field in row.fields:
        value = fields[field.name]
        if field.default is not None and value != field.default:
            parts.append(field.name if is_flag(field) else f"{field.name}={field.text(value)}")
    return " ".join(parts)


def is_flag(field: Field) -> bool:
    """Whether a field is a bit that its mere name sets."""
    return field.width == 1 and field.default == 0 and not field.values


def read_payload(row: Instruction, arguments: Sequence[Argument], span: Span) -> int:
    """The payload of an instruction with these arguments; a DiagnosticError (B102, B103, B122, B128) at its place."""
    waiting = [field for field in row.fields if field.default is None or len(row.fields) == 1]
    fields: dict[str, int] = {}
    payload = 0
    for argument in arguments:
        field, value = _field(row, argument, waiting)
        if field.name in fields:
            title = f"`{field.name}` of `{row.name}` is given twice"
            raise DiagnosticError([Diagnostic("B128", title, argument.span, help="remove one of them")])
        if not 0 <= value <= field.highest:
            _refuse(row, {**{one.name: 0 for one in row.fields}, field.name: value}, argument.span)
        fields[field.name] = value
        payload |= value << field.lsb
        if field in waiting:
            waiting.remove(field)
    if any(field.default is None for field in waiting):
        _refuse(row, fields, span)
    return payload | _defaults(row, fields)


def _defaults(row: Instruction, given: Mapping[str, int]) -> int:
    payload = 0
    for field in row.fields:
        if field.default and field.name not in given:
            payload |= field.default << field.lsb
    return payload


def _refuse(row: Instruction, fields: dict[str, int], span: Span) -> NoReturn:
    """Tell what does not fit, or is missing, at a place."""
    try:
        pack(row, fields)
    except DiagnosticError as error:
        raise DiagnosticError([attrs.evolve(one, span=span) for one in error.diagnostics]) from None
    raise AssertionError(f"{fields} fit {row.name}")


def _field(row: Instruction, argument: Argument, waiting: list[Field]) -> tuple[Field, int]:
    """The field that an argument means, with its value."""
    if isinstance(argument, Assignment):
        field = row.by_name.get(argument.key.text)
        if field is None:
            raise _unknown(row, argument.key)
        if not isinstance(argument.value, Word):
            title = f"`{field.name}` of `{row.name}` takes one value, not a list"
            raise DiagnosticError([Diagnostic("B128", title, argument.span)])
        return field, _value(field, argument.value)
    field = row.by_name.get(argument.text)
    if field is not None and is_flag(field):
        return field, 1
    if not waiting:
        raise _unknown(row, argument) if not argument.text[0].isdigit() else _too_many(row, argument)
    return waiting[0], _value(waiting[0], argument)


def _value(field: Field, word: Word) -> int:
    return field.values[word.text] if word.text in field.values else number(word, field.values)


def number(word: Word, names: Sequence[str] | dict[str, int] = ()) -> int:
    """The number that a word means; a DiagnosticError (B122) where it is none, with `names` that could stand there."""
    try:
        return int(word.text, 0)
    except ValueError:
        help_text = did_you_mean(word.text, names) or "numbers are decimal (10), hexadecimal (0x1f) or binary (0b101)"
        raise DiagnosticError(
            [Diagnostic("B122", f"`{word.text}` is not a number", word.span, help=help_text)]
        ) from None


def _unknown(row: Instruction, word: Word) -> DiagnosticError:
    help_text = did_you_mean(word.text, row.by_name) or f"`{row.name}` stands alone"
    return DiagnosticError([Diagnostic("B128", f"`{row.name}` has no field `{word.text}`", word.span, help=help_text)])


def _too_many(row: Instruction, word: Word) -> DiagnosticError:
    rest = [field.name for field in row.fields if field.default is not None]
    help_text = f"name the field: `{rest[0]}={word.text}`" if rest else "remove it"
    return DiagnosticError(
        [Diagnostic("B128", f"`{word.text}` is too much for `{row.name}`", word.span, help=help_text)]
    )
