"""Stubs: branches that do not reach their targets go to code behind their section that does."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import attrs

from hicannx.asm.link.inputs import InputFile, InputRelocation, InputSection, InputSymbol
from hicannx.asm.link.kind import Kind
from hicannx.asm.relocation import RelocationKind, load_relocations
from hicannx.source import SourceFile

_word = 4
# Code that runs on into what follows it, so that stubs need a branch around them.
_pasted = {".init", ".fini"}


@attrs.frozen
class _Template:
    data: bytes
    relocations: tuple[tuple[int, str, RelocationKind], ...]


@attrs.define
class Stubs:
    """All stubs so far, by the section that they stand in and the place that they lead to."""

    places: dict[InputSection, dict[tuple[object, int], int]] = attrs.field(factory=dict)
    ends: dict[InputFile, dict[InputSection, InputSymbol]] = attrs.field(factory=dict)

    def add(self, files: Iterable[InputFile]) -> bool:
        """Add the stubs that are needed as things stand; whether there were any."""
        found = False
        for file in files:
            for section in file.sections:
                kind = section.kind
                if section.output is not None and Kind.CODE in kind and Kind.ALLOC in kind and section.relocations:
                    found |= self._add_to(section)
        return found

    def _add_to(self, section: InputSection) -> bool:
        added = False
        for one in list(section.relocations):
            if not _is_branch(one.kind):
                continue
            target = target_of(one)
            if target is None or target[0] is section:
                continue
            reach = 1 << load_relocations().fields[one.kind.field].bits - 1
            distance = _address(target) - section.output_address(one.offset)
            if not -reach <= distance < reach:
                added |= self._redirect(section, one, target, reach)
        return added

    def _redirect(self, section: InputSection, one: InputRelocation, target: tuple[object, int], reach: int) -> bool:
        known = self.places.setdefault(section, {})
        is_new = target not in known
        place = known[target] if target in known else section.size + -section.size % _word
        if is_new and section.output is not None and section.output.name in _pasted:
            place += _word
        if place - one.offset >= reach:
            return False
        if is_new:
            self._append(section, one, place)
            known[target] = place
        one.symbol, one.addend = self._start(section), place
        return is_new

    def _append(self, section: InputSection, one: InputRelocation, place: int) -> None:
        stub = _template()
        if place >= section.size + _word:  # a branch around
            section.data += bytes(place - _word - section.size) + _branch(len(stub.data) + _word)
        section.data += bytes(place - len(section.data)) + stub.data
        section.size = len(section.data)
        for offset, name, kind in stub.relocations:
            section.relocations.append(InputRelocation(place + offset, name, kind, one.symbol, one.used_addend))

    def _start(self, section: InputSection) -> InputSymbol:
        """A symbol for the first byte of a section."""
        known = self.ends.setdefault(section.file, {})
        if section not in known:
            known[section] = InputSymbol(section.file, "", 0, 0, "section", "local", "default", section)
        return known[section]


def _is_branch(kind: RelocationKind) -> bool:
    return kind.relative and kind.number >= 0 and bool(load_relocations().fields[kind.field].absolute)


def target_of(one: InputRelocation) -> tuple[object, int] | None:
    """The section and the offset there, or None and an address, that a relocation means; None when undefined."""
    addend, shared = one.used_addend, one.symbol.shared
    if shared is not None and shared.value is not None:
        return shared.value.base, shared.value.number + addend
    symbol = one.symbol if shared is None else shared.definition
    if symbol is None or symbol.special == "undefined" or (symbol.section and symbol.section.output is None):
        return None
    return symbol.section, symbol.value + addend


def _address(target: tuple[object, int]) -> int:
    base, offset = target
    if isinstance(base, InputSection):
        return base.output_address(offset)
    return offset + int(getattr(base, "address", 0))


@cache
def _template() -> _Template:
    from hicannx.asm.assemble import assemble

    text = (files("hicannx.asm.link") / "stub.s").read_text(encoding="utf-8")
    made = assemble(SourceFile("stub.s", text))
    known = load_relocations().relocations
    relocations = tuple((one.offset, one.kind, known[one.kind]) for one in made.relocations)
    return _Template(bytes(made.sections[".text"].data), relocations)


@cache
def _branch(distance: int) -> bytes:
    from hicannx.asm.assemble import assemble

    return bytes(assemble(SourceFile("stub.s", f"\tb . + {distance}\n")).sections[".text"].data)
