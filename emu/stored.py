"""What registers and memories hold, read all at once and without the side effects of a read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.behaviour import (
    FPGA_MEMORY,
    PPU_MEMORY,
    SYNRAM_EVEN_MSB2,
    SYNRAM_LABELS,
    SYNRAM_ODD_MSB2,
    SYNRAM_RAW_EVEN,
    SYNRAM_RAW_ODD,
    SYNRAM_WEIGHTS,
)
from hicannx.emu.state import ChipState
from hicannx.emu.synram import entries, msb2_shift, permutation, quad_columns, quads, rows

Numbers = NDArray[np.int64]


def stored_words(chip: ChipState, addresses: Numbers) -> Numbers:
    """The words at mapped Omnibus addresses; registers that calculate what a read gives show what was written."""
    row = np.searchsorted(chip.address, addresses.ravel())
    kind, place = chip.behaviour[row], chip.instance[row].astype(np.int64)
    words = chip.register[row].astype(np.int64)
    memories = ((PPU_MEMORY, chip.sram), (FPGA_MEMORY, chip.fpga_memory))
    for behaviour, memory in memories:
        own = kind == behaviour
        words[own] = memory.ravel()[place[own]].astype(np.int64) & 0xFFFFFFFF
    for window in range(SYNRAM_WEIGHTS, SYNRAM_RAW_ODD + 1):
        own = kind == window
        if own.any():
            words[own] = _quads(chip, window, place[own])
    return words.reshape(addresses.shape)


def _quads(chip: ChipState, window: int, place: Numbers) -> Numbers:
    """The words of quads, numbered as `synram.read_quad` does."""
    line, quad = np.divmod(place, quads)
    array, row = np.divmod(line, rows)
    cells = _cells(chip, window)[array[:, None], row[:, None], quad_columns[quad]]
    shifts = 8 * np.arange(entries - 1, -1, -1)
    return np.asarray((cells.astype(np.int64) << shifts).sum(axis=1))


def _cells(chip: ChipState, window: int) -> NDArray[np.uint8]:
    """All bytes of a window, shape [arrays, rows, columns]."""
    plain = {SYNRAM_LABELS: chip.labels, SYNRAM_EVEN_MSB2: chip.even_msb2, SYNRAM_ODD_MSB2: chip.odd_msb2}
    if window in plain:
        return plain[window]
    if window == SYNRAM_WEIGHTS:
        return permutation[chip.weights]
    if window == SYNRAM_RAW_EVEN:
        return permutation[chip.weights] | chip.even_msb2 << np.uint8(msb2_shift)
    return chip.labels | chip.odd_msb2 << np.uint8(msb2_shift)
