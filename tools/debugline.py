"""Line tables of ELF files: which source line an address comes from, also where addresses are not final."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_RELOC_TYPE_PPC
from elftools.elf.relocation import RelocationSection

from hicannx.tools.binary import Line

_address_kinds = {ENUM_RELOC_TYPE_PPC["R_PPC_ADDR32"], ENUM_RELOC_TYPE_PPC["R_PPC_UADDR32"]}
_debug = ".debug_"
_first_version_from_zero = 5  # of DWARF, from which on files and folders count from 0


@attrs.frozen(eq=False)
class LineTables:
    """Intervals of addresses with their lines; in an object file each section has a `bases` of its own in the table."""

    starts: list[int]
    entries: list[tuple[int, Line]]
    bases: Mapping[int, int]

    def of(self, section: int) -> Callable[[int], Line | None]:
        """The look-up for addresses of a section."""
        base = self.bases.get(section, 0)

        def line_at(address: int) -> Line | None:
            index = bisect_right(self.starts, address + base) - 1
            if index < 0:
                return None
            end, line = self.entries[index]
            return line if address + base < end else None

        return line_at


def line_tables(content: bytes) -> LineTables:
    """The line tables of an ELF file; empty when there are none or they are damaged."""
    try:
        elf = ELFFile(io.BytesIO(content))
        bases = _bases(elf) if elf.header["e_type"] == "ET_REL" else {}
        if bases:
            elf = ELFFile(io.BytesIO(_relocated(content, elf, bases)))
        found = sorted(_intervals(elf), key=lambda one: one[0]) if elf.get_section_by_name(".debug_line") else []
    except Exception:  # pyelftools stumbles over damage in many ways, and lines are only an addition
        return LineTables([], [], {})
    return LineTables([one[0] for one in found], [(end, line) for _, end, line in found], bases)


def _bases(elf: ELFFile) -> dict[int, int]:
    """A place for each section of an object, so that no two share addresses."""
    bases, place = {}, 0
    for index, section in enumerate(elf.iter_sections()):
        is_debug = section.name.startswith(_debug)
        bases[index] = 0 if is_debug else place
        place += 0 if is_debug else section["sh_size"] + 4
    return bases


def _relocated(content: bytes, elf: ELFFile, bases: Mapping[int, int]) -> bytes:
    """The file with the addresses in its debug sections filled in."""
    patched = bytearray(content)
    for table in elf.iter_sections():
        if isinstance(table, RelocationSection):
            section = elf.get_section(table["sh_info"])
            if not section.name.startswith(_debug):
                continue
            symbols: Any = elf.get_section(table["sh_link"])
            for one in table.iter_relocations():
                if one["r_info_type"] in _address_kinds:
                    symbol = symbols.get_symbol(one["r_info_sym"])
                    value = bases.get(symbol["st_shndx"], 0) + symbol["st_value"] + one["r_addend"]
                    start = section["sh_offset"] + one["r_offset"]
                    patched[start : start + 4] = (value & 0xFFFFFFFF).to_bytes(4, "big")
    return bytes(patched)


def _intervals(elf: ELFFile) -> Iterator[tuple[int, int, Line]]:
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False)
    for unit in dwarf.iter_CUs():
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            continue
        top = unit.get_top_DIE().attributes
        folder = _text(top["DW_AT_comp_dir"].value) if "DW_AT_comp_dir" in top else ""
        files = [_file(program.header, one) for one in program.header["file_entry"]]
        first = 0 if program.header["version"] >= _first_version_from_zero else 1
        before: Any = None
        for entry in program.get_entries():
            state = entry.state
            if state is None:
                continue
            if before is not None and state.address > before.address:
                yield before.address, state.address, Line(files[before.file - first], before.line, folder)
            before = None if state.end_sequence else state


def _file(header: Any, entry: Any) -> str:
    """The name of a file with its folder, unless that is where the compiler ran."""
    folders = [_text(one) for one in header["include_directory"]]
    index = entry.dir_index if header["version"] >= _first_version_from_zero else entry.dir_index - 1
    name = _text(entry.name)
    inside = entry.dir_index > 0 and index < len(folders) and not name.startswith("/")
    return f"{folders[index]}/{name}" if inside else name


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
