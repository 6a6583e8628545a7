"""The macros of the fields of a register: where their bits stand, and words from values and back."""

from __future__ import annotations

from collections.abc import Iterator

from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field, Parts, position_text
from hicannx.tools.export.ctext import comment, macro_name, unsigned, value_from, value_in

Macro = tuple[str, str]  # a name with its parameters, and what it becomes
_word, _double = 32, 64


def field_lines(container: Container, prefix: str) -> Iterator[tuple[str, list[Macro]]]:
    """For each field a comment, and its macros; `prefix` is that of the register."""
    for field in container.fields:
        name = f"{prefix}_{macro_name(field.name)}"
        macros = [(f"{name}_{macro_name(key)}", _plain(value)) for key, value in field.enum.items()]
        for number, parts in enumerate(field.elements):
            own = name if field.size is None else f"{name}_{number}"
            macros += _places(own, parts)
            macros += _conversions(container, field, own, parts)
        yield _told(field), macros
    yield from _cell(container, prefix)


def _told(field: Field) -> str:
    shown = ", ".join(dict.fromkeys(position_text(parts) for parts in field.elements)) if field.stored else "no bits"
    index = f", by {field.index}" if field.index else ""
    return comment(f"{field.name} ({shown}{index}): {field.allowed}: {field.doc}")


def _plain(value: int) -> str:
    return f"({value})" if value < 0 else unsigned(value)


def _places(name: str, parts: Parts) -> Iterator[Macro]:
    """Word, shift and mask of the bits; of a value that is split those of each part, and which bits of it that has."""
    below = sum(part.width for part in parts)
    for number, part in enumerate(parts):
        below -= part.width
        own = name if len(parts) == 1 else f"{name}_PART{number}"
        yield f"{own}_WORD", unsigned(part.word)
        yield f"{own}_SHIFT", unsigned(part.lsb)
        yield f"{own}_MASK", unsigned((1 << part.bits) - 1 << part.lsb)
        if len(parts) > 1:
            yield f"{own}_OF_VALUE", unsigned(below)


def _conversions(container: Container, field: Field, name: str, parts: Parts) -> Iterator[Macro]:
    words = sorted({part.word for part in parts})
    if not words:
        return
    width = sum(part.width for part in parts)
    bits = _word if width <= _word and container.word_bits <= _word else _double
    for word in words:
        yield f"{name}_PUT{word}(value)", value_in(field, parts, word, bits)
    arguments = ", ".join(f"w{word}" for word in words)
    yield f"{name}_GET({arguments})", value_from(field, parts, bits)


def _cell(container: Container, prefix: str) -> Iterator[tuple[str, list[Macro]]]:
    """A cell number, which is stored as a bit and a number."""
    rule = container.one_hot_cell
    if rule is None:
        return
    name = f"{prefix}_{macro_name(rule.cell)}"
    row = f"(1u << ({unsigned(rule.row.bits - 1)} - (value) / {rule.columns}u)) << {rule.row.lsb}u"
    column = f"((value) % {rule.columns}u) << {rule.column.lsb}u"
    macros = [
        (f"{name}_PUT{rule.row.word}(value)", f"({row})"),
        (f"{name}_PUT{rule.column.word}(value)", f"({column})"),
    ]
    yield f"{rule.cell} where {rule.enable}; both words have 0 in these bits where not", macros
