"""Merging: equal strings and constants of sections that allow it are stored once."""

from __future__ import annotations

from collections.abc import Iterable

from hicannx.asm.link.inputs import InputSection
from hicannx.asm.link.output import OutputSection


def merge(sections: Iterable[OutputSection]) -> None:
    """In each output section, put the contents of all sections that may be merged where the first of them is."""
    for output in sections:
        groups: dict[tuple[bool, int, int], list[InputSection]] = {}
        for one in output.inputs:
            if _is_mergeable(one):
                groups.setdefault(("S" in one.flags, one.entry_size, one.align), []).append(one)
        for (strings, size, align), members in groups.items():
            _merge_group(members, size, align, strings=strings)


def _is_mergeable(one: InputSection) -> bool:
    if "M" not in one.flags or one.type == "nobits" or not one.data or one.relocations or not one.entry_size:
        return False
    if one.align > one.entry_size and (one.align % one.entry_size or "S" not in one.flags):
        return False
    return "S" in one.flags or one.size % one.entry_size == 0


def _merge_group(members: list[InputSection], size: int, align: int, *, strings: bool) -> None:
    cut = [_strings(bytes(one.data), size) if strings else _constants(bytes(one.data), size) for one in members]
    if any(pieces is None for pieces in cut):
        return
    split = [pieces for pieces in cut if pieces is not None]
    entries = dict.fromkeys(entry for pieces in split for _, entry in pieces if _counts(entry, strings=strings))
    place, data = _store_tails(list(entries), size, align) if strings else _store(list(entries))
    host = members[0]
    for one, pieces in zip(members, split):
        starts = [start for start, _ in pieces]
        one.pieces = (starts, [place.get(entry, 0) for _, entry in pieces])
        one.host = host
        one.data, one.size = bytearray(), 0
    host.data, host.size = bytearray(data), len(data)


def _counts(entry: bytes, *, strings: bool) -> bool:
    return bool(entry) or not strings


def _strings(data: bytes, size: int) -> list[tuple[int, bytes]] | None:
    """Start and text of each string, its end included; None when the last one has no end."""
    found, start, end = [], 0, bytes(size)
    for place in range(0, len(data), size):
        if data[place : place + size] == end:
            found.append((start, data[start : place + size]))
            start = place + size
    return found if start == len(data) else None


def _constants(data: bytes, size: int) -> list[tuple[int, bytes]]:
    return [(start, data[start : start + size]) for start in range(0, len(data), size)]


def _store(entries: list[bytes]) -> tuple[dict[bytes, int], bytes]:
    places, data = {}, b""
    for one in entries:
        places[one] = len(data)
        data += one
    return places, data


def _store_tails(entries: list[bytes], size: int, align: int) -> tuple[dict[bytes, int], bytes]:
    """Strings that end another one are stored in it."""
    hosts: dict[bytes, bytes] = {}
    by_end = sorted(entries, key=lambda one: one[::-1])
    for one, longer in zip(by_end, by_end[1:]):
        if longer.endswith(one) and (len(longer) - len(one)) % max(align, size) == 0:
            hosts[one] = longer
    places: dict[bytes, int] = {}
    data = b""
    for one in entries:
        if one not in hosts:
            data += bytes(-len(data) % align)
            places[one] = len(data)
            data += one
    for one in reversed(by_end):
        if one in hosts:
            host = hosts[one]
            places[one] = places[host] + len(host) - len(one)
    return places, data
