"""What stands at an address, in words."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

import attrs
import numpy as np

from hicannx.regmodel.addresstable import AddressTable, address_table
from hicannx.regmodel.bus import omnibus, usual_backend
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.coordinate import Indices
from hicannx.regmodel.load import load_registers


@attrs.frozen
class MappedWord:
    """A word of a register: the container, the instance, and the index of the word in it."""

    container: Container
    instance: int
    word: int
    address: int

    def __str__(self) -> str:
        """Such as `CrossbarNode[3] at 0x0013001c`; further words of a register have their index behind it."""
        place = f"{self.container.name}[{self.instance}]" if self.container.instances > 1 else self.container.name
        word = f" word {self.word}" if self.container.words > 1 else ""
        return f"{place}{word} at {self.address:#010x}"


@lru_cache(maxsize=1 << 16)
def lookup(address: int) -> MappedWord | None:
    """The word at an Omnibus address, or None; not as an alias, and in the usual image of the FPGA if in several."""
    return next(_found(address, omnibus, aliases=False), None)


def lookup_all(address: int, bus: str = omnibus) -> list[MappedWord]:
    """All that stands at an address: aliases, bytes of the word and other images of the FPGA, too."""
    return [*_found(address, bus, aliases=False), *_found(address, bus, aliases=True)]


def describe(address: int) -> str:
    """What stands at an address, such as `CrossbarNode[3] at 0x0013001c`."""
    word = lookup(address)
    return str(word) if word else f"nothing at {address:#010x}"


def nearest(address: int) -> str:
    """The mapped word that is nearest to an address, as `describe` does; of two equally near ones the lower.

    Large memories count only where the address is in them.
    """
    found = lookup(address)
    if found:
        return str(found)
    table = all_words()
    above = min(int(np.searchsorted(table.address, address)), len(table.address) - 1)
    below = max(above - 1, 0)
    is_below = address - int(table.address[below]) <= int(table.address[above]) - address
    return str(_word(table, below if is_below else above))


def _found(address: int, bus: str, aliases: bool) -> Iterator[MappedWord]:
    for container, place in _places(bus, aliases):
        if place.low <= address <= place.high:
            found = _in_memory if container.numbering.is_large else _in_table
            yield from found(container, place, address)


def rows_of(addresses: Indices) -> Indices:
    """The row of each address in the table of all words; -1 where nothing stands."""
    known = all_words().address
    rows = np.minimum(np.searchsorted(known, addresses), len(known) - 1)
    return np.where(known[rows] == addresses, rows, -1)


@cache
def _places(bus: str, aliases: bool) -> list[tuple[Container, Place]]:
    """All places on a bus, those in unusual images of the FPGA at the end."""
    model = load_registers()
    order = [None, *model.buses.images]
    kept = [one for one in model.containers.values() if (one.alias_of is not None) is aliases]
    kept.sort(key=lambda one: order.index(one.image))
    return [(one, place) for one in kept for place in one.places if place.bus == bus]


def _in_memory(container: Container, place: Place, address: int) -> Iterator[MappedWord]:
    """By bisection, since addresses of a large memory ascend; of several bytes in a word the first."""
    low, high = 0, container.instances - 1
    while low < high:
        middle = (low + high) // 2
        if container.addresses(middle, place)[0] < address:
            low = middle + 1
        else:
            high = middle
    words = container.addresses(low, place)
    if address in words:
        yield MappedWord(container, low, words.index(address), address)


def _in_table(container: Container, place: Place, address: int) -> Iterator[MappedWord]:
    table = _table_of(container.name, place.space)
    row = int(np.searchsorted(table.address, address))
    if row < len(table.address) and table.address[row] == address:
        yield _word(table, row)


@cache
def _table_of(name: str, space: str) -> AddressTable:
    container = load_registers().containers[name]
    place = container.place_in(space)
    assert place is not None
    return address_table([attrs.evolve(container, places=(place,), alias_of=None)], place.bus)


@cache
def on_omnibus() -> dict[str, Container]:
    """Containers by name as plain Omnibus accesses reach them: with their places there, and what can be done there."""
    model = load_registers()
    spaces = model.buses.backends[usual_backend].spaces
    found = {}
    for name, one in model.containers.items():
        places = tuple(place for place in one.places if place.space in spaces)
        if places:
            access = "".join(verb for verb in "rw" if any(verb in place.access for place in places))
            found[name] = one if places == one.places else attrs.evolve(one, places=places, access=access)
    return found


@cache
def all_words() -> AddressTable:
    """The table of all words that plain Omnibus accesses reach in the usual image of the FPGA; no large memories."""
    usual = (None, next(iter(load_registers().buses.images)))
    return address_table(one for one in on_omnibus().values() if one.image in usual)


def _word(table: AddressTable, row: int) -> MappedWord:
    instance, word, address = (int(column[row]) for column in (table.instance, table.word, table.address))
    container = load_registers().containers[table.containers[int(table.number[row])].name]
    return MappedWord(container, instance, word, address)
