"""ELF files as golden records describe them, read by an independent reader, and the first difference of two."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from hicannx.tools.conform.outcome import Outcome, failed, passed

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

View = dict[str, Any]
_letters = {"W": "WRITE", "A": "ALLOC", "X": "EXECINSTR", "M": "MERGE", "S": "STRINGS", "I": "INFO_LINK",
            "L": "LINK_ORDER", "O": "OS_NONCONFORMING", "G": "GROUP", "T": "TLS"}  # fmt: skip
_special = {"SHN_UNDEF": "UND", "SHN_ABS": "ABS", "SHN_COMMON": "COM"}
_tables = ("SHT_NULL", "SHT_SYMTAB", "SHT_STRTAB", "SHT_RELA")
_shown_digits = 80


def view(content: bytes) -> View:
    """Header, sections, symbols, relocations and segments of a file."""
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(io.BytesIO(content))
    names = _symbol_names(elf)
    return {
        "etype": elf["e_type"].removeprefix("ET_"),
        "machine": _machine(elf["e_machine"]),
        "eflags": elf["e_flags"],
        "entry": elf["e_entry"],
        "sections": [_section(one) for one in elf.iter_sections() if one["sh_type"] not in _tables],
        "symbols": list(_symbols(elf, names)),
        "relocations": list(_relocations(elf, names)),
        "segments": [_segment(one) for one in elf.iter_segments()],
    }


def _machine(name: str | int) -> int:
    from elftools.elf.enums import ENUM_E_MACHINE

    return int(ENUM_E_MACHINE.get(name, name))


def _section(one: Any) -> View:
    from elftools.elf.constants import SH_FLAGS

    flags = "".join(letter for letter, name in _letters.items() if one["sh_flags"] & getattr(SH_FLAGS, f"SHF_{name}"))
    found = {
        "name": one.name, "type": _short(one["sh_type"]), "flags": flags, "addr": one["sh_addr"],
        "size": one["sh_size"], "align": one["sh_addralign"], "entsize": one["sh_entsize"],
    }  # fmt: skip
    return found if one["sh_type"] == "SHT_NOBITS" else {**found, "hex": one.data().hex()}


def _short(name: str | int) -> str:
    return str(name).removeprefix("SHT_")


def _segment(one: Any) -> View:
    keys = ("vaddr", "paddr", "filesz", "memsz", "flags", "align")
    return {
        "type": str(one["p_type"]).removeprefix("PT_"), **{key: one[f"p_{key}"] for key in keys}, "hex": one.data().hex()
    }  # fmt: skip


def _place(elf: ELFFile, index: int | str) -> str:
    return _special[index] if isinstance(index, str) else str(elf.get_section(index).name)


def _symbol_names(elf: ELFFile) -> list[str]:
    table = elf.get_section_by_name(".symtab")
    return [] if table is None else [
        _place(elf, one["st_shndx"]) if one["st_info"]["type"] == "STT_SECTION" else str(one.name)
        for one in table.iter_symbols()
    ]  # fmt: skip


def _symbols(elf: ELFFile, names: list[str]) -> Iterator[View]:
    table = elf.get_section_by_name(".symtab")
    for name, one in zip(names, table.iter_symbols() if table else ()):
        if name:
            yield {
                "name": name, "value": one["st_value"], "size": one["st_size"],
                "type": one["st_info"]["type"][4:], "bind": one["st_info"]["bind"][4:],
                "vis": one["st_other"]["visibility"][4:], "section": _place(elf, one["st_shndx"]),
            }  # fmt: skip


def _relocations(elf: ELFFile, names: list[str]) -> Iterator[View]:
    for table in elf.iter_sections():
        for one in table.iter_relocations() if table["sh_type"] == "SHT_RELA" else ():
            yield {
                "section": table.name.removeprefix(".rela"), "offset": one["r_offset"],
                "type": _name_of(one["r_info_type"]), "symbol": names[one["r_info_sym"]], "addend": one["r_addend"],
            }  # fmt: skip


@cache
def _relocation_names() -> dict[int, str]:
    from elftools.elf.enums import ENUM_RELOC_TYPE_PPC

    from hicannx.asm.relocation import load_relocations

    known = {row.number: name for name, row in load_relocations().relocations.items()}
    return known | {number: name for name, number in ENUM_RELOC_TYPE_PPC.items() if isinstance(number, int)}


def _name_of(number: int) -> str:
    return _relocation_names().get(number, str(number))


def difference(expected: View, got: View) -> Outcome:
    """Passed, or the first difference; only what `expected` mentions is compared."""
    for key, value in expected.items():
        if key not in ("sections", "symbols", "relocations", "segments") and value != got[key]:
            return failed(f"`{key}` of the file differs", value, got[key])
    relocations = [{**one, "type": _canonical(one["type"])} for one in expected.get("relocations", ())]
    for what, wanted, found in (
        ("section", expected.get("sections"), got["sections"]),
        ("segment", expected.get("segments"), got["segments"]),
        ("symbol", _sorted(expected.get("symbols")), _sorted(got["symbols"])),
        ("relocation", relocations if "relocations" in expected else None, got["relocations"]),
    ):
        outcome = passed if wanted is None else _compare_rows(what, wanted, found)
        if outcome is not passed:
            return outcome
    return passed


def _canonical(name: str) -> str:
    return _name_of(int(name)) if name.isdigit() else name


def _sorted(symbols: list[View] | None) -> list[View] | None:
    return symbols and sorted(symbols, key=lambda one: (one["name"], one["type"], one["value"]))


def _compare_rows(what: str, wanted: list[View], found: list[View]) -> Outcome:
    for index, row in enumerate(wanted):
        if index >= len(found):
            return failed(f"{what} {_label(row, index)} is missing", _shown(row), "nothing")
        differing = [key for key, value in row.items() if key in found[index] and value != found[index][key]]
        differing += [key for key in ("hex",) if (key in row) != (key in found[index]) and what == "section"]
        if differing:
            mine = {key: found[index].get(key) for key in {"name": 0} | dict.fromkeys(differing) if key in found[index]}
            reason = f"{what} {_label(row, index)}: {', '.join(differing)}"
            return failed(reason, _shown({key: row.get(key) for key in mine if key in row}), _shown(mine))
    if len(found) > len(wanted):
        return failed(f"there is one {what} too many", "nothing", _shown(found[len(wanted)]))
    return passed


def _label(row: View, index: int) -> str:
    return f"`{row['name']}`" if "name" in row else str(index + 1)


def _shown(row: View) -> str:
    return ", ".join(f"{key}={value!s:.{_shown_digits}}" for key, value in row.items())
