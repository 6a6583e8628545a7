"""The column-parallel converters: a conversion of all channels of a hemisphere, and what it has latched."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import BRANCHES
from hicannx.emu.analog.state import NOISY, SEED
from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.random import CADC_UNIT, draw_nearly_normal
from hicannx.emu.readout import line_v, observe, sensor_v
from hicannx.emu.readoutstate import CADC_LINES
from hicannx.emu.state import (
    CONVERSION_CYCLES,
    CONVERSIONS,
    CONVERTS,
    DEBUG_LINE,
    GAIN,
    LAST_ROW,
    NEURON,
    SENSOR,
    START,
    ChipState,
)
from hicannx.emu.wiring import columns

_facts = load_facts("cadc")
_open_v = float(_facts["channel"]["open_v"])
_highest = float(_facts["ramp"]["counts"] - 1)
_noise_counts = float(_facts["channel"]["noise_counts"])
_side_columns, _elements = columns // 2, columns // 2
_channels = BRANCHES * columns


@inner
def convert(chip: ChipState, hemisphere: int, row: int) -> int:
    """Sample the sensors of a row and the neurons now; the cycles it takes.

    Both branches of all columns are latched; a channel sees what the column switches connect to it.
    """
    if not chip.converter[hemisphere, CONVERTS]:
        return 0
    chip.converter[hemisphere, LAST_ROW] = row
    chip.converter[hemisphere, CONVERSIONS] += 1
    for channel in range(_channels):
        branch, column = channel // columns, channel % columns
        source, v = int(chip.channel_source[hemisphere, branch, column]), _open_v
        if source & DEBUG_LINE:
            v = line_v(chip, CADC_LINES + branch)
        elif source == SENSOR:
            v = sensor_v(chip, hemisphere, branch, column, row)
        elif source == NEURON:
            n = hemisphere * columns + column
            v = observe(chip, int(chip.readout.source[n]), n)
        ramp = chip.ramp[hemisphere, column // _side_columns]
        count = (v - ramp[START]) * ramp[GAIN] + chip.channel_offset[hemisphere, branch, column]
        count += _error(chip, hemisphere, branch, column)
        chip.latch[hemisphere, branch, column] = np.uint8(min(max(count, 0.0), _highest))
    return int(chip.converter[hemisphere, CONVERSION_CYCLES])


@merged
def _error(chip: ChipState, hemisphere: int, branch: int, column: int) -> float:
    """Counts by which a channel is wrong now: its own offset, and noise."""
    offset = float(chip.variation.channel_offset[hemisphere, branch, column])
    if chip.neurons.counts[NOISY]:
        unit = CADC_UNIT + (hemisphere * BRANCHES + branch) * columns + column
        number = draw_nearly_normal(chip.neurons.counts[SEED], unit, int(chip.converter[hemisphere, CONVERSIONS]))
        offset += _noise_counts * number
    return offset


@inner
def read_latch(chip: ChipState, hemisphere: int, branch: int, parity: int, row: NDArray[np.uint8]) -> None:
    """The latched counts of the columns of a parity."""
    for element in range(_elements):
        row[element] = chip.latch[hemisphere, branch, 2 * element + parity]
