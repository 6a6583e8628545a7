"""Random numbers on the parallel bus: a shift register a column, read eight bits at a time, seeded by a store."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner
from hicannx.emu.state import ChipState

_facts = load_facts("lfsr")["register"]
taps: NDArray[np.uint16] = np.array(_facts["taps"], np.uint16).reshape(-1)  # of each column
_elements = len(taps) // 2
_steps, _seed_mask = int(_facts["steps_a_read"]), int(_facts["seed_mask"])


@inner
def draw_row(chip: ChipState, hemisphere: int, parity: int, row: NDArray[np.uint8]) -> None:
    """Eight new bits from each column of a parity; a register that holds 0 gives 0 for ever."""
    for element in range(_elements):
        column = 2 * element + parity
        state, mask = np.int64(chip.lfsr[hemisphere, column]), np.int64(taps[column])
        for _ in range(_steps):
            state = state >> 1 ^ (mask & -(state & 1))
        chip.lfsr[hemisphere, column] = state
        row[element] = state & 255


@inner
def seed_row(chip: ChipState, hemisphere: int, parity: int, row: NDArray[np.uint8], on: NDArray[np.uint8]) -> None:
    """The enabled bytes become the registers of their columns."""
    for element in range(_elements):
        if on[element]:
            chip.lfsr[hemisphere, 2 * element + parity] = row[element] & _seed_mask
