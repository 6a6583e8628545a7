"""Input sections into output sections: as the script says, then the orphans that it does not mention."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from hicannx.asm.link.inputs import InputFile, InputSection, InputSymbol
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.load import Loaded
from hicannx.asm.link.order import bucket, common_storage
from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.pattern import matching
from hicannx.asm.link.script import (
    Assert,
    Assign,
    Binary,
    Call,
    Choice,
    Data,
    Expression,
    Filling,
    InputPattern,
    Name,
    Output,
    Script,
    Unary,
)
from hicannx.asm.link.symbols import GlobalSymbol

discard = "/DISCARD/"


@attrs.define
class Arrangement:
    """The statements of the script, with output sections in their places; `common` is the one for common storage."""

    items: list[Assign | Assert | OutputSection] = attrs.field(factory=list)
    common: OutputSection | None = None

    @property
    def sections(self) -> list[OutputSection]:
        """The output sections in the order in which they are placed."""
        return [one for one in self.items if isinstance(one, OutputSection)]

    def find(self, name: str) -> OutputSection | None:
        """The first output section with this name."""
        return next((one for one in self.sections if one.name == name), None)


def arrange(script: Script, loaded: Loaded) -> Arrangement:
    """Put every input section that the script mentions where it belongs."""
    arrangement = Arrangement()
    by_name: dict[str, OutputSection] = {}
    for one in script.items:
        if not isinstance(one, Output):
            arrangement.items.append(one)
            if isinstance(one, Assign):
                _create_mentioned(one.value, by_name)
        elif one.name == discard:
            _discard(one, loaded.files)
        elif _is_wanted(one, loaded.files):
            section = by_name.get(one.name) if not one.constraint else None
            if section is None or one.constraint:
                section = OutputSection(one.name, one, region=one.region.name if one.region else "")
                section.load_region = one.load_region.name if one.load_region else ""
                by_name[one.name] = section
                arrangement.items.append(section)
            _fill(section, one, loaded.files, by_name)
            if arrangement.common is None and _takes_common(one):
                arrangement.common = section
    return arrangement


def _is_wanted(one: Output, files: list[InputFile]) -> bool:
    if one.constraint not in {"ONLY_IF_RO", "ONLY_IF_RW"}:
        return True
    found = [section for item in one.body if isinstance(item, InputPattern) for section in matching(item, files)]
    read_only = all("w" not in section.flags for section in found)
    return read_only == (one.constraint == "ONLY_IF_RO")


def _takes_common(one: Output) -> bool:
    name = common_storage().section
    return any(isinstance(item, InputPattern) and any(part.name == name for part in item.sections) for item in one.body)


def _discard(one: Output, files: list[InputFile]) -> None:
    for item in one.body:
        if isinstance(item, InputPattern):
            for section in matching(item, files):
                section.is_discarded = True


def _fill(section: OutputSection, one: Output, files: list[InputFile], known: dict[str, OutputSection]) -> None:
    for item in one.body:
        if isinstance(item, InputPattern):
            for found in matching(item, files):
                if Kind.EXCLUDE in found.kind:
                    found.is_discarded = True
                else:
                    found.is_kept |= item.keep
                    section.add(found)
            continue
        section.items.append(item)
        if isinstance(item, Data):
            section.create()
            stored = Kind.ALLOC if one.kind == "NOLOAD" else Kind.CONTENTS | Kind.ALLOC | Kind.LOAD
            section.kind |= stored if one.kind in {"", "NOLOAD"} else Kind.CONTENTS
        elif isinstance(item, Filling | Assign | Assert):
            section.create()
            section.has_symbols |= isinstance(item, Assign) and item.name != "."
            if isinstance(item, Assign):
                _create_mentioned(item.value, known)


def _create_mentioned(value: Expression, known: dict[str, OutputSection]) -> None:
    """Sections whose address or size is asked for exist, if only empty."""
    match value:
        case Call("ADDR" | "LOADADDR" | "SIZEOF", (Name(name),)):
            if name in known:
                known[name].create()
        case Call(_, arguments):
            for one in arguments:
                _create_mentioned(one, known)
        case Binary(_, left, right):
            _create_mentioned(left, known)
            _create_mentioned(right, known)
        case Unary(_, operand):
            _create_mentioned(operand, known)
        case Choice(condition, yes, no):
            for one in (condition, yes, no):
                _create_mentioned(one, known)
        case _:
            pass


def add_common_sections(loaded: Loaded) -> None:
    """Room for common storage in sections of the files that ask for it, as GNU ld lays it out."""
    rules = common_storage()
    by_place: dict[tuple[InputFile, str], list[GlobalSymbol]] = {}
    first = next((file for file in loaded.files if any(_is_small_common(one) for one in file.symbols)), None)
    for symbol in loaded.symbols:
        if symbol.common is not None and symbol.value is None:
            name = rules.small_section if symbol.common.size <= rules.small_size else rules.section
            by_place.setdefault((symbol.common.file, name), []).append(symbol)
    for (file, name), symbols in by_place.items():
        linkers_own = file is first and name == rules.small_section
        section = next((one for one in file.sections if one.name == name and one.type == "nobits"), None)
        if section is None or linkers_own:
            section = InputSection(file, name, "nobits", "wa", 1, 0, 0, bytearray(), is_kept=linkers_own)
            file.sections.append(section)
        _allocate(section, symbols)


def _is_small_common(one: InputSymbol) -> bool:
    return one.special == "common" and one.size <= common_storage().small_size


def _allocate(section: InputSection, symbols: Iterable[GlobalSymbol]) -> None:
    # of one bucket, the symbol that was met last comes first
    for symbol in sorted(symbols, key=lambda one: (bucket(one.name), -one.order)):
        place = section.size + -section.size % symbol.align
        assert symbol.common is not None
        symbol.definition = attrs.evolve(symbol.common, value=place, section=section, special="", size=symbol.size)
        section.size = place + symbol.size
        section.align = max(section.align, symbol.align)
        symbol.common = None
