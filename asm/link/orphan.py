"""Orphans: input sections that the script does not mention go where sections of their kind are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import attrs

from hicannx.asm.link.arrange import Arrangement
from hicannx.asm.link.inputs import InputFile, InputSection
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.order import common_storage
from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.script import Assign, Name, Number, Output
from hicannx.asm.table import load_table

_c_name = re.compile(r"\w+\Z", re.ASCII)


@attrs.frozen
class _Hold:
    """Sections of this kind follow the output section `name`; each row is for what the rows before did not take."""

    name: str
    kind: list[str]
    all_of: list[str] = attrs.field(factory=list)
    none_of: list[str] = attrs.field(factory=list)
    type: str = ""

    @property
    def flags(self) -> Kind:
        return _kind(self.kind)

    def takes(self, section: InputSection) -> bool:
        kind = section.kind
        fits = kind & _kind(self.all_of) == _kind(self.all_of) and not kind & _kind(self.none_of)
        return fits and self.type in {"", section.type}


@attrs.frozen
class _Rules:
    holds: list[_Hold]
    dropped: list[str]


def _kind(names: list[str]) -> Kind:
    kind = Kind.NONE
    for name in names:
        kind |= Kind[name.upper()]
    return kind


@cache
def _rules() -> _Rules:
    return load_table("orphan", _Rules, "hicannx.asm.link")


@attrs.define
class _Places:
    """Where the next orphan of each kind goes."""

    last: dict[str, OutputSection] = attrs.field(factory=dict)


def place_orphans(arrangement: Arrangement, files: list[InputFile]) -> None:
    """Make output sections for what has none yet."""
    places = _Places()
    seen: set[str] = set()
    for section in _orphans(files):
        if section.name in _rules().dropped and (section.name in seen or section.name.startswith(".note")):
            section.is_discarded = True
            continue
        seen.add(section.name)
        existing = _same_name(arrangement, section)
        if existing is not None:
            existing.add(section)
        elif section.name == common_storage().section:
            _common_home(arrangement).add(section)
        else:
            _insert(arrangement, section, places)


def _common_home(arrangement: Arrangement) -> OutputSection:
    """Where common storage goes that no pattern means: to other common storage, or else to zeroed storage."""
    if arrangement.common is None:
        name = common_storage().home
        arrangement.common = arrangement.find(name) or OutputSection(name, Output(name))
        if arrangement.common not in arrangement.items:
            arrangement.items.append(arrangement.common)
    return arrangement.common


def _orphans(files: list[InputFile]) -> Iterator[InputSection]:
    for file in files:
        for section in file.sections:
            if section.output is None and not section.is_discarded:
                if Kind.EXCLUDE in section.kind:
                    section.is_discarded = True
                else:
                    yield section


def _same_name(arrangement: Arrangement, section: InputSection) -> OutputSection | None:
    unused = None
    for one in arrangement.sections:
        if one.name == section.name:
            alike = not (one.kind ^ section.kind) & (Kind.LOAD | Kind.ALLOC)
            if one.exists and (not one.kind or (one.type == section.type and alike)):
                return one
            if not one.exists:
                unused = one
    return unused


def _insert(arrangement: Arrangement, section: InputSection, places: _Places) -> None:
    hold = next((one for one in _rules().holds if one.takes(section)), None)
    output = OutputSection(section.name, Output(section.name), is_orphan=True)
    output.add(section)
    name = hold.name if hold else ""
    after = places.last.get(name) or (_after(arrangement, section, hold) if hold else None)
    if not section.kind & (Kind.LOAD | Kind.ALLOC):
        output.start = Number(0)
    elif after is not None:
        output.region, output.load_region = after.region, after.load_region
    position = _position(arrangement, after, chained=name in places.last) if hold else len(arrangement.items)
    added: list[Assign | OutputSection] = [output]
    if _c_name.match(section.name):
        output.items.insert(0, Assign(f"__start_{section.name}", Name("."), provide=True))
        output.has_symbols = True
        added.append(Assign(f"__stop_{section.name}", Name("."), provide=True))
    arrangement.items[position:position] = added
    if hold:
        places.last[name] = output


def _after(arrangement: Arrangement, section: InputSection, hold: _Hold) -> OutputSection | None:
    """The output section that an orphan of this kind follows."""
    found = arrangement.find(hold.name) if hold.name else None
    return found or _by_kind(arrangement, section, same_type=True) or _by_kind(arrangement, section, same_type=False)


def _by_kind(arrangement: Arrangement, section: InputSection, *, same_type: bool) -> OutputSection | None:
    """The last output section that is alike: exactly, or else in what matters for this kind of section."""
    kind = section.kind
    basic = Kind.CONTENTS | Kind.ALLOC | Kind.LOAD
    if not kind & Kind.ALLOC:
        return _last(arrangement, section, Kind.DEBUG, same_type=False)
    exact = _last(arrangement, section, basic | Kind.READONLY | Kind.CODE | Kind.TLS, same_type=same_type)
    if exact is not None:
        return exact
    if kind & Kind.CODE:
        compared = basic | Kind.CODE | Kind.TLS
    elif kind & Kind.READONLY:
        compared = basic | Kind.READONLY
    elif kind & Kind.CONTENTS:
        compared = basic | Kind.TLS
    else:
        compared = Kind.ALLOC
    return _last(arrangement, section, compared, same_type=same_type)


def _last(arrangement: Arrangement, section: InputSection, compared: Kind, *, same_type: bool) -> OutputSection | None:
    found = None
    for one in arrangement.sections:
        if same_type and one.exists and one.type != section.type:
            continue
        kind = one.kind if one.exists else _expected(one.name)
        if not (kind ^ section.kind) & compared:
            found = one
    return found


def _expected(name: str) -> Kind:
    """What a section that is not used yet is taken for, from its name."""
    return next((one.flags for one in _rules().holds if one.name == name), Kind.NONE)


def _position(arrangement: Arrangement, after: OutputSection | None, *, chained: bool) -> int:
    """Behind a section and the assignments that follow it, but before a location counter set for the next one."""
    items = arrangement.items
    start = items.index(after) + 1 if after is not None else 0
    if chained:
        while start < len(items) and isinstance(one := items[start], Assign) and one.name.startswith("__stop_"):
            start += 1
        return start
    moved = None
    ignore_first = after is None
    for place in range(start, len(items)):
        one = items[place]
        if isinstance(one, OutputSection):
            loaded = not one.exists or not one.has_input or one.is_loaded
            return moved if moved is not None and loaded else place
        if isinstance(one, Assign) and one.name == "." and moved is None:
            moved = None if ignore_first else place
            ignore_first = False
    return len(items)
