"""A memory image of one file: addresses for its sections, relocations carried out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import attrs

from hicannx.asm.relocation import Relocation, load_relocations, patch, problem
from hicannx.asm.repair import undefined
from hicannx.asm.section import Section
from hicannx.asm.symbol import Symbol
from hicannx.asm.table import load_table
from hicannx.diagnostic import Diagnostics


@attrs.frozen
class Memory:
    """First address and size in bytes."""

    origin: int
    size: int


@attrs.frozen
class OrderRow:
    """Which sections come here: by name, flags and type, as far as they are given."""

    name: str = ""
    flags: str = ""
    type: str = ""

    def fits(self, section: Section) -> bool:
        """Whether the section belongs here."""
        name = self.name
        named = section.name.startswith(name[:-1]) if name.endswith("*") else section.name == name
        by_flags = set(self.flags) <= set(section.attributes.flags)
        return (not name or named) and by_flags and self.type in {"", section.attributes.type}


@attrs.frozen
class ImageRules:
    """How an image is made."""

    memory: Memory
    order: list[OrderRow]
    entry_symbols: list[str]


@cache
def load_rules() -> ImageRules:
    """The rules."""
    return load_table("image", ImageRules)


def place_sections(sections: Iterable[Section], symbols: Iterable[Symbol]) -> list[Section]:
    """Give addresses to the sections that are loaded, and to common storage behind them; in order of address."""
    rules = load_rules()
    loaded = [section for section in sections if section.is_loaded]
    # stable: sections of one row keep the order in which the file names them
    loaded.sort(key=lambda one: (one.is_zero, next(i for i, row in enumerate(rules.order) if row.fits(one))))
    address = rules.memory.origin
    for section in loaded:
        section.address = _round_up(address, section.align)
        address = section.address + section.size
    for symbol in symbols:
        if symbol.common:
            size, align = symbol.common
            symbol.common_address = _round_up(address, align)
            address = symbol.common_address + size
    return loaded


def end_address(sections: Iterable[Section], symbols: Iterable[Symbol]) -> int:
    """The first address behind everything that was placed."""
    ends = [one.address + one.size for one in sections]
    ends += [one.common_address + one.common[0] for one in symbols if one.common]
    return max(ends, default=load_rules().memory.origin)


def _round_up(value: int, multiple: int) -> int:
    return value + -value % multiple


def resolve(relocations: Iterable[Relocation], names: Iterable[str], diagnostics: Diagnostics) -> dict[str, bytearray]:
    """The contents of the sections with all relocations carried out.

    Undefined symbols (A401), values that do not fit (A402) are collected.
    """
    contents: dict[str, bytearray] = {}
    unknown: set[str] = set()
    for one in relocations:
        data = contents.setdefault(one.section.name, bytearray(one.section.data))
        value = _target(one)
        if value is None:
            if one.symbol_name not in unknown:
                unknown.add(one.symbol_name)
                title = f"symbol `{one.symbol_name}` is not defined"
                diagnostics.error("A401", title, one.span, help=undefined(one.symbol_name, names))
            continue
        kind = load_relocations().relocations[one.kind]
        value -= (one.section.address + one.offset) if kind.relative else 0
        if reason := problem(kind, value):
            diagnostics.error("A402", f"the value {value:#x} of `{one.symbol_name}` {reason}", one.span)
            continue
        patch(data, one.offset, kind, value)
    return contents


def _target(relocation: Relocation) -> int | None:
    if relocation.target is not None:
        return relocation.target.address + relocation.addend
    symbol = relocation.symbol
    if symbol is None:
        return relocation.addend
    if not symbol.is_defined and symbol.binding != "weak":
        return None
    return symbol.address + relocation.addend


def make_image(loaded: Iterable[Section], contents: dict[str, bytearray], size: int) -> bytes:
    """The bytes of memory from its first address up to the last one that is not zeroed storage."""
    origin = load_rules().memory.origin
    image = bytearray(size)
    for section in loaded:
        if not section.is_zero:
            start = section.address - origin
            image[start : start + section.size] = contents.get(section.name, section.data)
    return bytes(image)


def check_size(end: int, diagnostics: Diagnostics) -> None:
    """Report (A403) an image that is larger than the memory."""
    memory = load_rules().memory
    if end > memory.origin + memory.size:
        over = end - memory.origin - memory.size
        title = f"the program needs {end - memory.origin} bytes, the memory has {memory.size}"
        diagnostics.error("A403", title, help=f"save {over} byte{'s'[: over != 1]}, or move data out of this memory")
