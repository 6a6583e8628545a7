"""What is linked: input files with their sections, symbols and relocations, as the linker changes them."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

import attrs

from hicannx.asm.link.kind import Kind, kind_of
from hicannx.asm.relocation import RelocationKind

if TYPE_CHECKING:
    from hicannx.asm.link.output import OutputSection
    from hicannx.asm.link.symbols import GlobalSymbol


@attrs.define(eq=False)
class InputRelocation:
    """At `offset` of its section: `symbol + addend` as `kind` says; `name` is that of the kind."""

    offset: int
    name: str
    kind: RelocationKind
    symbol: InputSymbol
    addend: int

    @property
    def used_addend(self) -> int:
        """What is added to the symbol: a call through the table of procedures counts from its begin, as in GNU ld."""
        return 0 if self.kind.operator == "plt" else self.addend


@attrs.define(eq=False)
class InputSection:
    """A section of an input file: its `number` and its `place` there, and `output` and `offset`: where it goes."""

    file: InputFile
    name: str
    type: str
    flags: str
    align: int
    entry_size: int
    size: int
    data: bytearray = attrs.field(repr=False)
    relocations: list[InputRelocation] = attrs.field(factory=list, repr=False)
    number: int = 0
    place: int = 0
    output: OutputSection | None = None
    offset: int = 0
    is_discarded: bool = False
    is_kept: bool = False
    is_root: bool = False
    pieces: tuple[list[int], list[tuple[InputSection, int]]] | None = None

    @property
    def kind(self) -> Kind:
        """What the section is, for the rules of placement."""
        return kind_of(self.name, self.type, self.flags)

    @property
    def address(self) -> int:
        """The address of the first byte."""
        return self.output_address(0)

    def output_offset(self, offset: int) -> int:
        """Where the byte at `offset` stands in the output section; merged contents may stand elsewhere."""
        if self.pieces is None:
            return self.offset + offset
        starts, places = self.pieces
        index = max(bisect_right(starts, offset) - 1, 0)
        host, place = places[index]
        return host.offset + place + offset - starts[index]

    def output_address(self, offset: int) -> int:
        """The address of the byte at `offset`."""
        return (self.output.address if self.output else 0) + self.output_offset(offset)


@attrs.define(eq=False)
class InputSymbol:
    """A symbol of an input file: in a `section`, or `special`: undefined, absolute or common (`value`: alignment)."""

    file: InputFile
    name: str
    value: int
    size: int
    kind: str
    binding: str
    visibility: str
    section: InputSection | None = None
    special: str = ""
    shared: GlobalSymbol | None = None

    @property
    def is_local(self) -> bool:
        """Whether other files cannot see it."""
        return self.binding == "local"

    @property
    def is_defined(self) -> bool:
        """Whether this file gives it a place or a value."""
        return self.special != "undefined"


@attrs.define(eq=False)
class InputFile:
    """One object file; `archive` is the archive that it stands in, if any."""

    name: str
    content: bytes = attrs.field(repr=False)
    archive: str = ""
    sections: list[InputSection] = attrs.field(factory=list, repr=False)
    symbols: list[InputSymbol] = attrs.field(factory=list, repr=False)
    groups: list[tuple[str, list[InputSection]]] = attrs.field(factory=list, repr=False)

    @property
    def shown(self) -> str:
        """The name for messages."""
        return f"{self.archive}({self.name})" if self.archive else self.name

    @property
    def base(self) -> str:
        """The name without folders."""
        return self.name.rpartition("/")[2]

    def nearest(self, section: InputSection, offset: int) -> str:
        """The symbol at or before an offset, preferably a function; empty where there is none."""
        found = [
            (one.value, one.kind == "func", one.name)
            for one in self.symbols
            if one.section is section and one.value <= offset and one.name and one.kind in {"func", "notype", "object"}
        ]
        return max(found)[2] if found else ""
