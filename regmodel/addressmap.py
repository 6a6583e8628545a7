"""What stands at an Omnibus address, in words."""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np

from hicannx.regmodel.addresstable import AddressTable, address_table
from hicannx.regmodel.container import Container
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


def lookup(address: int) -> MappedWord | None:
    """The word at an address, or None."""
    row = int(np.searchsorted(all_words().address, address))
    return _word(row) if row < len(all_words().address) and all_words().address[row] == address else None


def describe(address: int) -> str:
    """What stands at an address, such as `CrossbarNode[3] at 0x0013001c`."""
    word = lookup(address)
    return str(word) if word else f"nothing at {address:#010x}"


def nearest(address: int) -> str:
    """The mapped word that is nearest to an address, as `describe` does; of two equally near ones the lower."""
    addresses = all_words().address
    above = min(int(np.searchsorted(addresses, address)), len(addresses) - 1)
    below = max(above - 1, 0)
    is_below = address - int(addresses[below]) <= int(addresses[above]) - address
    return str(_word(below if is_below and int(addresses[above]) != address else above))


def rows_of(addresses: Indices) -> Indices:
    """The row of each address in the table of all words; -1 where nothing stands."""
    known = all_words().address
    rows = np.minimum(np.searchsorted(known, addresses), len(known) - 1)
    return np.where(known[rows] == addresses, rows, -1)


@cache
def all_words() -> AddressTable:
    """The table of all words of the chip and the FPGA."""
    return address_table(load_registers().containers.values())


def _word(row: int) -> MappedWord:
    table = all_words()
    instance, word, address = (int(column[row]) for column in (table.instance, table.word, table.address))
    return MappedWord(table.containers[int(table.number[row])], instance, word, address)
