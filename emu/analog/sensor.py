"""Correlation sensors: every synapse measures how close events and post pulses follow each other.

    note_event(chip, hemisphere, row, label, tick)   # an event reaches the synapses of a row with this label
    note_spike(chip, neuron, tick)                   # a spike, whose post pulse reaches the neuron's column
    note_block_pulse(chip, block, tick)              # a pulse for a side, as the host can ask for it

Nearest neighbours pair: the causal sensor grows with a pulse and the last event since the pulse before, the acausal one
with an event and the last pulse since the event before (Friedmann et al., IEEE TBioCAS 11, 2017). Since all synapses of
a row with a label see the same events and all of a column the same pulses, their times are kept once.

Pairs are made a row at a time: when the next event comes, and by `settle_row` before anybody looks at the row, resets
or changes it. Until then pulses wait, each column has places for some; when these are full, all rows are settled.

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
_long_ago, _never = -(1 << 50), 1 << 50  # ticks
_places = 8  # for pulses of a column that wait
_number_bits = 12  # of a pulse among those that wait in a hemisphere, which are fewer: below its tick
_group = 32  # columns that are looked at together, all of one side
_all = -1  # instead of a label
_tick_us = np.float32(tick_us)
_oldest = 1 << 30  # ticks, which are numbers of 32 bits where they become potentials
_zero, _unpaired = np.float32(0), np.float32(-1)
_no: Any = np.int32(0)
_saturation_v = np.float32(load_facts("cadc")["sensor"]["saturation_v"])
_least = np.float32(-80)  # of an exponent: what is older adds nothing
_Four = tuple[np.float32, np.float32, np.float32, np.float32]
_Ticks = NDArray[np.int64]
assert calibrations == 4 and _places * columns < 1 << _number_bits, "sensors are made for less"
ALL_BRANCHES = (1 << BRANCHES) - 1  # bit 0 for the causal, bit 1 for the acausal sensor


class SensorState(Protocol):
    """Arrays of the sensors.

    `stored` [hemisphere, branch, row, column]: what each has stored since its reset, V; `amplitude` and `rate`
    [hemisphere, side, calibration]: V a pair and 1 / us; `event_tick` [hemisphere, row, label], `row_tick` [hemisphere,
    row], `pulse_tick` [neuron] and `last_pulse` [hemisphere, group of columns]: the last of each; `pulses` [neuron]:
    whether its spikes are post pulses; `older`, `newer` [hemisphere, row]: rows in the order of their last events, in a
    ring whose beginning and end are at place `rows`, -1 for those without any.

    `waiting` [hemisphere, place, column]: pulses that may pair with events, as ticks with their numbers below;
    `held` [hemisphere, column] and `used` [hemisphere]: places in use; `numbers` [hemisphere] have come, with those up
    to `seen` [hemisphere, row] a row is done; `oldest` [hemisphere, group of columns]: when the column whose last pulse
    was longest ago had it when all rows were settled. `since` and `first`, like `waiting`, and `age`: of pairs at hand.
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
    waiting: NDArray[np.int64]
    held: NDArray[np.int64]
    used: NDArray[np.int64]
    numbers: NDArray[np.int64]
    seen: NDArray[np.int64]
    oldest: NDArray[np.int64]
    since: NDArray[np.int64]
    first: NDArray[np.int64]
    age: NDArray[np.float32]


_layout: list[tuple[str, type[np.generic], tuple[int, ...]]] = [
    ("stored", np.float32, (hemispheres, BRANCHES, rows, columns)),
    ("amplitude", np.float32, (hemispheres, sides, calibrations)),
    ("rate", np.float32, (hemispheres, sides, calibrations)),
    ("event_tick", np.int64, (hemispheres, rows, _labels)),
    ("row_tick", np.int64, (hemispheres, rows)),
    ("pulse_tick", np.int64, (neurons,)),
    ("older", np.int32, (hemispheres, rows + 1)),
    ("newer", np.int32, (hemispheres, rows + 1)),
    ("last_pulse", np.int64, (hemispheres, columns // _group)),
    ("pulses", np.uint8, (neurons,)),
    ("waiting", np.int64, (hemispheres, _places, columns)),
    ("held", np.int64, (hemispheres, columns)),
    ("used", np.int64, (hemispheres,)),
    ("numbers", np.int64, (hemispheres,)),
    ("seen", np.int64, (hemispheres, rows)),
    ("oldest", np.int64, (hemispheres, columns // _group)),
    ("since", np.int64, (_group,)),
    ("first", np.int64, (_group,)),
    ("age", np.float32, (BRANCHES, _group)),
]
sensor_kind = np.dtype((np.record, np.dtype(_layout, align=True)))


def power_up(state: SensorState) -> None:
    """Empty, with no events or pulses before."""
    for ticks in (state.event_tick, state.row_tick, state.pulse_tick, state.last_pulse, state.oldest):
        ticks[:] = _long_ago
    state.waiting[:] = _long_ago << _number_bits
    state.pulses[:] = 1
    state.older[:] = state.newer[:] = -1
    state.older[:, rows] = state.newer[:, rows] = rows


def traces(state: SensorState) -> NDArray[np.float32]:
    """A view of the traces as rows, [hemisphere, branch, row, column], as they are after `settle`."""
    return state.stored


@njit
def add_trace(state: SensorState, hemisphere: int, branch: int, row: int, column: int, amount_v: float) -> None:
    """Add to the trace of the CAUSAL or ACAUSAL sensor of a synapse, until it is full."""
    trace = state.stored[hemisphere, branch, row, column] + np.float32(amount_v)
    state.stored[hemisphere, branch, row, column] = min(trace, _saturation_v)


@inner
def note_event(chip: Any, hemisphere: int, row: int, label: int, tick: int) -> None:
    """An event of a label reaches the synapses of a row."""
    state = chip.sensors
    last = _last_pulse(state, hemisphere)
    if last >= state.event_tick[hemisphere, row, label]:
        _pair_row(chip, hemisphere, row, label, tick)
        if last >= tick:  # it is not to pair with this event
            settle_row(chip, hemisphere, row)
    state.event_tick[hemisphere, row, label] = tick
    state.row_tick[hemisphere, row] = tick
    _put_first(state.older[hemisphere], state.newer[hemisphere], row)


@merged
def _last_pulse(state: SensorState, hemisphere: int) -> int:
    last = state.last_pulse[hemisphere, 0]
    for group in range(1, columns // _group):
        last = max(last, state.last_pulse[hemisphere, group])
    return int(last)


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
    row = int(state.older[hemisphere, rows])
    if row != rows and state.row_tick[hemisphere, row] > state.pulse_tick[neuron]:
        _keep(chip, hemisphere, column, tick)
    state.pulse_tick[neuron] = tick
    state.last_pulse[hemisphere, column // _group] = max(state.last_pulse[hemisphere, column // _group], tick)
    while row != rows and state.row_tick[hemisphere, row] > tick:
        event = state.event_tick[hemisphere, row, chip.labels[hemisphere, row, column]]
        if event > tick:
            _pair(chip, hemisphere, ACAUSAL, row, column, event - tick)
        row = int(state.older[hemisphere, row])


@inner
def _keep(chip: Any, hemisphere: int, column: int, tick: int) -> None:
    """Let a pulse wait."""
    state = chip.sensors
    if state.held[hemisphere, column] == _places:
        _settle_hemisphere(chip, hemisphere)
    place = state.held[hemisphere, column]
    state.numbers[hemisphere] += 1
    state.waiting[hemisphere, place, column] = (tick << _number_bits) + state.numbers[hemisphere]
    state.held[hemisphere, column] = place + 1
    state.used[hemisphere] = max(state.used[hemisphere], place + 1)


@njit
def settle(chip: Any) -> None:
    """Make all pairs."""
    for hemisphere in range(hemispheres):
        _settle_hemisphere(chip, hemisphere)


@inner
def _settle_hemisphere(chip: Any, hemisphere: int) -> None:
    """Make all pairs; the last pulses stay, with which all rows are done."""
    state = chip.sensors
    row = int(state.older[hemisphere, rows])
    while row != rows:
        settle_row(chip, hemisphere, row)
        row = int(state.older[hemisphere, row])
    state.numbers[hemisphere] = 0
    state.seen[hemisphere] = 0
    state.waiting[hemisphere] = _long_ago << _number_bits
    state.held[hemisphere] = 1
    state.used[hemisphere] = 1
    for group in range(columns // _group):
        oldest = _never
        for column in range(group * _group, (group + 1) * _group):
            tick = state.pulse_tick[hemisphere * columns + column]
            state.waiting[hemisphere, 0, column] = tick << _number_bits
            oldest = min(oldest, tick)
        state.oldest[hemisphere, group] = oldest


@inner
def settle_row(chip: Any, hemisphere: int, row: int) -> None:
    """Make all pairs of a row, if it is one of synapses."""
    if row < rows and chip.sensors.seen[hemisphere, row] != chip.sensors.numbers[hemisphere]:
        _pair_row(chip, hemisphere, row, _all, _never)
        chip.sensors.seen[hemisphere, row] = chip.sensors.numbers[hemisphere]


@inner
def _pair_row(chip: Any, hemisphere: int, row: int, label: int, tick: int) -> None:
    """Pulses behind the last event of a row with a label, and these with its next event; or the former with _all."""
    state = chip.sensors
    ticks, labels = state.event_tick[hemisphere, row], chip.labels[hemisphere, row]
    for begin in range(0, columns, _group):
        last = state.pulse_tick[hemisphere * columns + begin :]
        if label == _all:
            if state.row_tick[hemisphere, row] <= state.oldest[hemisphere, begin // _group]:
                continue  # all are done
            hits = _since_all(state.since, last, labels[begin:], ticks)
        elif state.last_pulse[hemisphere, begin // _group] >= ticks[label]:
            hits = _since_one(state.since, last, labels[begin:], np.uint8(label), ticks[label])
        else:
            continue
        if hits:
            state.first[:] = _never << _number_bits
            for place in range(state.used[hemisphere]):
                _find(state.first, state.waiting[hemisphere, place, begin:], state.since)
            _ages(state.age, state.first, state.since, last, state.seen[hemisphere, row], tick)
            _grow_group(chip, hemisphere, row, begin)


@merged
def _since_all(since: _Ticks, last: _Ticks, labels: NDArray[np.uint8], ticks: _Ticks) -> int:
    """When each column of a group had its last event; whether there were pulses since."""
    hits = _no
    for k in range(_group):
        when = ticks[labels[k]]
        since[k] = when << _number_bits
        hits |= np.int32(last[k] >= when)
    return int(hits)


@packed
def _since_one(since: _Ticks, last: _Ticks, labels: NDArray[np.uint8], label: np.uint8, tick: int) -> int:
    """The same for one label, never for all others."""
    hits = _no
    for k in range(_group):
        when = tick if labels[k] == label else _never
        since[k] = when << _number_bits
        hits |= np.int32(last[k] >= when)
    return int(hits)


@packed
def _find(first: _Ticks, waiting: _Ticks, since: _Ticks) -> None:
    """The first pulse since an event."""
    for k in range(_group):
        first[k] = min(first[k], waiting[k] if waiting[k] >= since[k] else _never << _number_bits)


@packed
def _ages(age: NDArray[np.float32], first: _Ticks, since: _Ticks, last: _Ticks, seen: int, tick: int) -> None:
    """Ticks between the two of each pair, _unpaired for none."""
    for k in range(_group):
        causal = np.float32(np.int32(min(first[k] - since[k] >> _number_bits, _oldest)))
        acausal = np.float32(np.int32(min(max(tick - last[k], 0), _oldest)))
        is_new = (first[k] < _never << _number_bits) & (first[k] & (1 << _number_bits) - 1 > seen)
        age[CAUSAL, k] = causal if is_new else _unpaired
        age[ACAUSAL, k] = acausal if (last[k] << _number_bits > since[k]) & (tick < _never) else _unpaired


@merged
def _grow_group(chip: Any, hemisphere: int, row: int, begin: int) -> None:
    """Add what the pairs of a group are worth."""
    state, side = chip.sensors, begin // columns_per_quadrant
    rates, amplitudes = state.rate[hemisphere, side], state.amplitude[hemisphere, side]
    for branch in range(BRANCHES):
        _add(
            state.stored[hemisphere, branch, row, begin:],
            state.age[branch],
            chip.even_msb2[hemisphere, row, begin:],
            chip.odd_msb2[hemisphere, row, begin:],
            chip.variation.sensor_tau[hemisphere, branch, row, begin:],
            chip.variation.sensor_amplitude[hemisphere, branch, row, begin:],
            (rates[0], rates[1], rates[2], rates[3]),
            (amplitudes[0], amplitudes[1], amplitudes[2], amplitudes[3]),
        )


@packed
def _add(
    stored: NDArray[np.float32],
    age: NDArray[np.float32],
    time_bits: NDArray[np.uint8],
    amplitude_bits: NDArray[np.uint8],
    tau: NDArray[np.float32],
    gain: NDArray[np.float32],
    rates: _Four,
    amplitudes: _Four,
) -> None:
    for k in range(_group):
        exponent = -(age[k] * _tick_us) * _chosen(rates, time_bits[k]) / tau[k]
        share = exponential(max(exponent, _least))
        share = share if (age[k] >= _zero) & (exponent > _least) else _zero
        stored[k] = min(stored[k] + _chosen(amplitudes, amplitude_bits[k]) * gain[k] * share, _saturation_v)


@packed
def _chosen(four: _Four, bits: np.uint8) -> np.float32:
    lower = four[1] if bits & 1 else four[0]
    upper = four[3] if bits & 1 else four[2]
    return upper if bits & 2 else lower


@merged
def _rate(chip: Any, hemisphere: int, branch: int, row: int, column: int) -> float:
    calibration = chip.even_msb2[hemisphere, row, column]
    rate = chip.sensors.rate[hemisphere, column // columns_per_quadrant, calibration]
    return float(rate / chip.variation.sensor_tau[hemisphere, branch, row, column])


@merged
def _grow(chip: Any, hemisphere: int, branch: int, row: int, column: int, share: float) -> None:
    calibration = chip.odd_msb2[hemisphere, row, column]
    amplitude = chip.sensors.amplitude[hemisphere, column // columns_per_quadrant, calibration]
    amplitude *= chip.variation.sensor_amplitude[hemisphere, branch, row, column]
    add_trace(chip.sensors, hemisphere, branch, row, column, amplitude * np.float32(share))


@inner
def _pair(chip: Any, hemisphere: int, branch: int, row: int, column: int, ticks: int) -> None:
    age = np.float32(ticks * tick_us * _rate(chip, hemisphere, branch, row, column))
    _grow(chip, hemisphere, branch, row, column, float(exponential(max(-age, _least))))


@inner
def reset_trace(chip: Any, hemisphere: int, row: int, column: int, branches: int) -> None:
    """Reset the sensors of a synapse whose bits are set."""
    settle_row(chip, hemisphere, row)
    for branch in range(BRANCHES):
        if branches >> branch & 1:
            chip.sensors.stored[hemisphere, branch, row, column] = 0


def set_sensors(state: SensorState, quantities: Mapping[str, NDArray[np.float64]]) -> None:
    """Take over the quantities of transfer_sensor.yaml, arrays [hemisphere, side, calibration]."""
    state.rate[:] = 1 / np.maximum(quantities["sensor_tau_us"], 1e-3)
    state.amplitude[:] = quantities["sensor_amplitude_v"]
