"""What the registers are known to hold, so that only words that differ need be sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.access import byte_mask, full_byte_enables


class KnownWords:
    """Words by Omnibus address, kept up to date with every write.

    Registers that do something when written, or change on their own, are never taken for known.
    Source: stadls, differential writes at the granularity of a word.
    """

    def __init__(self, words: Mapping[int, int] | None = None) -> None:
        """Begin with these words by address."""
        self.words = dict(words or {})

    @classmethod
    def of(cls, addresses: ArrayLike, words: ArrayLike) -> KnownWords:
        """Begin with arrays of addresses and their words."""
        where, what = np.broadcast_arrays(np.atleast_1d(addresses), np.atleast_1d(words))
        return cls(dict(zip(where.ravel().tolist(), what.ravel().tolist())))

    def write(self, addresses: ArrayLike, words: ArrayLike, byte_enables: int) -> NDArray[np.bool_]:
        """Remember these writes in their order; which of them change something, or may do so."""
        where, what = np.broadcast_arrays(np.atleast_1d(addresses), np.atleast_1d(words))
        always = np.isin(where, _never_known())
        mask = byte_mask(byte_enables)
        kept = np.ones(len(where), np.bool_)
        for index, (address, word) in enumerate(zip(where.tolist(), what.tolist())):
            if not always[index]:
                kept[index] = self._write(address, word, mask if byte_enables != full_byte_enables() else None)
        return kept

    def _write(self, address: int, word: int, mask: int | None) -> bool:
        old = self.words.get(address)
        if mask is not None:
            if old is None:
                return mask != 0
            word = old & ~mask | word & mask
        self.words[address] = word
        return word != old


@cache
def _never_known() -> NDArray[np.int64]:
    """Addresses of registers with side effects, or that do not give back what was written."""
    containers = [one for one in load_registers().containers.values() if not one.numbering.is_large]
    unlike = [one for one in containers if one.behaviour is not None or one.access != "rw"]
    places = [(one, place) for one in unlike for place in one.places if place.bus == omnibus]
    return np.unique(np.concatenate([one.all_addresses(place).ravel() for one, place in places]))
