"""Output sections: what goes into each, and where it is placed."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from hicannx.asm.link.inputs import InputSection
from hicannx.asm.link.kind import Kind, flags_of
from hicannx.asm.link.script import Assert, Assign, Data, Expression, Filling, Output

_address_bytes = 4


@attrs.define(eq=False)
class Placed:
    """Bytes that the script itself puts into a section: data, or a gap that is filled."""

    offset: int
    data: bytes


Item: TypeAlias = Assign | Assert | Data | Filling | InputSection


@attrs.define(eq=False)
class OutputSection:
    """A section of the program. `exists` says that something asks for it, `is_removed` that it is empty after all."""

    name: str
    statement: Output
    items: list[Item] = attrs.field(factory=list, repr=False)
    exists: bool = False
    is_removed: bool = False
    is_orphan: bool = False
    has_input: bool = False
    has_symbols: bool = False
    moves_dot: bool = False
    kind: Kind = Kind.NONE
    type: str = ""
    entry_size: int = 0
    align: int = 1
    address: int = 0
    load_address: int = 0
    size: int = 0
    is_placed: bool = False
    region: str = ""
    memory: str = ""
    load_region: str = ""
    placed: list[Placed] = attrs.field(factory=list, repr=False)
    start: Expression | None = None
    data: bytearray = attrs.field(factory=bytearray, repr=False)

    @property
    def inputs(self) -> list[InputSection]:
        """The input sections, in order."""
        return [one for one in self.items if isinstance(one, InputSection)]

    @property
    def is_stored(self) -> bool:
        """Whether the section has contents in the file."""
        return bool(self.kind & Kind.CONTENTS)

    @property
    def is_loaded(self) -> bool:
        """Whether the section occupies memory."""
        return bool(self.kind & Kind.ALLOC)

    @property
    def flags(self) -> str:
        """The flag letters."""
        return flags_of(self.kind)

    @property
    def file_type(self) -> str:
        """The type in the file: zeroed storage has no contents, a mixture is plain."""
        if self.is_loaded and not self.kind & Kind.LOAD:
            return "nobits"
        return self.type if self.type not in {"", "nobits"} else "progbits"

    @property
    def file_entry_size(self) -> int:
        """The size of an entry in the file: of what is merged, or of a table of addresses."""
        if self.file_type.endswith("_array"):
            return _address_bytes
        return self.entry_size if Kind.MERGE in self.kind else 0

    @property
    def end(self) -> int:
        """The first address behind."""
        return self.address + self.size

    def create(self, kind: Kind = Kind.NONE) -> None:
        """Make the section exist."""
        if not self.exists:
            self.exists, self.kind = True, kind

    def add(self, section: InputSection, position: int | None = None) -> None:
        """Take an input section; it changes what this section is."""
        kind = section.kind & ~(Kind.NOLOAD | Kind.EXCLUDE)
        if self.statement.kind == "NOLOAD":
            kind = kind & ~(Kind.LOAD | Kind.CONTENTS) | Kind.NOLOAD
        elif self.statement.kind:
            kind &= ~Kind.ALLOC
        self.create(kind)
        self.kind &= kind | ~Kind.READONLY
        if self.has_input:
            kind &= ~Kind.READONLY
            merged = Kind.MERGE | Kind.STRINGS
            if self.kind & merged != kind & merged or (kind & Kind.MERGE and self.entry_size != section.entry_size):
                self.kind &= ~merged
                kind &= ~merged
        else:
            self.type, self.has_input = section.type, True
            self.entry_size = section.entry_size if kind & Kind.MERGE else 0
        self.kind |= kind | (Kind.KEEP if section.is_root else Kind.NONE)
        self.align = max(self.align, section.align)
        section.output = self
        self.items.insert(len(self.items) if position is None else position, section)
