"""The table of all addresses of a bus: which word of which container stands where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostics, Label
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.container import Container, Place

Column = NDArray[np.int64]


@attrs.frozen
class AddressTable:
    """All mapped words, ascending by address: number of the container in `containers`, instance, index of the word."""

    containers: tuple[Container, ...]
    address: Column
    number: Column
    instance: Column
    word: Column


def address_table(containers: Iterable[Container], bus: str = omnibus) -> AddressTable:
    """The table of these containers; aliases of others and large memories are left out."""
    found = [(one, place) for one, place in _places(containers, bus) if not one.numbering.is_large]
    kept = tuple(one for one, _ in found)
    blocks = [one.all_addresses(place) for one, place in found] or [np.zeros((0, 1), np.int64)]
    address = np.concatenate([block.ravel() for block in blocks])
    number = np.concatenate([np.full(block.size, k, dtype=np.int64) for k, block in enumerate(blocks)])
    place = np.concatenate([np.indices(block.shape, dtype=np.int64).reshape(2, -1) for block in blocks], axis=1)
    order = np.argsort(address, kind="stable")
    return AddressTable(kept, address[order], number[order], place[0][order], place[1][order])


def _places(containers: Iterable[Container], bus: str) -> Iterator[tuple[Container, Place]]:
    for one in containers:
        if one.alias_of is None:
            yield from ((one, place) for place in one.places if place.bus == bus)


def check_overlaps(containers: Iterable[Container]) -> None:
    """DiagnosticError (R103) names each two containers, neither an alias, that claim the same address of a bus.

    Containers of different images of the FPGA are never there at the same time.
    """
    every = list(containers)
    images = sorted({one.image for one in every if one.image})
    found: dict[tuple[str, str], tuple[Container, Container, int]] = {}
    for bus in sorted({place.bus for one in every for place in one.places}):
        for image in images or [None]:
            there = [one for one in every if one.image in (None, image)]
            for first, second, address in (*_same_words(there, bus), *_inside_memories(there, bus)):
                found.setdefault((first.name, second.name), (first, second, address))
    diagnostics = Diagnostics()
    for first, second, address in found.values():
        title = f"{first.name} and {second.name} both claim address {address:#010x}"
        labels = [Label(first.span, f"{first.name} stands here")]
        help_text = f"correct one of them, or give one `alias_of: {first.name}` if they share the word"
        diagnostics.error("R103", title, second.span, labels=labels, help=help_text)
    diagnostics.raise_if_errors()


def _same_words(containers: list[Container], bus: str) -> Iterator[tuple[Container, Container, int]]:
    table = address_table(containers, bus)
    for row in np.flatnonzero(table.address[1:] == table.address[:-1]).tolist():
        first, second = (table.containers[int(table.number[k])] for k in (row, row + 1))
        yield first, second, int(table.address[row])


def _inside_memories(containers: list[Container], bus: str) -> Iterator[tuple[Container, Container, int]]:
    """What stands anywhere in a large memory."""
    places = list(_places(containers, bus))
    for number, (memory, large) in enumerate(places):
        if memory.numbering.is_large:
            for other_number, (other, place) in enumerate(places):
                first = max(large.low, place.low)
                is_new = not other.numbering.is_large or other_number > number
                if other is not memory and is_new and first <= min(large.high, place.high):
                    yield memory, other, first
