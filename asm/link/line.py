"""Source lines of input sections, where the objects have a DWARF line table."""

from __future__ import annotations

import io
from bisect import bisect_right
from functools import cache
from typing import Any

from hicannx.asm.link.inputs import InputFile, InputSection

# Objects know no addresses: their sections are taken to be this far from each other.
_apart = 1 << 24
_address_bytes = 4


def line_of(section: InputSection, offset: int) -> str:
    """`file:line` of the instruction at an offset; empty where nothing is known of it."""
    known = _lines(section.file)
    address = _base(section) + offset
    index = bisect_right(known, (address, "\U0010ffff")) - 1
    if index < 0 or known[index][0] < _base(section):
        return ""
    return known[index][1]


def _base(section: InputSection) -> int:
    return (section.number + 1) * _apart


@cache
def _lines(file: InputFile) -> list[tuple[int, str]]:
    """All addresses at which a line begins, and the lines; an empty one where a sequence ends."""
    from elftools.common.exceptions import DWARFError, ELFError
    from elftools.elf.elffile import ELFFile

    if not any(one.name == ".debug_line" for one in file.sections):
        return []
    try:
        elf = ELFFile(io.BytesIO(_relocated(file)))
        debug = elf.get_dwarf_info(relocate_dwarf_sections=False)
        return sorted(entry for unit in debug.iter_CUs() for entry in _of_unit(debug.line_program_for_CU(unit)))
    except (DWARFError, ELFError, ValueError, KeyError, IndexError, AttributeError, UnicodeDecodeError):
        return []  # a damaged table is no reason not to link


def _of_unit(program: Any) -> list[tuple[int, str]]:
    if program is None:
        return []
    names = [one.name.decode("utf-8", "replace") for one in program["file_entry"]]
    first = 0 if program["version"] >= 5 else 1
    states = [one.state for one in program.get_entries() if one.state is not None]
    return [
        (one.address, "" if one.end_sequence else f"{names[one.file - first]}:{one.line}") for one in states
    ]  # fmt: skip


def _relocated(file: InputFile) -> bytes:
    """The object with the words of its debug sections filled in."""
    content = bytearray(file.content)
    for section in file.sections:
        if section.name.startswith(".debug"):
            for one in section.relocations:
                target = one.symbol.section
                base = _base(target) if target is not None and "a" in target.flags else 0
                value = base + one.symbol.value + one.addend
                place = section.place + one.offset
                content[place : place + _address_bytes] = (value % (1 << 32)).to_bytes(_address_bytes, "big")
    return bytes(content)
