"""Relocations: their table, the choice of one, and its effect on bytes."""

from __future__ import annotations

from functools import cache

import attrs

from hicannx.asm.expression import Place
from hicannx.asm.mistake import mistake
from hicannx.asm.section import Chunk, Section
from hicannx.asm.symbol import Symbol
from hicannx.asm.table import load_table
from hicannx.diagnostic import DiagnosticError
from hicannx.source import Span


@attrs.frozen
class RelocatedField:
    """What is changed: `bytes`, of these the bits in `mask`; `check` is none, signed or either."""

    bytes: int
    mask: int
    bits: int
    check: str
    multiple: int
    place: int
    absolute: str = ""


@attrs.frozen
class Operator:
    """`(value + round) >> shift`."""

    shift: int
    round: int

    def apply(self, value: int) -> int:
        """The part of a value that the operator takes, not yet cut to the size of the field."""
        return (value + self.round) >> self.shift

    def take(self, value: int, *, signed: bool) -> int:
        """The part of a value that the operator takes, as a number for an operand of 16 bits."""
        half = self.apply(value) % (1 << 16)
        return half - (1 << 16) if signed and half >> 15 else half


@attrs.frozen
class RelocationKind:
    """A row of the table; `hint`: the branch is marked as `taken` or `not taken`; `linked`: our linker does it.

    `named`: it is about the symbol, which its section cannot stand for; `near`: not needed within a section.
    """

    number: int
    field: str
    operator: str = ""
    relative: bool = False
    hint: str = ""
    linked: bool = True
    named: bool = False
    near: bool = False


@attrs.frozen
class RelocationTable:
    """All kinds by name, the fields and operators that they refer to."""

    fields: dict[str, RelocatedField]
    half: str
    operators: dict[str, Operator]
    relocations: dict[str, RelocationKind]
    hint_mask: int


@attrs.frozen(eq=False)
class Relocation:
    """`symbol + addend` (less the place itself, when relative) goes to `offset` of `section`; without a symbol,
    `target` is the section whose start is meant."""

    section: Section
    offset: int
    kind: str
    symbol: Symbol | None
    target: Section | None
    addend: int
    span: Span

    @property
    def symbol_name(self) -> str:
        """The symbol, or the section that stands for it."""
        if self.symbol is not None:
            return self.symbol.name
        return self.target.name if self.target else ""


@cache
def load_relocations() -> RelocationTable:
    """The table."""
    return load_table("relocation", RelocationTable)


@cache
def choose(field: str, operator: str, *, relative: bool) -> str | None:
    """The name of the relocation for a field, or None when the object format has none.

    An operator that computes is about the lower half of a word; one that only chooses a relocation chooses it anywhere.
    """
    table = load_relocations()
    wanted = [(field, operator, relative), (table.half, operator, relative)]
    for one in wanted[: 1 + bool(operator)]:
        for name, kind in table.relocations.items():
            if (kind.field, kind.operator, kind.relative) == one:
                return name
    named = (name for name, kind in table.relocations.items() if operator and kind.operator == operator)
    return None if operator in table.operators else next(named, None)


def relocate(
    chunk: Chunk, offset: int, size: int, field: str, operator: str, value: Place, span: Span
) -> Relocation | None:
    """The relocation that puts a place into a field at the end of `size` bytes at `offset` of `chunk`, if there is one.

    A difference from a symbol of the same section counts from the field itself, with a larger addend. Symbols that
    other files cannot see are replaced by their sections.
    """
    kind = choose(field, operator, relative=value.minus is not None)
    if kind is None:
        return None
    table = load_relocations()
    room = size - table.fields[table.relocations[kind].field].bytes
    if room < 0:
        return None
    section, start = chunk.section, chunk.base + offset + room
    addend = value.addend
    if value.minus is not None:
        if value.minus.chunk is None or value.minus.chunk.section is not section:
            return None
        addend += start - value.minus.section_offset
    return make_relocation(section, start, kind, Place(value.symbol, None, addend), span)


def make_relocation(section: Section, offset: int, kind: str, value: Place, span: Span) -> Relocation:
    """A relocation for `symbol + addend`; local symbols are replaced by their section.

    Not in storage of threads, nor in a section that a linker merges: there the addend of a section would say nothing
    about the place behind it.
    """
    symbol = value.symbol
    flags = symbol.chunk.section.attributes.flags if symbol.chunk is not None else ""
    keeps_name = "T" in flags or (value.addend and "M" in flags) or load_relocations().relocations[kind].named
    if symbol.is_local and symbol.chunk is not None and not keeps_name:
        addend = value.addend + symbol.section_offset
        return Relocation(section, offset, kind, None, symbol.chunk.section, addend, span)
    return Relocation(section, offset, kind, symbol, None, value.addend, span)


def known_operators() -> list[str]:
    """Words that may follow an `@`."""
    table = load_relocations()
    return list(
        dict.fromkeys([*table.operators, *(one.operator for one in table.relocations.values() if one.operator)])
    )


def operator_of(name: str, span: Span) -> Operator | None:
    """The operator that computes with a number, None for no name; a DiagnosticError (A305) when there is none."""
    if not name:
        return None
    if name not in load_relocations().operators:
        raise unknown_operator(name, span)
    return load_relocations().operators[name]


def unknown_operator(name: str, span: Span) -> DiagnosticError:
    """The diagnostic for an operator that does not exist, or not for numbers."""
    known = ", ".join(f"`@{one}`" for one in load_relocations().operators)
    return mistake("A305", f"the operator `@{name}` has no meaning here", span, help=f"operators are {known}")


def take(operator: str, value: int) -> int:
    """The part of a value that an operator takes; operators that only choose a relocation take all of it."""
    known = load_relocations().operators.get(operator)
    return known.apply(value) if known else value


def problem(kind: RelocationKind, value: int) -> str | None:
    """Why a value cannot be put into the field, or None."""
    field = load_relocations().fields[kind.field]
    if value % field.multiple:
        return f"is no multiple of {field.multiple}"
    return overflow(kind, value)


def overflow(kind: RelocationKind, value: int) -> str | None:
    """Why a value is too large for the field, or None."""
    field = load_relocations().fields[kind.field]
    if kind.operator in load_relocations().operators or field.check == "none":
        return None
    low = -(1 << field.bits - 1)
    high = (1 << field.bits) - 1 if field.check == "either" else (1 << field.bits - 1) - field.multiple
    return None if low <= value <= high else f"does not fit: {low} to {high} is allowed"


def patch(data: bytearray, offset: int, kind: RelocationKind, value: int) -> None:
    """Put a value into the field at `offset`."""
    field = load_relocations().fields[kind.field]
    end = offset + field.bytes
    old = int.from_bytes(data[offset:end], "big")
    new = (old & ~field.mask) | (take(kind.operator, value) & field.mask)
    data[offset:end] = (new % (1 << 8 * field.bytes)).to_bytes(field.bytes, "big")
