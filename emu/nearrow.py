"""Rows of synapse cells on the parallel bus: the vectors that programs move most, reached without a call.

Element e of parity p is column 2 e + p, so that it is one byte of a pair of cells.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import open_row
from hicannx.emu.buswindow import EVEN_MSB2, LABELS, ODD_MSB2, WEIGHTS, line_of, window_of
from hicannx.emu.kernelcache import merged
from hicannx.emu.reinterpret import seen_as
from hicannx.emu.state import BENCH, EXTRA_CYCLES, FIRST_PBUS_WRITE, ChipState
from hicannx.emu.synram import label_mask, msb2_mask, synapse_rows, weight_mask
from hicannx.emu.trigger import ALL_SWITCHES, note_change
from hicannx.emu.wiring import columns

_elements = columns // 2
_masks = np.array([weight_mask, label_mask, msb2_mask, msb2_mask], np.uint8)  # of the cells of the first windows
_lower = 0 if sys.byteorder == "little" else 1  # the parity of the lower bytes of pairs
_own = np.array([255, 255 << 8] if _lower == 0 else [255 << 8, 255], np.uint16)  # by parity
_Bytes = NDArray[np.uint8]
_Pairs = NDArray[np.uint16]


@merged
def read_near(chip: ChipState, ppu: int, address: int, row: _Bytes) -> bool:
    """Read a vector of cells; False where there are none."""
    window = window_of(address)
    if window > ODD_MSB2 or chip.bench[BENCH]:
        return False
    _move(chip, window, ppu, line_of(address), row, row, True)
    chip.core[ppu, EXTRA_CYCLES] = 0
    return True


@merged
def write_near(chip: ChipState, ppu: int, address: int, row: _Bytes, on: _Bytes, tick: int) -> bool:
    """Write the enabled bytes of a vector of cells; False where there are none."""
    core, window, line = chip.core[ppu], window_of(address), line_of(address)
    if window > ODD_MSB2 or chip.bench[BENCH]:
        return False
    if window != WEIGHTS:
        open_row(chip, ppu, line // 2, window == LABELS)
    _move(chip, window, ppu, line, row, on, False)
    if line // 2 >= synapse_rows:
        note_change(chip, ALL_SWITCHES, True, 0)
    core[EXTRA_CYCLES] = 0
    if core[FIRST_PBUS_WRITE] < 0:
        core[FIRST_PBUS_WRITE] = tick
    return True


@merged
def _move(chip: ChipState, window: int, hemisphere: int, line: int, row: _Bytes, on: _Bytes, is_read: bool) -> None:
    """Read a vector of the cells that a window shows, or write its enabled bytes."""
    cells = chip.weights
    if window == LABELS:
        cells = chip.labels
    elif window == EVEN_MSB2:
        cells = chip.even_msb2
    elif window == ODD_MSB2:
        cells = chip.odd_msb2
    pairs = seen_as(cells[hemisphere, line // 2], np.uint16)
    if is_read:
        _read(pairs, line % 2, row)
    else:
        _write(pairs, line % 2, _masks[window], row, on)


@merged
def _read(pairs: _Pairs, parity: int, row: _Bytes) -> None:
    keep_lower, keep_upper = (255, 0) if parity == _lower else (0, 255)
    for element in range(_elements):
        row[element] = (pairs[element] & keep_lower) | (pairs[element] >> 8 & keep_upper)


@merged
def _write(pairs: _Pairs, parity: int, mask: np.uint8, row: _Bytes, on: _Bytes) -> None:
    own = _own[parity]
    for element in range(_elements):
        cell = row[element] & mask
        pairs[element] ^= (pairs[element] ^ (cell | cell << 8)) & own * (on[element] != 0)
