"""The parallel bus: vectors that are raw rows of the synapse array, rows of its converters, or what resets something.

Other rows of the synapse array do not come here, see nearrow.py.
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
    NOTHING,
    RANDOM,
    RAW,
    VRESET_ACAUSAL,
    buffered,
    line_of,
    window_of,
)
from hicannx.emu.cadc import convert, read_latch
from hicannx.emu.kernelcache import inner
from hicannx.emu.lfsr import draw_row, seed_row
from hicannx.emu.state import RESET_CYCLES, ChipState
from hicannx.emu.synram import read_cell, synapse_rows, write_cell
from hicannx.emu.trigger import ALL_SWITCHES, note_change, set_off
from hicannx.emu.wiring import columns

NO_ANSWER = -1
_elements = columns // 2
_PAYLOAD = -1  # the bytes of the vector say which sensors are reset
_resets = np.zeros(NOTHING, np.int64)  # what a store to a window resets
_resets[CADC_CAUSAL], _resets[CORRELATION_RESET], _resets[VRESET_ACAUSAL] = _PAYLOAD, ALL_BRANCHES, 1 << ACAUSAL
_group = 32  # neurons of one parity that are reset at once
_Bytes = NDArray[np.uint8]


@inner
def read_vector(chip: ChipState, hemisphere: int, address: int, row: _Bytes) -> int:
    """Read a vector; the cycles that it takes beside those of a near row, or NO_ANSWER."""
    window, line = window_of(address), line_of(address)
    if window == RAW:
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
    if window == RAW:
        _write_raw(chip, hemisphere, line, row, on)
        return 0
    if window == RANDOM:
        seed_row(chip, hemisphere, line, row, on)
        return 0
    if window in (CADC_ACAUSAL, NOTHING) or address & buffered:
        return NO_ANSWER
    return _reset(chip, hemisphere, line, row, on, _resets[window], tick)


@inner
def _write_raw(chip: ChipState, hemisphere: int, line: int, row: _Bytes, on: _Bytes) -> None:
    """Write the enabled bytes of a raw row, two of which are a row of synapses."""
    place, window = line // 4, SYNRAM_RAW_EVEN + line // 2 % 2
    for element in range(_elements):
        if on[element]:
            write_cell(chip, window, hemisphere, place, 2 * element + line % 2, row[element])
    if place >= synapse_rows:
        note_change(chip, ALL_SWITCHES, True, 0)


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
