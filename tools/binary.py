"""Files with instructions, whatever their form, as regions of bytes with what is known of each address."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.output import read_bytes

elf_magic = b"\x7fELF"
_sources = (".s", ".S")


@attrs.frozen
class Line:
    """A line of a source; `folder` is where relative names of files count from, where that is known."""

    file: str
    number: int
    folder: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"


@attrs.frozen
class Target:
    """What a relocation puts in at an address: its kind, and the symbol with an offset."""

    kind: str
    name: str


def _no_line(address: int) -> Line | None:
    del address
    return None


@attrs.frozen(slots=False, eq=False)
class Region:
    """A section, segment or image: bytes from an address on.

    `labels` are pairs of address and name in order of addresses; `islands` are pairs of addresses between which data
    stand among instructions; `relocations` are those of an object file; at `functions` begins what is declared as one.
    """

    name: str
    address: int
    data: bytes = attrs.field(repr=False)
    is_code: bool = True
    labels: tuple[tuple[int, str], ...] = attrs.field(default=(), repr=False)
    islands: tuple[tuple[int, int], ...] = attrs.field(default=(), repr=False)
    relocations: Mapping[int, tuple[Target, ...]] = attrs.field(factory=dict, repr=False)
    line_at: Callable[[int], Line | None] = attrs.field(default=_no_line, repr=False)
    functions: frozenset[int] = attrs.field(default=frozenset(), repr=False)

    @property
    def end(self) -> int:
        """The address behind the last byte."""
        return self.address + len(self.data)

    @cached_property
    def names(self) -> dict[int, list[str]]:
        """The names of each address that has some."""
        found: dict[int, list[str]] = {}
        for address, name in self.labels:
            found.setdefault(address, []).append(name)
        return found

    @cached_property
    def _addresses(self) -> list[int]:
        return sorted(self.names)

    def describe(self, address: int) -> str:
        """The nearest name at or before an address, such as `loop+0x8`; empty where there is none."""
        index = bisect_right(self._addresses, address) - 1
        if index < 0:
            return ""
        base = self._addresses[index]
        name = self.names[base][0]
        return name if base == address else f"{name}+{address - base:#x}"

    def is_data(self, address: int) -> bool:
        """Whether the byte at an address is known to be data."""
        index = bisect_right(self.islands, (address, 1 << 32)) - 1
        return index >= 0 and address < self.islands[index][1]


@attrs.frozen
class Binary:
    """A file in regions; addresses of a `relocatable` one count from the start of each region.

    Of a file that `has_sections` only those with code are of interest at first.
    """

    name: str
    regions: tuple[Region, ...]
    relocatable: bool = False
    has_sections: bool = False

    def describe(self, address: int, home: Region) -> str:
        """A name for an address that code in the region `home` goes to."""
        if self.relocatable or home.address <= address < home.end:
            return home.describe(address)
        return next((one.describe(address) for one in self.regions if one.address <= address < one.end), "")


def read_binary(path: str | Path, base: int = 0) -> Binary:
    """Read a source (`.s`, `.S`), an ELF file, or a flat image for the address `base`; a DiagnosticError otherwise."""
    if Path(path).suffix in _sources:
        from hicannx.tools.sourcebinary import from_source

        return from_source(Path(path))
    content = read_bytes(path)
    if content.startswith(elf_magic):
        from hicannx.tools.elfbinary import from_elf

        return from_elf(content, path)
    return from_image(content, str(path), base)


def from_image(content: bytes, name: str, base: int) -> Binary:
    """A flat image at an address; a DiagnosticError (T207) when it does not stand at a multiple of 4 below 4 GiB."""
    if base % 4 or not 0 <= base <= (1 << 32) - len(content):
        title = f"an image of {len(content)} bytes cannot stand at {base:#x}"
        raise DiagnosticError([Diagnostic("T207", title, help="give a multiple of 4 with --base")])
    return Binary(name, (Region("image", base, content),))
