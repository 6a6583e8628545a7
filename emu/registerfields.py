"""Fields of registers on the Omnibus, as they stand in the state."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.state import ChipState
from hicannx.emu.variation import effective_codes
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.codec import decode
from hicannx.regmodel.load import load_registers

Numbers = NDArray[np.int64]


def fields_of(chip: ChipState, name: str, instances: Numbers, only: Collection[str] | None = None) -> dict[str, Any]:
    """Field values of instances of a container, arrays of shape [instances] (array fields: a list of them)."""
    container = load_registers().containers[name]
    words = chip.register[rows_of(name)[instances]].astype(np.int64)
    return decode(container, [words[:, word] for word in range(container.words)], only=only)


def codes_of(chip: ChipState, cells: Numbers) -> NDArray[np.float64]:
    """What cells of the CapMem do, in codes of nominal ones."""
    return effective_codes(chip.variation, cells, chip.register[rows_of("CapMemCell")[cells, 0]].astype(np.int64))


@cache
def rows_of(name: str) -> Numbers:
    """Rows of the Omnibus table, shape [instances, words]."""
    container = load_registers().containers[name]
    addresses = container.all_addresses(next(place for place in container.places if place.bus == omnibus))
    return np.searchsorted(omnibus_table().address, addresses)


@cache
def fields_of_words(name: str) -> tuple[frozenset[str], ...]:
    """The fields that stand in each word of a container, in whole or in part."""
    container = load_registers().containers[name]
    parts = [(part.word, field.name) for field in container.fields for parts in field.elements for part in parts]
    return tuple(frozenset(field for word, field in parts if word == own) for own in range(container.words))
