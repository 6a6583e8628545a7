"""Object files of 32-bit PowerPC, ours and those of other assemblers and compilers, to input files."""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Any

from hicannx.asm.elf import load_format
from hicannx.asm.link.inputs import InputFile, InputRelocation, InputSection, InputSymbol
from hicannx.asm.mistake import mistake
from hicannx.asm.relocation import RelocationKind, load_relocations
from hicannx.diagnostic import DiagnosticError

_bookkeeping = {"symtab", "strtab", "null", "rela", "group", "rel"}
_what_is_linked = "only relocatable objects for 32-bit PowerPC, big endian, and archives of them can be linked"


def read_object(name: str, content: bytes, archive: str = "") -> InputFile:
    """The object in `content`; a DiagnosticError (A507) when it is none, or is damaged."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    file = InputFile(name, content, archive)
    try:
        elf = ELFFile(io.BytesIO(content))
        _check_header(file, elf)
        _read(file, elf)
    except (ELFError, ValueError, KeyError, IndexError, struct.error, UnicodeDecodeError, MemoryError, OverflowError,
            AttributeError) as error:  # fmt: skip
        if isinstance(error, ELFError) and not content.startswith(b"\x7fELF"):
            raise _unusable(file, "is not an object file") from None
        raise mistake("A507", f"`{file.shown}` is damaged: {error}", None, help="make the file anew") from None
    return file


def _unusable(file: InputFile, reason: str) -> DiagnosticError:
    return mistake("A507", f"`{file.shown}` {reason}", None, help=_what_is_linked)


def _check_header(file: InputFile, elf: Any) -> None:
    known = load_format()
    header = elf.header
    if elf.elfclass != 32 or elf.little_endian or header["e_machine"] != "EM_PPC":
        bits = f"{elf.elfclass}-bit {'little' if elf.little_endian else 'big'}-endian"
        raise _unusable(file, f"is for another machine ({bits} {header['e_machine']})")
    if known.file_types["relocatable"] != {"ET_REL": 1}.get(header["e_type"]):
        raise _unusable(file, "is linked already" if header["e_type"] == "ET_EXEC" else "is not a relocatable object")


@cache
def _types() -> dict[int, str]:
    return {number: name for name, number in load_format().all_types.items()}


def _read(file: InputFile, elf: Any) -> None:
    raw = list(elf.iter_sections())
    numbers = [_number(one["sh_type"]) for one in raw]
    by_index: dict[int, InputSection] = {}
    for index, (one, number) in enumerate(zip(raw, numbers)):
        kind = _types().get(number, "progbits")
        if kind not in _bookkeeping:
            by_index[index] = _section(file, one, kind, index)
    file.sections = list(by_index.values())
    table = next((index for index, number in enumerate(numbers) if _types().get(number) == "symtab"), None)
    if table is not None:
        strings = raw[raw[table]["sh_link"]].data()
        file.symbols = _symbols(file, raw[table].data(), strings, by_index)
    for one, number in zip(raw, numbers):
        if _types().get(number) == "rela" and one["sh_info"] in by_index:
            by_index[one["sh_info"]].relocations = _relocations(file, one.data(), by_index[one["sh_info"]].size)
        elif _types().get(number) == "group":
            _group(file, one, by_index)


def _number(kind: Any) -> int:
    from elftools.elf.enums import ENUM_SH_TYPE_BASE

    return kind if isinstance(kind, int) else int(ENUM_SH_TYPE_BASE.get(kind, 0x6FFFFFF5))


def _section(file: InputFile, one: Any, kind: str, index: int) -> InputSection:
    bits = one["sh_flags"]
    letters = "".join(letter for letter, bit in load_format().section_flags.items() if bits & bit)
    size = one["sh_size"]
    data = bytearray() if kind == "nobits" else bytearray(one.data())
    if kind != "nobits" and len(data) != size:
        raise ValueError(f"section `{one.name}` is cut")
    return InputSection(
        file, one.name, kind, letters, max(one["sh_addralign"], 1), one["sh_entsize"], size, data, number=index,
        place=one["sh_offset"],
    )  # fmt: skip


def _symbols(file: InputFile, table: bytes, strings: bytes, sections: dict[int, InputSection]) -> list[InputSymbol]:
    known = load_format()
    bindings = {number: name for name, number in known.bindings.items() if name}
    kinds = {number: name for name, number in known.symbol_kinds.items()}
    visibilities = {number: name for name, number in known.visibilities.items()}
    specials = {number: name for name, number in known.special_sections.items()}
    found = []
    for name, value, size, info, other, place in struct.iter_unpack(known.symbol, table):
        text = strings[name : strings.index(0, name)].decode() if name else ""
        section = sections.get(place)
        special = specials.get(place, "") if section is None else ""
        if not section and not special:
            special = "absolute"  # of a section that is no part of a program, such as a group
        kind, binding = kinds.get(info & 15, "notype"), bindings.get(info >> known.binding_shift, "global")
        visibility = visibilities[other & 3]
        found.append(InputSymbol(file, text, value, size, kind, binding, visibility, section, special))
    return found


@cache
def _relocation_names() -> dict[int, tuple[str, RelocationKind]]:
    return {kind.number: (name, kind) for name, kind in load_relocations().relocations.items()}


def _relocations(file: InputFile, table: bytes, size: int) -> list[InputRelocation]:
    known = load_format()
    mask = (1 << known.relocation_symbol_shift) - 1
    unknown = RelocationKind(-1, "")
    found = []
    for offset, info, addend in struct.iter_unpack(known.relocation, table):
        number = info & mask
        name, kind = _relocation_names().get(number, ("", unknown))
        if offset >= size and kind.number:
            raise ValueError(f"a relocation at {offset:#x} is outside of its section")
        symbol = file.symbols[info >> known.relocation_symbol_shift]
        found.append(InputRelocation(offset, name or _foreign_name(number), kind, symbol, addend))
    return found


def _foreign_name(number: int) -> str:
    from elftools.elf.enums import ENUM_RELOC_TYPE_PPC

    return next((name for name, one in ENUM_RELOC_TYPE_PPC.items() if one == number), f"number {number}")


def _group(file: InputFile, one: Any, sections: dict[int, InputSection]) -> None:
    words = [word for (word,) in struct.iter_unpack(">I", one.data())]
    if words and words[0] & load_format().group_flag:
        signature = file.symbols[one["sh_info"]]
        name = signature.name or (signature.section.name if signature.section else "")
        file.groups.append((name, [sections[index] for index in words[1:] if index in sections]))
