"""Correlation sensors: every synapse measures how close events and post pulses follow each other.

    note_event(chip, hemisphere, row, label, tick)   # an event reaches the synapses of a row with this label
    note_spike(chip, neuron, tick)                   # a spike, whose post pulse reaches the neuron's column
    note_block_pulse(chip, block, tick)              # a pulse for a side, as the host can ask for it

Nearest neighbours pair: the causal sensor grows with a pulse and the last event since the pulse before, the acausal one
with an event and the last pulse since the event before (Friedmann et al., IEEE TBioCAS 11, 2017). Since all synapses of
a row with a label see the same events and all of a column the same pulses, their times are kept once.

A pulse is known at the end of the step in which it falls, up to a step late; an event in the rest of that step pairs
with it when the pulse comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.bits import exponential
from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner, merged, njit, packed
from hicannx.emu.machine import tick_us
from hicannx.emu.wiring import columns, columns_per_quadrant, drivers, hemispheres, neurons, synapse_label_mask
from hicannx.regmodel.load import load_registers

CAUSAL, ACAUSAL = 0, 1
BRANCHES = 2
rows = 2 * drivers // hemispheres
sides = columns // columns_per_quadrant
calibrations = 1 << load_registers().containers["SynapseQuad"].by_name["time_calibs"].width
_labels = synapse_label_mask + 1
_long_ago = -(1 << 60)
_saturation_v = np.float32(load_facts("cadc")["sensor"]["saturation_v"])
_none: Any = np.int32(0)
_least = np.float32(-80)  # of an exponent: what is older adds nothing
ALL_BRANCHES = (1 << BRANCHES) - 1  # bit 0 for the causal, bit 1 for the acausal sensor


class SensorState(Protocol):
    """Arrays of the sensors.

    `stored` [hemisphere, branch, column, row]: what each has stored since its reset, V; `amplitude` and `rate`
    [hemisphere, side, calibration]: V a pair and 1 / us; `event_tick` [hemisphere, row, label], `row_tick` [hemisphere,
    row] and `pulse_tick` [neuron]: the last of each, `last_pulse` [hemisphere]; `pulses` [neuron]: whether its spikes
    are post pulses; `age`, `place`: of pairs at hand; `older`, `newer` [hemisphere, row]: rows in the order of their
    last events, in a ring whose beginning and end are at place `rows`, -1 for those without any.
    """

    stored: NDArray[np.float32]
    amplitude: NDArray[np.float32]
    rate: NDArray[np.float32]
    event_tick: NDArray[np.int64]
    row_tick: NDArray[np.int64]
    pulse_tick: NDArray[np.int64]
    last_pulse: NDArray[np.int64]
    pulses: NDArray[np.uint8]
    older: NDArray[np.int32]
    newer: NDArray[np.int32]
    age: NDArray[np.float32]
    place: NDArray[np.int64]


_layout: list[tuple[str, type[np.generic], tuple[int, ...]]] = [
    ("stored", np.float32, (hemispheres, BRANCHES, columns, rows)),
    ("amplitude", np.float32, (hemispheres, sides, calibrations)),
    ("rate", np.float32, (hemispheres, sides, calibrations)),
    ("event_tick", np.int64, (hemispheres, rows, _labels)),
    ("row_tick", np.int64, (hemispheres, rows)),
    ("pulse_tick", np.int64, (neurons,)),
    ("older", np.int32, (hemispheres, rows + 1)),
    ("newer", np.int32, (hemispheres, rows + 1)),
    ("last_pulse", np.int64, (hemispheres,)),
    ("pulses", np.uint8, (neurons,)),
    ("age", np.float32, (rows,)),
    ("place", np.int64, (rows,)),
]
sensor_kind = np.dtype((np.record, np.dtype(_layout, align=True)))


def power_up(state: SensorState) -> None:
    """Empty, with no events or pulses before."""
    for ticks in (state.event_tick, state.row_tick, state.pulse_tick, state.last_pulse):
        ticks[:] = _long_ago
    state.pulses[:] = 1
    state.older[:] = state.newer[:] = -1
    state.older[:, rows] = state.newer[:, rows] = rows


def traces(state: SensorState) -> NDArray[np.float32]:
    """A view of the traces as rows: [hemisphere, branch, row, column]."""
    return state.stored.swapaxes(2, 3)


@njit
def add_trace(state: SensorState, hemisphere: int, branch: int, row: int, column: int, amount_v: float) -> None:
    """Add to the trace of the CAUSAL or ACAUSAL sensor of a synapse, until it is full."""
    trace = state.stored[hemisphere, branch, column, row] + np.float32(amount_v)
    state.stored[hemisphere, branch, column, row] = min(trace, _saturation_v)


@inner
def note_event(chip: Any, hemisphere: int, row: int, label: int, tick: int) -> None:
    """An event of a label reaches the synapses of a row."""
    state = chip.sensors
    before = state.event_tick[hemisphere, row, label]
    state.event_tick[hemisphere, row, label] = tick
    state.row_tick[hemisphere, row] = tick
    _put_first(state.older[hemisphere], state.newer[hemisphere], row)
    if state.last_pulse[hemisphere] > before:
        pulses, labels = state.pulse_tick[hemisphere * columns :], chip.labels[hemisphere, row]
        if not _any_later(pulses, labels, label, before):
            return
        for column in range(columns):
            pulse = pulses[column]
            if pulse > before and labels[column] == label:
                _pair(chip, hemisphere, ACAUSAL, row, column, tick - pulse)


@packed
def _any_later(pulses: NDArray[np.int64], labels: NDArray[np.uint8], label: int, before: int) -> int:
    """Whether a column with this label has had a pulse since: most events of many labels pair with none."""
    wanted, found = np.uint8(label), _none
    for column in range(columns):
        found |= np.int32(pulses[column] > before) & np.int32(labels[column] == wanted)
    return int(found)


@merged
def _put_first(older: NDArray[np.int32], newer: NDArray[np.int32], row: int) -> None:
    """Make a row the one with the newest event."""
    if older[row] >= 0:
        newer[older[row]], older[newer[row]] = newer[row], older[row]
    second = older[rows]
    older[row], newer[row] = second, rows
    newer[second] = older[rows] = row


@inner
def note_spike(chip: Any, neuron: int, tick: int) -> None:
    """A spike of a neuron is a post pulse, unless it is told to leave these to others."""
    if chip.sensors.pulses[neuron]:
        note_pulse(chip, neuron, tick)


@njit
def note_block_pulse(chip: Any, block: int, tick: int) -> None:
    """A pulse for all neurons of a side whose spikes are none."""
    for neuron in range(neurons):
        if neuron % columns // columns_per_quadrant == block and not chip.sensors.pulses[neuron]:
            note_pulse(chip, neuron, tick)


@inner
def note_pulse(chip: Any, neuron: int, tick: int) -> None:
    """A post pulse of a neuron reaches the synapses of its column."""
    state = chip.sensors
    hemisphere, column = neuron // columns, neuron % columns
    before = state.pulse_tick[neuron]
    state.pulse_tick[neuron] = tick
    state.last_pulse[hemisphere] = max(state.last_pulse[hemisphere], tick)
    count, row = 0, int(state.older[hemisphere, rows])
    while row != rows and state.row_tick[hemisphere, row] > before:
        event = state.event_tick[hemisphere, row, chip.labels[hemisphere, row, column]]
        if event > tick:
            _pair(chip, hemisphere, ACAUSAL, row, column, event - tick)
        elif event > before:
            state.place[count] = row
            state.age[count] = (tick - event) * tick_us * _rate(chip, hemisphere, CAUSAL, row, column)
            count += 1
        row = int(state.older[hemisphere, row])
    _decay(state.age, count)
    for k in range(count):
        row = state.place[k]
        _grow(chip, hemisphere, CAUSAL, row, column, state.age[k])


@merged
def _rate(chip: Any, hemisphere: int, branch: int, row: int, column: int) -> float:
    calibration = chip.even_msb2[hemisphere, row, column]
    rate = chip.sensors.rate[hemisphere, column // columns_per_quadrant, calibration]
    return float(rate / chip.variation.sensor_tau[hemisphere, branch, column, row])


@merged
def _grow(chip: Any, hemisphere: int, branch: int, row: int, column: int, share: float) -> None:
    calibration = chip.odd_msb2[hemisphere, row, column]
    amplitude = chip.sensors.amplitude[hemisphere, column // columns_per_quadrant, calibration]
    amplitude *= chip.variation.sensor_amplitude[hemisphere, branch, column, row]
    add_trace(chip.sensors, hemisphere, branch, row, column, amplitude * np.float32(share))


@packed
def _decay(age: NDArray[np.float32], count: int) -> None:
    """exp(-age) in its place."""
    for k in range(count):
        age[k] = exponential(max(-age[k], _least))


@inner
def _pair(chip: Any, hemisphere: int, branch: int, row: int, column: int, ticks: int) -> None:
    age = np.float32(ticks * tick_us * _rate(chip, hemisphere, branch, row, column))
    _grow(chip, hemisphere, branch, row, column, float(exponential(max(-age, _least))))


@inner
def reset_trace(chip: Any, hemisphere: int, row: int, column: int, branches: int) -> None:
    """Reset the sensors of a synapse whose bits are set."""
    for branch in range(BRANCHES):
        if branches >> branch & 1:
            chip.sensors.stored[hemisphere, branch, column, row] = 0


def set_sensors(state: SensorState, quantities: Mapping[str, NDArray[np.float64]]) -> None:
    """Take over the quantities of transfer_sensor.yaml, arrays [hemisphere, side, calibration]."""
    state.rate[:] = 1 / np.maximum(quantities["sensor_tau_us"], 1e-3)
    state.amplitude[:] = quantities["sensor_amplitude_v"]
