"""Groups of sections, of which a linker keeps all or none: each is a section of its own that names the others."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from hicannx.asm.section import Attributes, Chunk, Section
from hicannx.asm.symbol import Symbol

_key = "group {}"
_once = 1  # GRP_COMDAT: of equal groups in several files one is kept


def group_names(sections: Iterable[Section]) -> list[str]:
    """The names of the groups, in the order in which sections name them."""
    return list(dict.fromkeys(one.attributes.group for one in sections if one.attributes.group))


def group_key(name: str) -> str:
    """What a group is called among sections."""
    return _key.format(name)


def signatures(names: Iterable[str], symbols: Sequence[Symbol]) -> list[Symbol]:
    """Symbols with the names of groups, where the program has none itself."""
    defined = {one.name for one in symbols}
    missing = [name for name in names if name not in defined]
    return [Symbol(name, Chunk(Section(group_key(name), Attributes()), 0), binding="local") for name in missing]


def group_data(name: str, sections: Iterable[Section], numbers: dict[str, int], relocations: dict[str, int]) -> bytes:
    """The contents of a group's section: a flag, and the numbers of the sections with those of their relocations."""
    members = [one for one in sections if one.attributes.group == name]
    found = [numbers[one.name] for one in members]
    found += [relocations[one.name] for one in members if one.name in relocations]
    once = any(one.attributes.once for one in members)
    return struct.pack(f">{1 + len(found)}I", _once if once else 0, *found)
