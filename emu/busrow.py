"""The parallel bus: vectors that are rows of the synapse array, of its converters, or of what resets something.

Element e of parity p is column 2 e + p; address = window + 2 * row + p (libnux:include/libnux/vx/vector.h:114-131).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import ACAUSAL, ALL_BRANCHES, CAUSAL, reset_trace
from hicannx.emu.behaviour import NEURON_RESET_QUAD, SYNRAM_RAW_EVEN
from hicannx.emu.buswindow import (
    CADC_ACAUSAL,
    CADC_CAUSAL,
    CORRELATION_RESET,
    EVEN_MSB2,
    LABELS,
    NOTHING,
    ODD_MSB2,
    RANDOM,
    RAW,
    VRESET_ACAUSAL,
    buffered,
    line_of,
    window_of,
)
from hicannx.emu.cadc import convert, read_latch
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.lfsr import draw_row, seed_row
from hicannx.emu.state import RESET_CYCLES, ChipState
from hicannx.emu.synram import label_mask, msb2_mask, read_cell, synapse_rows, weight_mask, write_cell
from hicannx.emu.trigger import ALL_SWITCHES, note_change, set_off
from hicannx.emu.wiring import columns

NO_ANSWER = -1
_elements = columns // 2
# Of the cells of the first windows; bytes, since with wider numbers a store took a third more time.
_masks = np.array([weight_mask, label_mask, msb2_mask, msb2_mask], np.uint8)
_PAYLOAD = -1  # the bytes of the vector say which sensors are reset
_resets = np.zeros(NOTHING, np.int64)  # what a store to a window resets
_resets[CADC_CAUSAL], _resets[CORRELATION_RESET], _resets[VRESET_ACAUSAL] = _PAYLOAD, ALL_BRANCHES, 1 << ACAUSAL
_group = 32  # neurons of one parity that are reset at once
_Bytes = NDArray[np.uint8]


@inner
def read_vector(chip: ChipState, hemisphere: int, address: int, row: _Bytes) -> int:
    """Read a vector; the cycles that it takes beside those of a near row, NO_ANSWER, or CANNOT_CONVERT."""
    window, line = window_of(address), line_of(address)
    if window <= ODD_MSB2:
        _move_cells(chip, window, hemisphere, line, row, row, True)
    elif window == RAW:
        for element in range(_elements):
            column = 2 * element + line % 2
            row[element] = read_cell(chip, SYNRAM_RAW_EVEN + line // 2 % 2, hemisphere, line // 4, column)
    elif window in (CADC_CAUSAL, CADC_ACAUSAL) and line < 2 * synapse_rows:
        cycles = 0 if address & buffered else convert(chip, hemisphere, line // 2)
        read_latch(chip, hemisphere, CAUSAL if window == CADC_CAUSAL else ACAUSAL, line % 2, row)
        return cycles
    elif window == RANDOM:
        draw_row(chip, hemisphere, line, row)
    else:
        return NO_ANSWER
    return 0


@inner
def write_vector(chip: ChipState, hemisphere: int, address: int, row: _Bytes, on: _Bytes, tick: int) -> int:
    """Write the enabled bytes of a vector; the cycles that it takes beside those of a near row, or NO_ANSWER."""
    window, line = window_of(address), line_of(address)
    if window <= RAW:
        _write_cells(chip, window, hemisphere, line, row, on)
        return 0
    if window == RANDOM:
        seed_row(chip, hemisphere, line, row, on)
        return 0
    if window in (CADC_ACAUSAL, NOTHING) or address & buffered:
        return NO_ANSWER
    return _reset(chip, hemisphere, line, row, on, _resets[window], tick)


@merged
def _move_cells(
    chip: ChipState, window: int, hemisphere: int, line: int, row: _Bytes, on: _Bytes, is_read: bool
) -> None:
    """Read a vector of the cells that a window shows, or write its enabled bytes."""
    cells = chip.weights
    if window == LABELS:
        cells = chip.labels
    elif window == EVEN_MSB2:
        cells = chip.even_msb2
    elif window == ODD_MSB2:
        cells = chip.odd_msb2
    if is_read:
        _read_cells(cells[hemisphere, line // 2], line % 2, row)
    else:
        _put_cells(cells[hemisphere, line // 2], line % 2, _masks[window], row, on)


@inner
def _read_cells(cells: _Bytes, parity: int, row: _Bytes) -> None:
    """Every other byte of a row of cells; both are read, for the host to do many at once."""
    keep_even, keep_odd = (255, 0) if parity == 0 else (0, 255)
    for element in range(_elements):
        row[element] = (cells[2 * element] & keep_even) | (cells[2 * element + 1] & keep_odd)


@inner
def _put_cells(cells: _Bytes, parity: int, mask: int, row: _Bytes, on: _Bytes) -> None:
    """Write every other byte of a row of cells where that is enabled; both are written, as above."""
    even_mask, odd_mask = (mask, 0) if parity == 0 else (0, mask)
    keep_even, keep_odd = (255, 0) if parity == 0 else (0, 255)
    for element in range(_elements):
        even, odd, enabled = cells[2 * element], cells[2 * element + 1], (on[element] != 0) * 255
        cells[2 * element] = even ^ (even ^ (row[element] & even_mask)) & keep_even & enabled
        cells[2 * element + 1] = odd ^ (odd ^ (row[element] & odd_mask)) & keep_odd & enabled


@inner
def _write_cells(chip: ChipState, window: int, hemisphere: int, line: int, row: _Bytes, on: _Bytes) -> None:
    """Write the enabled bytes of a vector; those of raw rows, two of which are a row of synapses, one by one."""
    place = line // 2
    if window == RAW:
        place = line // 4
        for element in range(_elements):
            if on[element]:
                column = 2 * element + line % 2
                write_cell(chip, SYNRAM_RAW_EVEN + line // 2 % 2, hemisphere, place, column, row[element])
    else:
        _move_cells(chip, window, hemisphere, line, row, on, False)
    if place >= synapse_rows:
        note_change(chip, ALL_SWITCHES)


@inner
def _reset(chip: ChipState, hemisphere: int, line: int, row: _Bytes, on: _Bytes, branches: int, tick: int) -> int:
    """Reset sensors, or the neurons in the row behind them, where the bit of the acausal sensor is set."""
    first, mask = hemisphere * columns + line % 2, 0
    for element in range(_elements):
        asked = 0
        if on[element]:
            asked = int(row[element]) if branches == _PAYLOAD else branches
        if line < 2 * synapse_rows:
            reset_trace(chip, hemisphere, line // 2, 2 * element + line % 2, asked)
            continue
        mask |= (asked >> ACAUSAL & 1) << element % _group
        if element % _group == _group - 1 and mask:
            set_off(chip, NEURON_RESET_QUAD, first + 2 * (element - _group + 1), mask, tick)
            mask = 0
    return int(chip.converter[hemisphere, RESET_CYCLES]) if line < 2 * synapse_rows else 0
