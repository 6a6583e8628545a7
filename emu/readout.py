"""What neurons, sensors and lines show: the numbers of the model as potentials."""

from __future__ import annotations

import numpy as np

from hicannx.emu.analog.sensor import BRANCHES, settle_row
from hicannx.emu.analog.state import I_EXC, I_INH, V, W, pitch
from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner
from hicannx.emu.readoutstate import first_channel_probe
from hicannx.emu.state import LAST_ROW, ChipState
from hicannx.emu.wiring import columns, neurons

_rows = np.array([V, I_EXC, I_INH, W])  # by source, see readoutstate.py
_baseline_v = float(load_facts("cadc")["sensor"]["baseline_v"])
_open_v = float(load_facts("readout")["lines"]["open_v"])


@inner
def observe(chip: ChipState, source: int, neuron: int) -> float:
    """What a neuron shows of MEMBRANE, EXC_LINE, INH_LINE or ADAPTATION, V; never below ground."""
    readout = chip.readout
    value = float(chip.neurons.values[_rows[source] * pitch + neuron])
    return max(float(readout.offset[source, neuron]) + float(readout.gain[source, neuron]) * value, 0.0)


@inner
def sensor_v(chip: ChipState, hemisphere: int, branch: int, column: int, row: int) -> float:
    """What the correlation sensor of a synapse shows."""
    settle_row(chip, hemisphere, row)
    return _baseline_v - float(chip.sensors.stored[hemisphere, row, branch, column])


@inner
def _probe(chip: ChipState, probe: int) -> float:
    if probe < first_channel_probe:
        return observe(chip, probe // neurons, probe % neurons)
    channel = probe - first_channel_probe
    hemisphere, place = channel // (BRANCHES * columns), channel % (BRANCHES * columns)
    row = int(chip.converter[hemisphere, LAST_ROW])
    return sensor_v(chip, hemisphere, place // columns, place % columns, row)


@inner
def line_v(chip: ChipState, line: int) -> float:
    """The potential of a line: the mean of what its drivers want."""
    readout = chip.readout
    if readout.drivers[line] == 0:
        return _open_v
    total = readout.constant[line]
    for place in range(readout.probes[line]):
        total += _probe(chip, int(readout.probe[line, place]))
    return float(total / readout.drivers[line])
