"""Sections, the chunks (subsections) that they are made of, and their attributes."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cache

import attrs

from hicannx.asm.gap import Gap
from hicannx.asm.syntax import Statement
from hicannx.asm.table import load_table


@attrs.frozen
class Attributes:
    """What a section is: flag letters as in `.section` (a alloc, w write, x execute, ...), type, size of an entry.

    `group` is the name of the group that it belongs to, of which a linker keeps one only if `once` is set; `linked` is
    the section that it is about.
    """

    flags: str = ""
    type: str = "progbits"
    entry_size: int = 0
    group: str = ""
    once: bool = False
    linked: str = ""


def _offsets() -> array[int]:
    return array("L")


@attrs.define(eq=False)
class Chunk:
    """Contents that grow at the end; `base` is the offset in the section, known after layout.

    Offsets count without the gaps, which are opened when the section is closed; `shifts` say by how much bytes behind
    the first, second, ... gap move then.
    """

    section: Section
    number: int
    data: bytearray = attrs.field(factory=bytearray, repr=False)
    size: int = 0
    base: int = 0
    align: int = 1
    gaps: list[Gap] = attrs.field(factory=list, repr=False)
    shifts: list[int] = attrs.field(factory=lambda: [0], repr=False)
    noted_offsets: array[int] = attrs.field(factory=_offsets, repr=False)
    noted: list[Statement] = attrs.field(factory=list, repr=False)

    def note(self, offset: int, statement: Statement) -> None:
        """Remember that the bytes from `offset` on come from this statement."""
        if not self.noted or self.noted[-1] is not statement:
            self.noted_offsets.append(offset)
            self.noted.append(statement)

    @property
    def lines(self) -> list[tuple[int, Statement]]:
        """Offsets, gaps included, with the statements that made the bytes from there on."""
        if not self.gaps:
            return list(zip(self.noted_offsets, self.noted))
        made = [(self.place(offset), statement) for offset, statement in zip(self.noted_offsets, self.noted)]
        gaps = [(gap.offset + shift, gap.statement) for gap, shift in zip(self.gaps, self.shifts)]
        return sorted(made + gaps, key=lambda one: one[0])

    def place(self, offset: int) -> int:
        """Where the byte that is `offset` without the gaps is with them."""
        return offset + self.shifts[bisect_right(self.gaps, offset, key=lambda gap: gap.offset)]

    @property
    def full_size(self) -> int:
        """The size with the gaps."""
        return self.size + self.shifts[-1]

    def contents(self) -> bytes | bytearray:
        """The bytes with the gaps filled."""
        if not self.gaps:
            return self.data
        parts: list[bytes | bytearray] = []
        start = 0
        for gap in self.gaps:
            parts += [self.data[start : gap.offset], gap.fill(gap.size)]
            start = gap.offset
        return b"".join([*parts, self.data[start:]])


@attrs.define(eq=False)
class Section:
    """A named section; `address` is set when an image is made, `data` (of `size` bytes) when the layout is done.

    An absolute section is no section: what stands in it has numbers as addresses, and occupies nothing.
    """

    name: str
    attributes: Attributes
    align: int = 1
    chunks: dict[int, Chunk] = attrs.field(factory=dict, repr=False)
    size: int = 0
    address: int = 0
    data: bytearray = attrs.field(factory=bytearray, repr=False)
    is_absolute: bool = False

    @property
    def is_code(self) -> bool:
        """Whether instructions belong here, and padding is made of them."""
        return "x" in self.attributes.flags

    @property
    def is_zero(self) -> bool:
        """Whether the section occupies memory but no file."""
        return self.attributes.type == "nobits"

    @property
    def is_loaded(self) -> bool:
        """Whether the section is part of the memory image."""
        return "a" in self.attributes.flags

    def chunk(self, number: int = 0) -> Chunk:
        """The chunk with this subsection number, made when new."""
        if number not in self.chunks:
            self.chunks[number] = Chunk(self, number)
        return self.chunks[number]

    def arrange(self) -> bool:
        """Put the chunks behind each other and measure their gaps once; whether anything moved."""
        moved = False
        size = 0
        for _, chunk in sorted(self.chunks.items()):
            moved |= chunk.base != size
            chunk.base = size
            shift = 0
            for index, gap in enumerate(chunk.gaps):
                gap.size = gap.measure(size + gap.offset + shift)
                shift += gap.size
                moved |= chunk.shifts[index + 1] != shift
                chunk.shifts[index + 1] = shift
            size += chunk.full_size
            self.align = max(self.align, chunk.align)
        self.size = size
        return moved

    def close(self) -> None:
        """Join the contents of the chunks."""
        self.data = bytearray()
        for _, chunk in sorted(self.chunks.items()):
            self.data += b"" if self.is_zero else chunk.contents()


@attrs.frozen
class _Row:
    name: str
    flags: str
    source: str
    type: str = "progbits"


@attrs.frozen
class _Table:
    types: list[str]
    known_sections: list[_Row]


@cache
def _table() -> _Table:
    return load_table("section", _Table)


def section_types() -> list[str]:
    """The types that a program may give to a section."""
    return _table().types


def default_attributes(name: str) -> Attributes:
    """The attributes of a section that is named without any: those of the family that its name belongs to."""
    row = next((row for row in _table().known_sections if _belongs(name, row.name)), None)
    return Attributes(row.flags, row.type) if row else Attributes()


def _belongs(name: str, pattern: str) -> bool:
    if pattern.endswith(".*"):
        return name == pattern[:-2] or name.startswith(pattern[:-1])
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
