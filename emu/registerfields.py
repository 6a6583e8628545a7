"""Registers of the chip's state as the fields of their containers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.state import ChipState
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.codec import decode
from hicannx.regmodel.load import load_registers

_Numbers = NDArray[np.int64]


def fields_of(chip: ChipState, name: str, instances: _Numbers) -> dict[str, Any]:
    """Field values of instances of a container, arrays of shape [instances] (array fields: a list of them)."""
    container = load_registers().containers[name]
    words = chip.register[rows_of(name)[instances]].astype(np.int64)
    return decode(container, [words[:, word] for word in range(container.words)])


_rows: dict[str, _Numbers] = {}


def rows_of(name: str) -> _Numbers:
    """Rows of the Omnibus table, shape [instances, words]."""
    if name not in _rows:
        from hicannx.emu.omnibustable import omnibus_table

        container = load_registers().containers[name]
        addresses = container.all_addresses(next(place for place in container.places if place.bus == omnibus))
        _rows[name] = np.searchsorted(omnibus_table().address, addresses)
    return _rows[name]
