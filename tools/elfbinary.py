"""ELF files as regions: sections with symbols, relocations and lines; segments where there are no sections."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.constants import P_FLAGS, SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_RELOC_TYPE_PPC
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection

from hicannx.asm.relocation import load_relocations
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.binary import Binary, Region, Target
from hicannx.tools.debugline import line_tables

_damage = (ELFError, ConstructError, ValueError, KeyError, IndexError, TypeError, AttributeError, MemoryError)
_function = "STT_FUNC"
_order = {_function: 0, "STT_OBJECT": 1, "STT_NOTYPE": 2}


def from_elf(content: bytes, path: str | Path) -> Binary:
    """The regions of an ELF file; a DiagnosticError (T203, T208) for a damaged one, or one of another processor."""
    try:
        elf = ELFFile(io.BytesIO(content))
        _check_machine(elf, path)
        relocatable = elf.header["e_type"] == "ET_REL"
        regions = tuple(_section_regions(elf, content, relocatable)) or tuple(_segment_regions(elf))
    except _damage as error:
        title = f"`{path}` is a damaged ELF file: {error}"
        raise DiagnosticError([Diagnostic("T203", title, help="make the file anew")]) from None
    return Binary(str(path), regions, relocatable, has_sections=True)


def _check_machine(elf: ELFFile, path: str | Path) -> None:
    if elf.header["e_machine"] != "EM_PPC" or elf.elfclass != 32 or elf.little_endian:
        title = f"`{path}` is no file for a big-endian 32-bit PowerPC"
        raise DiagnosticError([Diagnostic("T208", title, help="compile or assemble it for `powerpc`, big-endian")])


def _section_regions(elf: ELFFile, content: bytes, relocatable: bool) -> Iterator[Region]:
    symbols = _symbols(elf)
    relocations = _relocations(elf) if relocatable else {}
    lines = line_tables(content)
    for index, section in enumerate(elf.iter_sections()):
        flags = section["sh_flags"]
        if flags & SH_FLAGS.SHF_ALLOC and section["sh_type"] != "SHT_NOBITS" and section["sh_size"]:
            own = symbols.get(index, [])
            yield Region(
                section.name,
                section["sh_addr"],
                section.data(),
                bool(flags & SH_FLAGS.SHF_EXECINSTR),
                tuple((one["st_value"], one.name) for one in own),
                tuple(_islands(own)),
                relocations.get(index, {}),
                lines.of(index),
                frozenset(one["st_value"] for one in own if one["st_info"]["type"] == _function),
            )


def _segment_regions(elf: ELFFile) -> Iterator[Region]:
    for number, segment in enumerate(elf.iter_segments("PT_LOAD")):
        if segment["p_filesz"]:
            executable = bool(segment["p_flags"] & P_FLAGS.PF_X)
            yield Region(f"segment {number}", segment["p_vaddr"], segment.data(), executable)


def _symbols(elf: ELFFile) -> dict[int, list[Any]]:
    """The symbols of each section in order of addresses, functions and global ones first."""
    found: dict[int, list[Any]] = {}
    for table in elf.iter_sections():
        if isinstance(table, SymbolTableSection):
            for one in table.iter_symbols():
                kind, index = one["st_info"]["type"], one["st_shndx"]
                if one.name and not one.name.startswith(".L") and kind in _order and isinstance(index, int):
                    found.setdefault(index, []).append(one)
    for symbols in found.values():
        symbols.sort(key=lambda one: (one["st_value"], _order[one["st_info"]["type"]], _is_local(one), one.name))
    return found


def _is_local(symbol: Any) -> bool:
    return bool(symbol["st_info"]["bind"] == "STB_LOCAL")


def _islands(symbols: list[Any]) -> Iterator[tuple[int, int]]:
    for one in symbols:
        if one["st_info"]["type"] == "STT_OBJECT" and one["st_size"]:
            yield one["st_value"], one["st_value"] + one["st_size"]


def _relocations(elf: ELFFile) -> dict[int, Mapping[int, tuple[Target, ...]]]:
    """What is put in later, by the section and the address of the word that holds it."""
    found: dict[int, dict[int, tuple[Target, ...]]] = {}
    kinds = {one.number: name for name, one in load_relocations().relocations.items()}
    kinds |= {number: name for name, number in ENUM_RELOC_TYPE_PPC.items() if isinstance(number, int)}
    for table in elf.iter_sections():
        if isinstance(table, RelocationSection):
            symbols: Any = elf.get_section(table["sh_link"])
            words = found.setdefault(table["sh_info"], {})
            for one in table.iter_relocations():
                symbol = symbols.get_symbol(one["r_info_sym"])
                name = symbol.name or _section_name(elf, symbol["st_shndx"])
                addend = one["r_addend"] if one.is_RELA() else 0
                shown = f"{name}{addend:+#x}" if addend else name
                kind = kinds.get(one["r_info_type"], str(one["r_info_type"]))
                address = one["r_offset"] & ~3
                words[address] = (*words.get(address, ()), Target(kind, shown))
    return dict(found)


def _section_name(elf: ELFFile, index: int | str) -> str:
    return str(elf.get_section(index).name) if isinstance(index, int) else "*ABS*"
