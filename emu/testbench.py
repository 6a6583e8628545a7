"""Memory of a test bench around processor 0, for programs that were made for another system than the chip.

While `chip.bench[BENCH]` is set, every access outside the SRAM goes to a list of words, and the parallel bus to a list
of rows; what was never written is zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.emu.state import BENCH_ROW_CAPACITY, BENCH_ROWS, BENCH_WORD_CAPACITY, BENCH_WORDS, ChipState


@inner
def bench_word(chip: ChipState, address: int) -> int:
    """The place of the word at a byte address; a new one holds zero, and when all are used the last one serves."""
    used = chip.bench[BENCH_WORDS]
    for place in range(used):
        if chip.bench_address[place] == address >> 2:
            return place
    place = min(used, BENCH_WORD_CAPACITY - 1)
    chip.bench_address[place], chip.bench_word[place] = address >> 2, 0
    chip.bench[BENCH_WORDS] = place + 1
    return int(place)


@inner
def _bench_row(chip: ChipState, address: int) -> int:
    used = chip.bench[BENCH_ROWS]
    for place in range(used):
        if chip.bench_row_address[place] == address:
            return place
    place = min(used, BENCH_ROW_CAPACITY - 1)
    chip.bench_row_address[place] = address
    chip.bench_row[place, :] = 0
    chip.bench[BENCH_ROWS] = place + 1
    return int(place)


@inner
def bench_read(chip: ChipState, address: int, row: NDArray[np.uint8]) -> None:
    """Read a row of the parallel bus."""
    place = _bench_row(chip, address)
    for byte in range(len(row)):
        row[byte] = chip.bench_row[place, byte]


@inner
def bench_write(chip: ChipState, address: int, row: NDArray[np.uint8], on: NDArray[np.uint8]) -> None:
    """Write the enabled bytes of a row."""
    place = _bench_row(chip, address)
    for byte in range(len(row)):
        if on[byte]:
            chip.bench_row[place, byte] = row[byte]
