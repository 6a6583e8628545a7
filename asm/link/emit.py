"""The linked program as an ELF file: sections, segments, symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs

from hicannx.asm.elf import ElfWriter, Segment, load_format
from hicannx.asm.link.nearby import home, kept
from hicannx.asm.link.order import bucket
from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.value import Absolute

if TYPE_CHECKING:
    from hicannx.asm.link.inputs import InputFile, InputSymbol
    from hicannx.asm.link.link import Linked
    from hicannx.asm.link.symbols import GlobalSymbol


@attrs.frozen
class LinkedSymbol:
    """A symbol of the program; `section` is the name of its section, or empty: `special` says then what it is."""

    name: str
    address: int
    size: int
    kind: str
    binding: str
    visibility: str
    section: OutputSection | None = None
    special: str = ""


def local_symbols(files: Sequence[InputFile], sections: Sequence[OutputSection]) -> Iterator[LinkedSymbol]:
    """The sections, then file by file what only that file sees, in the order in which the files are first used."""
    for section in kept(sections):
        yield LinkedSymbol("", section.address, 0, "section", "local", "default", section)
    order = list(dict.fromkeys(one.file for section in sections for one in section.inputs))
    order += [one for one in files if one not in order]
    for file in order:
        yield from _of_file(file, sections)


def _of_file(file: InputFile, sections: Sequence[OutputSection]) -> Iterator[LinkedSymbol]:
    shown = [one for one in file.symbols if one.is_local and one.kind != "section" and _is_kept(one)]
    if shown and shown[0].kind != "file":
        yield LinkedSymbol(file.base, 0, 0, "file", "local", "default", special="absolute")
    for one in shown:
        address = one.section.output_address(one.value) if one.section is not None else one.value
        section = (
            home(one.section.output, address, sections) if one.section is not None and one.section.output else None
        )
        special = "" if section else "absolute"
        yield LinkedSymbol(one.name, address, one.size, one.kind, "local", one.visibility, section, special)


def _is_kept(one: InputSymbol) -> bool:
    if one.special == "undefined" or (one.section is not None and one.section.output is None):
        return False
    return not (one.section is not None and "M" in one.section.flags and one.name.startswith(".L"))


def shared_symbols(symbols: Sequence[GlobalSymbol], sections: Sequence[OutputSection]) -> Iterator[LinkedSymbol]:
    """What all files see, in the order of GNU ld."""
    for one in sorted(symbols, key=lambda one: (bucket(one.name), -one.order)):
        if one.is_defined or one.is_strong_use or one.is_weak_use:
            if one.section is not None and one.section.output is None:
                continue
            yield _shared(one, sections)


def _shared(one: GlobalSymbol, sections: Sequence[OutputSection]) -> LinkedSymbol:
    visibility = "default" if one.is_hidden else one.visibility
    binding = "local" if one.is_hidden else "weak" if one.is_weak else "global"
    section: OutputSection | None = None
    special = "undefined"
    if one.value is not None:
        base = one.value.base
        found = base if base is None or isinstance(base, Absolute) else home(base, one.value.absolute, sections)
        section = found if isinstance(found, OutputSection) else None
        special = "absolute"
    elif one.section is not None:
        section = home(one.section.output, one.address, sections) if one.section.output is not None else None
        special = "absolute"
    elif one.definition is not None:
        special = "absolute"
    size = one.size if one.is_defined else 0
    special = "" if section is not None else special
    address = one.address % (1 << 32)
    return LinkedSymbol(one.name, address, size, one.kind, binding, visibility, section, special)


def write_program(linked: Linked) -> bytes:
    """The file."""
    writer = ElfWriter("executable")
    numbers = {
        one: writer.add_contents(
            one.name, one.file_type, one.flags, one.address, b"" if one.file_type == "nobits" else bytes(one.data),
            one.size, one.align, one.file_entry_size,
        )
        for one in linked.sections
    }  # fmt: skip
    symbols = sorted(linked.symbols, key=lambda one: one.binding != "local")
    known = load_format()
    entries = [bytes(len(writer.entry("", 0, 0, "", "notype", "default", 0)))]
    for one in symbols:
        place = numbers[one.section] if one.section is not None else known.special_sections[one.special]
        entries.append(writer.entry(one.name, one.address, one.size, one.binding, one.kind, one.visibility, place))
    local = sum(one.binding == "local" for one in symbols)
    writer.add_symbol_table(entries, local + 1)
    return writer.write(linked.entry, [
        Segment(
            one.address, one.load_address, one.stored, one.size, sum(known.segment_flags[flag] for flag in one.flags),
            known.page, tuple(numbers[section] for section in one.sections), bool(one.headers),
        )
        for one in linked.segments
    ])  # fmt: skip
