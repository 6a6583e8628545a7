"""Leaving out sections that nothing refers to (`--gc-sections`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hicannx.asm.link.inputs import InputFile, InputRelocation, InputSection
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.load import Loaded
from hicannx.asm.link.pattern import matching
from hicannx.asm.link.script import InputPattern, Output, Script
from hicannx.asm.link.symbols import GlobalSymbol


def collect(loaded: Loaded, script: Script, entry: str, undefined: Iterable[str]) -> None:
    """Discard loaded sections that are not reached from the entry, from what the script keeps, or from `undefined`."""
    groups = {section: members for file in loaded.files for _, members in file.groups for section in members}
    reached: set[InputSection] = set()
    waiting = list(_roots(loaded, script, entry, undefined))
    for section in waiting:
        section.is_root = True
    while waiting:
        section = waiting.pop()
        if section in reached or section.is_discarded:
            continue
        reached.add(section)
        waiting += groups.get(section, [])
        for one in section.relocations:
            waiting += _targets(one, loaded)
    used = {section.file for section in reached}
    for file in loaded.files:
        for section in file.sections:
            if section not in reached and (Kind.ALLOC in section.kind or file not in used):
                section.is_discarded = True


def _roots(loaded: Loaded, script: Script, entry: str, undefined: Iterable[str]) -> Iterator[InputSection]:
    for name in (entry, *undefined, *script.undefined):
        symbol = loaded.symbols.names.get(name)
        if symbol is not None and (section := symbol.section) is not None:
            yield section
    for one in script.items:
        if isinstance(one, Output):
            for item in one.body:
                if isinstance(item, InputPattern) and item.keep:
                    yield from matching(item, loaded.files)
    for file in loaded.files:
        yield from (one for one in file.sections if one.is_kept or one.type == "note")


def _targets(one: InputRelocation, loaded: Loaded) -> Iterator[InputSection]:
    shared: GlobalSymbol | None = one.symbol.shared
    section = shared.section if shared is not None else one.symbol.section
    if section is not None:
        yield section
    elif shared is not None:
        yield from _named(shared.name, loaded.files)


def _named(name: str, files: Iterable[InputFile]) -> Iterator[InputSection]:
    """The sections whose bounds `__start_name` and `__stop_name` are."""
    for prefix in ("__start_", "__stop_"):
        if name.startswith(prefix):
            yield from (one for file in files for one in file.sections if one.name == name.removeprefix(prefix))
