"""Sections, the chunks (subsections) that they are made of, and their attributes."""

from __future__ import annotations

from functools import cache

import attrs

from hicannx.asm.syntax import Statement
from hicannx.asm.table import load_table


@attrs.frozen
class Attributes:
    """What a section is: flag letters as in `.section` (a alloc, w write, x execute, ...), type, size of an entry."""

    flags: str = ""
    type: str = "progbits"
    entry_size: int = 0


@attrs.define(eq=False)
class Chunk:
    """Contents that grow at the end; `base` is the offset in the section, known after layout."""

    section: Section
    number: int
    data: bytearray = attrs.field(factory=bytearray, repr=False)
    size: int = 0
    base: int = 0
    align: int = 1
    lines: list[tuple[int, Statement]] = attrs.field(factory=list, repr=False)

    def note(self, offset: int, statement: Statement) -> None:
        """Remember that the bytes from `offset` on come from this statement."""
        if not self.lines or self.lines[-1][1] is not statement:
            self.lines.append((offset, statement))


@attrs.define(eq=False)
class Section:
    """A named section; `address` is set when an image is made, `data` (of `size` bytes) when the layout is done."""

    name: str
    attributes: Attributes
    align: int = 1
    chunks: dict[int, Chunk] = attrs.field(factory=dict, repr=False)
    size: int = 0
    address: int = 0
    data: bytearray = attrs.field(factory=bytearray, repr=False)

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

    def close(self) -> None:
        """Join the chunks in the order of their numbers: sets their `base`, and `size` and `data`."""
        self.data = bytearray()
        self.size = 0
        for _, chunk in sorted(self.chunks.items()):
            pad = -self.size % chunk.align if self.size else 0
            self.data += b"" if self.is_zero else bytes(pad)
            chunk.base = self.size + pad
            self.align = max(self.align, chunk.align)
            self.size = chunk.base + chunk.size
            self.data += chunk.data


@attrs.frozen
class _Row:
    prefix: str
    flags: str
    source: str
    type: str = "progbits"


@attrs.frozen
class _Table:
    known_sections: list[_Row]


@cache
def _known() -> list[_Row]:
    table = load_table("section", _Table)
    return table.known_sections


def default_attributes(name: str) -> Attributes:
    """The attributes of a section that is named without any: those of the family that its name belongs to."""
    for row in _known():
        if name == row.prefix or name.startswith(row.prefix + "."):
            return Attributes(row.flags, row.type)
    return Attributes()
