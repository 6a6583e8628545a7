"""Merging: equal strings and constants of sections that allow it are stored once, strings also as ends of others.

Each stays in the section where it is met first, in the order of the files, as GNU ld has it (binutils-gdb:bfd/merge.c).
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from hicannx.asm.link.inputs import InputFile, InputSection


@attrs.define(eq=False)
class _Entry:
    """A string with its end, or a constant; it is stored at `place` of `section`, or as the end of `host`."""

    text: bytes
    align: int
    section: InputSection
    place: int = 0
    host: _Entry | None = None

    @property
    def location(self) -> tuple[InputSection, int]:
        if self.host is None:
            return self.section, self.place
        return self.host.section, self.host.place + len(self.host.text) - len(self.text)


def merge(files: Iterable[InputFile]) -> None:
    """Merge what goes to one output section and is of one kind."""
    groups: dict[tuple[object, ...], list[InputSection]] = {}
    for file in files:
        for one in file.sections:
            if one.output is not None and _is_mergeable(one):
                key = (one.output, "S" in one.flags, one.entry_size, one.align)
                groups.setdefault(key, []).append(one)
    for members in groups.values():
        _merge_group(members)


def _is_mergeable(one: InputSection) -> bool:
    if "M" not in one.flags or not one.data or one.relocations or not one.entry_size:
        return False
    if one.align > one.entry_size and "S" not in one.flags:
        return False
    ends = not any(one.data[-one.entry_size :]) if "S" in one.flags else True
    return ends and one.size % one.entry_size == 0


def _merge_group(members: list[InputSection]) -> None:
    strings, size, align = "S" in members[0].flags, members[0].entry_size, members[0].align
    known: dict[bytes, _Entry] = {}
    cut: list[list[tuple[int, bytes]]] = []
    for section in members:
        pieces = []
        for start, text, wanted in _strings(section, size) if strings else _constants(section, size):
            pieces.append((start, text))
            if text not in known or known[text].align < wanted:
                known.pop(text, None)
                known[text] = _Entry(text, wanted, section)
        cut.append(pieces)
    if strings:
        _share_ends(list(known.values()), align if align > size else 1)
    _store(known.values(), members)
    for section, pieces in zip(members, cut):
        section.pieces = ([start for start, _ in pieces], [known[text].location for _, text in pieces])


def _strings(section: InputSection, size: int) -> list[tuple[int, bytes, int]]:
    """Start, text and alignment of each string; of the zeros that fill gaps, an aligned one is an empty string."""
    data, end, found = bytes(section.data), bytes(size), []
    place, has_empty = 0, False
    while place < len(data):
        stop = place
        while data[stop : stop + size] != end:
            stop += size
        found.append((place, data[place : stop + size], min(place & -place or section.align, section.align)))
        place = stop + size
        while place < len(data) and data[place : place + size] == end:
            if not has_empty and place % section.align == 0:
                has_empty = True
                found.append((place, end, section.align))
            place += size
    return found


def _constants(section: InputSection, size: int) -> list[tuple[int, bytes, int]]:
    return [(start, bytes(section.data[start : start + size]), 1) for start in range(0, section.size, size)]


def _share_ends(entries: list[_Entry], align: int) -> None:
    entries.sort(key=lambda one: (len(one.text) % align, one.text[::-1]))
    host = entries[-1]
    for one in reversed(entries[:-1]):
        if host.text.endswith(one.text) and (len(host.text) - len(one.text)) % one.align == 0:
            one.host = host
        else:
            host = one


def _store(entries: Iterable[_Entry], members: list[InputSection]) -> None:
    contents = {one: bytearray() for one in members}
    for one in entries:
        if one.host is None:
            data = contents[one.section]
            data += bytes(-len(data) % one.align)
            one.place = len(data)
            data += one.text
    for section, data in contents.items():
        section.data, section.size = data, len(data)
