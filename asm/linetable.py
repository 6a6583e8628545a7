"""The line table of DWARF: which file and line the code at an address comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import NamedTuple

import attrs

from hicannx.asm.number import encode_signed, encode_unsigned
from hicannx.asm.section import Section
from hicannx.asm.table import load_table


class Row(NamedTuple):
    """From `offset` of `section` on the code comes from this place; `file` counts from 1 in the table's names."""

    section: Section
    offset: int
    file: int
    line: int
    column: int = 0


class Hole(NamedTuple):
    """Four bytes at `offset` that hold `target` plus `addend`, for a relocation."""

    offset: int
    target: Section
    addend: int


@attrs.frozen
class LineProgram:
    """How rows are encoded; see dwarf.yaml."""

    unit_bytes: int
    line_base: int
    line_range: int
    argument_counts: list[int]
    standard: dict[str, int]
    extended: dict[str, int]

    @property
    def first_special(self) -> int:
        """The first opcode that is neither standard nor extended."""
        return len(self.argument_counts) + 1

    def special(self, words: int, lines: int) -> int | None:
        """The opcode that moves so far and adds a row, if there is one."""
        if not 0 <= lines - self.line_base < self.line_range:
            return None
        opcode = lines - self.line_base + self.line_range * words + self.first_special
        return opcode if opcode < 256 else None


@attrs.frozen
class Attribute:
    """An attribute of an entry, and how its value is stored."""

    code: int
    form: str


@attrs.frozen
class CompileUnit:
    """The entry for a source file."""

    tag: int
    attributes: dict[str, Attribute]
    language: int


@attrs.frozen
class Dwarf:
    """The numbers of the format; see dwarf.yaml."""

    version: int
    address_bytes: int
    line_program: LineProgram
    compile_unit: CompileUnit
    forms: dict[str, int]


@cache
def load_dwarf() -> Dwarf:
    """The format."""
    return load_table("dwarf", Dwarf)


def word(value: int) -> bytes:
    """A number of 32 bits."""
    return value.to_bytes(4, "big")


def string(text: str) -> bytes:
    """A string that ends with a zero."""
    return text.encode() + b"\0"


def line_table(rows: Iterable[Row], names: Sequence[str]) -> tuple[bytes, list[Hole]]:
    """The contents of `.debug_line` for rows in the order of sections and offsets, and the places to relocate."""
    dwarf, code = load_dwarf(), load_dwarf().line_program
    tables = b"\0" + b"".join(string(name) + bytes(3) for name in names) + b"\0"
    fixed = bytes([code.unit_bytes, 1, code.line_base & 0xFF, code.line_range, code.first_special])
    header = fixed + bytes(code.argument_counts) + tables
    start = dwarf.version.to_bytes(2, "big") + word(len(header)) + header
    body, holes = bytearray(), []
    for section, found in groupby(rows, key=lambda row: row.section):
        offset = 4 + len(start) + len(body)
        sequence = bytearray(_extended("set_address", word(0)))
        holes.append(Hole(offset + len(sequence) - 4, section, 0))
        for piece in _sequence(list(found), section.size):
            sequence += piece
        body += sequence
    return word(len(start) + len(body)) + start + bytes(body), holes


def _sequence(rows: list[Row], size: int) -> Iterator[bytes]:
    """The opcodes for the rows of one section, from its start to its end."""
    code = load_dwarf().line_program
    address, file, line, column = 0, 1, 1, 0
    for row in rows:
        if row.file != file:
            yield _standard("set_file", encode_unsigned(row.file))
        if row.column != column:
            yield _standard("set_column", encode_unsigned(row.column))
        yield _move((row.offset - address) // code.unit_bytes, row.line - line)
        address, file, line, column = row.offset, row.file, row.line, row.column
    yield _standard("advance_pc", encode_unsigned(-(-(size - address) // code.unit_bytes)))
    yield _extended("end_sequence", b"")


def _move(words: int, lines: int) -> bytes:
    code = load_dwarf().line_program
    if (opcode := code.special(words, lines)) is not None:
        return bytes([opcode])
    advance = _standard("advance_line", encode_signed(lines)) if code.special(0, lines) is None else b""
    left = 0 if advance else lines
    if (opcode := code.special(words, left)) is not None:
        return advance + bytes([opcode])
    last = code.special(0, left)
    assert last is not None
    return advance + _standard("advance_pc", encode_unsigned(words)) + bytes([last])


def _standard(name: str, argument: bytes) -> bytes:
    return bytes([load_dwarf().line_program.standard[name]]) + argument


def _extended(name: str, argument: bytes) -> bytes:
    return b"\0" + encode_unsigned(1 + len(argument)) + bytes([load_dwarf().line_program.extended[name]]) + argument
