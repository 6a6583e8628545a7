"""The synapse array seen from the Omnibus: quads of columns as words.

The first entry of a quad is in the most significant byte of its word (haldls:src/haldls/vx/synapse.cpp:455-905).
Weights are permuted here and plain on the parallel bus.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import open_row
from hicannx.emu.behaviour import (
    SYNRAM_EVEN_MSB2,
    SYNRAM_LABELS,
    SYNRAM_ODD_MSB2,
    SYNRAM_RAW_EVEN,
    SYNRAM_WEIGHTS,
)
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.machine import facts
from hicannx.emu.state import ChipState
from hicannx.emu.wiring import hemispheres
from hicannx.regmodel.codec import encode_instances
from hicannx.regmodel.geometry import synapse_columns
from hicannx.regmodel.load import load_registers

rows = int(facts["ppu"]["parallel_bus_rows"])
quad_columns: NDArray[np.int64] = synapse_columns()
quads, entries = quad_columns.shape
# The rows behind those of the synapses are the column switches.
synapse_rows = load_registers().containers["SynapseWeightQuad"].instances // (hemispheres * quads)

_raw = load_registers().containers["SynapseQuad"].by_name
weight_mask, label_mask, msb2_mask = ((1 << _raw[name].width) - 1 for name in ("weights", "labels", "time_calibs"))
msb2_shift = _raw["time_calibs"].elements[-1][0].lsb  # where a raw byte has the two highest bits


def _weights_in_omnibus() -> NDArray[np.uint8]:
    """The byte of a quad that shows each weight; the same table leads back."""
    quad = load_registers().containers["SynapseWeightQuad"]
    weights = np.arange(weight_mask + 1)
    zero = np.zeros_like(weights)
    words = encode_instances(quad, {"values": [zero, zero, zero, weights]}, len(weights))
    return words[:, 0].astype(np.uint8)


permutation: NDArray[np.uint8] = _weights_in_omnibus()


@inner
def read_cell(chip: ChipState, window: int, hemisphere: int, row: int, column: int) -> int:
    """One byte of a window."""
    if window == SYNRAM_WEIGHTS:
        return int(permutation[chip.weights[hemisphere, row, column]])
    if window == SYNRAM_LABELS:
        return int(chip.labels[hemisphere, row, column])
    if window == SYNRAM_EVEN_MSB2:
        return int(chip.even_msb2[hemisphere, row, column])
    if window == SYNRAM_ODD_MSB2:
        return int(chip.odd_msb2[hemisphere, row, column])
    if window == SYNRAM_RAW_EVEN:
        weight = int(permutation[chip.weights[hemisphere, row, column]])
        return weight | int(chip.even_msb2[hemisphere, row, column]) << msb2_shift
    return int(chip.labels[hemisphere, row, column]) | int(chip.odd_msb2[hemisphere, row, column]) << msb2_shift


@inner
def write_cell(chip: ChipState, window: int, hemisphere: int, row: int, column: int, value: int) -> None:
    """Write one byte through a window."""
    if window != SYNRAM_WEIGHTS:
        open_row(chip, hemisphere, row, window == SYNRAM_LABELS)
    if window == SYNRAM_WEIGHTS:
        chip.weights[hemisphere, row, column] = permutation[value & weight_mask]
    elif window == SYNRAM_LABELS:
        chip.labels[hemisphere, row, column] = value & label_mask
    elif window == SYNRAM_EVEN_MSB2:
        chip.even_msb2[hemisphere, row, column] = value & msb2_mask
    elif window == SYNRAM_ODD_MSB2:
        chip.odd_msb2[hemisphere, row, column] = value & msb2_mask
    elif window == SYNRAM_RAW_EVEN:
        chip.weights[hemisphere, row, column] = permutation[value & weight_mask]
        chip.even_msb2[hemisphere, row, column] = value >> msb2_shift & msb2_mask
    else:
        chip.labels[hemisphere, row, column] = value & label_mask
        chip.odd_msb2[hemisphere, row, column] = value >> msb2_shift & msb2_mask


@njit
def read_quad(chip: ChipState, window: int, place: int) -> int:
    """The word of quad column `place` mod 64 in row `place` // 64, counted through both hemispheres."""
    line, quad = place // quads, place % quads
    value = 0
    for entry in range(entries):
        column = quad_columns[quad, entry]
        value = value << 8 | read_cell(chip, window, line // rows, line % rows, column)
    return value


@njit
def write_quad(chip: ChipState, window: int, place: int, value: int, enables: int) -> None:
    """Write the enabled bytes of a quad."""
    line, quad = place // quads, place % quads
    for entry in range(entries):
        if enables >> (entries - 1 - entry) & 1:
            column = quad_columns[quad, entry]
            write_cell(chip, window, line // rows, line % rows, column, value >> 8 * (entries - 1 - entry) & 255)
