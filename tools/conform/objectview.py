"""ELF files as golden records describe them, read by an independent reader."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

View = dict[str, Any]
_letters = {"W": "WRITE", "A": "ALLOC", "X": "EXECINSTR", "M": "MERGE", "S": "STRINGS", "I": "INFO_LINK",
            "L": "LINK_ORDER", "O": "OS_NONCONFORMING", "G": "GROUP", "T": "TLS"}  # fmt: skip
_special = {"SHN_UNDEF": "UND", "SHN_ABS": "ABS", "SHN_COMMON": "COM"}
_tables = ("SHT_NULL", "SHT_SYMTAB", "SHT_STRTAB", "SHT_RELA")


def view(content: bytes) -> View:
    """Header, sections, symbols, relocations and segments of a file."""
    from elftools.elf.elffile import ELFFile

    elf: Any = ELFFile(io.BytesIO(content))
    symbols = [_symbol(elf, one) for one in _entries(elf)]
    return {
        "etype": elf["e_type"].removeprefix("ET_"),
        "machine": _machine(elf["e_machine"]),
        "eflags": elf["e_flags"],
        "entry": elf["e_entry"],
        "sections": [_section(one) for one in elf.iter_sections() if one["sh_type"] not in _tables],
        "symbols": [one for one in symbols if one["name"]],
        "relocations": list(_relocations(elf, symbols)),
        "segments": [_segment(one) for one in elf.iter_segments()],
    }


def _machine(name: Any) -> int:
    from elftools.elf.enums import ENUM_E_MACHINE

    numbers: dict[Any, Any] = dict(ENUM_E_MACHINE)
    return int(numbers.get(name, name))


def _section(one: Any) -> View:
    from elftools.elf.constants import SH_FLAGS

    flags = "".join(letter for letter, name in _letters.items() if one["sh_flags"] & getattr(SH_FLAGS, f"SHF_{name}"))
    found = {
        "name": one.name, "type": str(one["sh_type"]).removeprefix("SHT_"), "flags": flags, "addr": one["sh_addr"],
        "size": one["sh_size"], "align": one["sh_addralign"], "entsize": one["sh_entsize"],
    }  # fmt: skip
    return found if one["sh_type"] == "SHT_NOBITS" else {**found, "hex": one.data().hex()}


def _segment(one: Any) -> View:
    keys = ("vaddr", "paddr", "filesz", "memsz", "flags", "align")
    found = {"type": str(one["p_type"]).removeprefix("PT_"), **{key: one[f"p_{key}"] for key in keys}}
    return {**found, "hex": one.data().hex()}


def _entries(elf: Any) -> list[Any]:
    table = elf.get_section_by_name(".symtab")
    return list(table.iter_symbols()) if table else []


def _place(elf: Any, index: int | str) -> str:
    return _special[index] if isinstance(index, str) else str(elf.get_section(index).name)


def _symbol(elf: Any, one: Any) -> View:
    place, kind = _place(elf, one["st_shndx"]), one["st_info"]["type"][4:]
    return {
        "name": place if kind == "SECTION" else str(one.name), "value": one["st_value"], "size": one["st_size"],
        "type": kind, "bind": one["st_info"]["bind"][4:], "vis": one["st_other"]["visibility"][4:], "section": place,
    }  # fmt: skip


def _relocations(elf: Any, symbols: list[View]) -> Iterator[View]:
    for table in elf.iter_sections():
        for one in table.iter_relocations() if table["sh_type"] == "SHT_RELA" else ():
            symbol = symbols[one["r_info_sym"]]
            yield {
                "section": table.name.removeprefix(".rela"), "offset": one["r_offset"],
                "type": relocation_name(one["r_info_type"]), "symbol": symbol["name"], "symtype": symbol["type"],
                "addend": one["r_addend"],
            }  # fmt: skip


def relocation_name(number: int) -> str:
    """The name of a kind of relocation, or its number as text; records may have either."""
    return _relocation_names().get(number, str(number))


@cache
def _relocation_names() -> dict[int, str]:
    from elftools.elf.enums import ENUM_RELOC_TYPE_PPC

    from hicannx.asm.relocation import load_relocations

    known = {row.number: name for name, row in load_relocations().relocations.items()}
    return known | {number: name for name, number in ENUM_RELOC_TYPE_PPC.items() if isinstance(number, int)}
