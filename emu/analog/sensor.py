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

from hicannx.emu.analog.bits import exponential, log2_e
from hicannx.emu.analog.pairs import (
    BEFORE,
    FAR,
    KEPT,
    KINDS,
    LANES,
    LAST,
    NONE,
    NUMBER,
    SETTLED,
    concerned,
    gather,
    grow_at,
    is_label_of,
    reached,
    saturation_v,
    unseen,
)
from hicannx.emu.bits import trailing_zeros
from hicannx.emu.kernelcache import inner, merged, njit
from hicannx.emu.machine import tick_us
from hicannx.emu.wiring import columns, columns_per_quadrant, drivers, hemispheres, neurons, synapse_label_mask
from hicannx.regmodel.load import load_registers

CAUSAL, ACAUSAL = 0, 1
BRANCHES = 2
rows = 2 * drivers // hemispheres
sides = columns // columns_per_quadrant
calibrations = 1 << load_registers().containers["SynapseQuad"].by_name["time_calibs"].width
_labels = synapse_label_mask + 1
_long_ago = -(1 << 50)  # ticks
_places = 8  # for pulses of a column that wait
_span = 1 << 29  # ticks until there is another origin
_apart = 16  # numbers behind each row, without which the same column of all rows would share few lines of a cache
_unlinked = _unmade = rows + 1  # instead of a row
_all_groups = (1 << columns // LANES) - 1
_a_tick = np.float32(-tick_us) * log2_e
_least = np.float32(-80)  # of an exponent: what is older adds nothing
ALL_BRANCHES = (1 << BRANCHES) - 1  # bit 0 for the causal, bit 1 for the acausal sensor


class SensorState(Protocol):
    """Arrays of the sensors.

    `stored` [hemisphere, row, branch, column]: what each has stored since its reset, V; `amplitude` and `rate`
    [hemisphere, side, calibration]: V a pair and 1 / us; `event_tick` [hemisphere, row, label], `row_tick` [hemisphere,
    row] and `pulse_tick` [neuron]: the last of each; `pulses` [neuron]: whether its spikes are post pulses; `older`,
    `newer` [hemisphere, row]: rows in the order of their last events, in a ring whose beginning and end are at place
    `rows`, `rows` + 1 for those without any.

    Ticks of pulses are from `origin` [hemisphere] on. `pulse` [hemisphere, kind, column]: the last ones; the last ones
    that may pair with events and have to wait for these, their numbers, and those before; the first ones since an event
    while it is looked at, with its ticks in `since`; the last ones when all rows were settled. `recent` and `oldest`
    [hemisphere, group of columns]: the latest of the first and the earliest of the last of these. `waiting`, `before`
    and `order` [hemisphere, place, column]: all that wait, those before each, and numbers; `held` [hemisphere, column]
    and `used` [hemisphere]: places in use; `numbers` [hemisphere] have come, with those up to `seen` [hemisphere, row]
    a row is done.

    `speed` and `worth` [hemisphere, row, branch, column]: by what power of two a pair loses with each tick, and what it
    adds at once, V; `table` [hemisphere, row]: the row that has them for this one, `rows` + 1 if they are to be made.
    Rows with the same ones as the first use those at place `rows`, which stay near the processor.
    """

    stored: NDArray[np.float32]
    speed: NDArray[np.float32]
    worth: NDArray[np.float32]
    pulse: NDArray[np.int32]
    recent: NDArray[np.int32]
    oldest: NDArray[np.int32]
    waiting: NDArray[np.int32]
    before: NDArray[np.int32]
    order: NDArray[np.int32]
    since: NDArray[np.int32]
    event_tick: NDArray[np.int64]
    row_tick: NDArray[np.int64]
    pulse_tick: NDArray[np.int64]
    held: NDArray[np.int64]
    seen: NDArray[np.int64]
    used: NDArray[np.int64]
    numbers: NDArray[np.int64]
    origin: NDArray[np.int64]
    amplitude: NDArray[np.float32]
    rate: NDArray[np.float32]
    older: NDArray[np.uint16]
    newer: NDArray[np.uint16]
    table: NDArray[np.uint16]
    pulses: NDArray[np.uint8]


# Lines of the host's cache begin where 16 numbers do.
_layout: list[tuple[str, type[np.generic], tuple[int, ...]]] = [
    ("stored", np.float32, (hemispheres, rows, BRANCHES, columns + _apart)),
    ("speed", np.float32, (hemispheres, rows + 1, BRANCHES, columns + _apart)),
    ("worth", np.float32, (hemispheres, rows + 1, BRANCHES, columns + _apart)),
    ("pulse", np.int32, (hemispheres, KINDS, columns)),
    ("recent", np.int32, (hemispheres, columns // LANES)),
    ("oldest", np.int32, (hemispheres, columns // LANES)),
    ("waiting", np.int32, (hemispheres, _places, columns)),
    ("before", np.int32, (hemispheres, _places, columns)),
    ("order", np.int32, (hemispheres, _places, columns)),
    ("since", np.int32, (columns,)),
    ("event_tick", np.int64, (hemispheres, rows, _labels + _apart // 2)),
    ("row_tick", np.int64, (hemispheres, rows)),
    ("pulse_tick", np.int64, (neurons,)),
    ("held", np.int64, (hemispheres, columns)),
    ("seen", np.int64, (hemispheres, rows)),
    ("used", np.int64, (hemispheres,)),
    ("numbers", np.int64, (hemispheres,)),
    ("origin", np.int64, (hemispheres,)),
    ("amplitude", np.float32, (hemispheres, sides, calibrations)),
    ("rate", np.float32, (hemispheres, sides, calibrations)),
    ("older", np.uint16, (hemispheres, rows + 1)),
    ("newer", np.uint16, (hemispheres, rows + 1)),
    ("table", np.uint16, (hemispheres, rows + 1)),
    ("pulses", np.uint8, (neurons,)),
]
sensor_kind = np.dtype((np.record, np.dtype(_layout, align=True)))


def power_up(state: SensorState) -> None:
    """Empty, with no events or pulses before."""
    for ticks in (state.event_tick, state.row_tick, state.pulse_tick):
        ticks[:] = _long_ago
    state.waiting[:] = state.pulse[:] = state.recent[:] = state.oldest[:] = NONE
    state.pulse[:, NUMBER] = 0
    state.table[:] = _unmade
    state.pulses[:] = 1
    state.older[:] = state.newer[:] = _unlinked
    state.older[:, rows] = state.newer[:, rows] = rows


def traces(state: SensorState) -> NDArray[np.float32]:
    """A view of the traces as rows, [hemisphere, branch, row, column], as they are after `settle`."""
    return state.stored.transpose(0, 2, 1, 3)[..., :columns]


@njit
def add_trace(state: SensorState, hemisphere: int, branch: int, row: int, column: int, amount_v: float) -> None:
    """Add to the trace of the CAUSAL or ACAUSAL sensor of a synapse, until it is full."""
    trace = state.stored[hemisphere, row, branch, column] + np.float32(amount_v)
    state.stored[hemisphere, row, branch, column] = min(trace, saturation_v)


@inner
def note_event(chip: Any, hemisphere: int, row: int, label: int, tick: int) -> None:
    """An event of a label reaches the synapses of a row."""
    state = chip.sensors
    since = _short(state.event_tick[hemisphere, row, label] - state.origin[hemisphere])
    groups = reached(state.recent[hemisphere], since)
    if groups and is_label_of(chip.labels[hemisphere, row], label):
        now = _short(tick - state.origin[hemisphere])
        if reached(state.recent[hemisphere], now):  # these are not to pair with this event
            settle_row(chip, hemisphere, row)
        _pair_label(chip, hemisphere, row, groups, label, since, now)
    state.event_tick[hemisphere, row, label] = tick
    state.row_tick[hemisphere, row] = tick
    _put_first(state.older[hemisphere], state.newer[hemisphere], row)


@merged
def _put_first(older: NDArray[np.uint16], newer: NDArray[np.uint16], row: int) -> None:
    """Make a row the one with the newest event."""
    if older[row] != _unlinked:
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
    waits = row != rows and state.row_tick[hemisphere, row] > state.pulse_tick[neuron]
    if (waits and state.held[hemisphere, column] == _places) or tick - state.origin[hemisphere] > _span:
        _settle_hemisphere(chip, hemisphere, tick)
    if waits:
        _keep(state, hemisphere, column, tick - state.origin[hemisphere])
    state.pulse_tick[neuron] = tick
    state.pulse[hemisphere, LAST, column] = tick - state.origin[hemisphere]
    group = column // LANES
    state.recent[hemisphere, group] = max(state.recent[hemisphere, group], tick - state.origin[hemisphere])
    while row != rows and state.row_tick[hemisphere, row] > tick:
        event = state.event_tick[hemisphere, row, chip.labels[hemisphere, row, column]]
        if event > tick:
            _pair(chip, hemisphere, ACAUSAL, row, column, event - tick)
        row = int(state.older[hemisphere, row])


@merged
def _keep(state: Any, hemisphere: int, column: int, tick: int) -> None:
    """Let a pulse wait."""
    place, pulse = state.held[hemisphere, column], state.pulse[hemisphere]
    before, number = pulse[LAST, column], state.numbers[hemisphere] + 1
    pulse[BEFORE, column], pulse[KEPT, column], pulse[NUMBER, column] = before, tick, number
    state.waiting[hemisphere, place, column], state.before[hemisphere, place, column] = tick, before
    state.order[hemisphere, place, column] = state.numbers[hemisphere] = number
    state.held[hemisphere, column] = place + 1
    state.used[hemisphere] = max(state.used[hemisphere], place + 1)


@njit
def settle(chip: Any) -> None:
    """Make all pairs."""
    for hemisphere in range(hemispheres):
        _settle_hemisphere(chip, hemisphere, chip.sensors.origin[hemisphere])


@inner
def _settle_hemisphere(chip: Any, hemisphere: int, origin: int) -> None:
    """Make all pairs; the last pulses stay, with which all rows are done, as ticks from another origin on."""
    state, pulse = chip.sensors, chip.sensors.pulse[hemisphere]
    row = int(state.older[hemisphere, rows])
    while row != rows:
        settle_row(chip, hemisphere, row)
        row = int(state.older[hemisphere, row])
    state.numbers[hemisphere] = state.used[hemisphere] = 0
    state.seen[hemisphere] = state.held[hemisphere] = 0
    state.origin[hemisphere] = origin
    state.waiting[hemisphere] = pulse[KEPT] = NONE
    pulse[NUMBER] = 0
    for group in range(columns // LANES):
        oldest, newest = FAR, NONE
        for column in range(group * LANES, (group + 1) * LANES):
            last = max(state.pulse_tick[hemisphere * columns + column] - origin, NONE)
            pulse[LAST, column] = pulse[SETTLED, column] = last
            oldest, newest = min(oldest, last), max(newest, last)
        state.oldest[hemisphere, group], state.recent[hemisphere, group] = oldest, newest


@inner
def settle_row(chip: Any, hemisphere: int, row: int) -> None:
    """Make all pairs of a row, if it is one of synapses."""
    if row < rows and chip.sensors.seen[hemisphere, row] != chip.sensors.numbers[hemisphere]:
        _pair_new(chip, hemisphere, row)
        chip.sensors.seen[hemisphere, row] = chip.sensors.numbers[hemisphere]


@inner
def open_row(chip: Any, hemisphere: int, row: int, are_labels: bool) -> None:
    """Before labels or calibrations of a row change."""
    settle_row(chip, hemisphere, row)
    if row < rows and not are_labels:
        chip.sensors.table[hemisphere, row] = _unmade


@merged
def _short(ticks: int) -> int:
    """Ticks as a number of 32 bits, as the difference of two is one."""
    return int(max(min(ticks, FAR), -FAR))


@inner
def _pair_label(chip: Any, hemisphere: int, row: int, groups: int, label: int, since: int, now: int) -> None:
    """Pulses behind the last event of a row with a label, and these with its next event, in some groups of columns."""
    table = _table(chip, hemisphere, row)
    while groups:
        column = LANES * trailing_zeros(groups)
        groups &= groups - 1
        mask = concerned(chip.labels[hemisphere, row], chip.sensors.pulse[hemisphere], column, label, since)
        if mask:
            grow_at(chip, hemisphere, row, table, column, mask, since, now)


@inner
def _pair_new(chip: Any, hemisphere: int, row: int) -> None:
    """Pulses that are new to a row behind its last events."""
    state, table, origin = chip.sensors, _table(chip, hemisphere, row), chip.sensors.origin[hemisphere]
    latest = _short(state.row_tick[hemisphere, row] - origin)
    groups = _all_groups & ~reached(state.oldest[hemisphere], latest)  # in the others all are done
    while groups:
        column = LANES * trailing_zeros(groups)
        groups &= groups - 1
        gather(state.since, chip.labels[hemisphere, row], column, state.event_tick[hemisphere, row], origin)
        mask = unseen(state.pulse[hemisphere], column, state.since, state.seen[hemisphere, row])
        if mask:
            grow_at(chip, hemisphere, row, table, column, mask, state.since, None)


@merged
def _table(chip: Any, hemisphere: int, row: int) -> np.uint64:
    """Where the speed and worth of a row are."""
    if chip.sensors.table[hemisphere, row] == _unmade:
        _make_tables(chip, hemisphere, row)
    return np.uint64(chip.sensors.table[hemisphere, row])


@inner
def _make_tables(chip: Any, hemisphere: int, row: int) -> None:
    """How fast pairs of a row lose what they are worth, for all rows together where it is the same in all columns."""
    state = chip.sensors
    is_first, is_same = state.table[hemisphere, rows] > rows, True
    state.table[hemisphere, rows] = rows
    for branch in range(BRANCHES):
        for column in range(columns):
            speed = np.float32(_rate(chip, hemisphere, branch, row, column)) * _a_tick
            worth = np.float32(_worth(chip, hemisphere, branch, row, column))
            state.speed[hemisphere, row, branch, column], state.worth[hemisphere, row, branch, column] = speed, worth
            if is_first:
                state.speed[hemisphere, rows, branch, column] = speed
                state.worth[hemisphere, rows, branch, column] = worth
            is_same &= speed == state.speed[hemisphere, rows, branch, column]
            is_same &= worth == state.worth[hemisphere, rows, branch, column]
    state.table[hemisphere, row] = rows if is_same else row


@merged
def _rate(chip: Any, hemisphere: int, branch: int, row: int, column: int) -> float:
    """How fast pairs of a synapse lose what they are worth, 1 / us."""
    calibration = chip.even_msb2[hemisphere, row, column]
    rate = chip.sensors.rate[hemisphere, column // columns_per_quadrant, calibration]
    return float(rate / chip.variation.sensor_tau[hemisphere, branch, row, column])


@merged
def _worth(chip: Any, hemisphere: int, branch: int, row: int, column: int) -> float:
    """What a pair of a synapse adds at once, V."""
    calibration = chip.odd_msb2[hemisphere, row, column]
    amplitude = chip.sensors.amplitude[hemisphere, column // columns_per_quadrant, calibration]
    return float(amplitude * chip.variation.sensor_amplitude[hemisphere, branch, row, column])


@inner
def _pair(chip: Any, hemisphere: int, branch: int, row: int, column: int, ticks: int) -> None:
    age = np.float32(ticks * tick_us * _rate(chip, hemisphere, branch, row, column))
    amount = np.float32(_worth(chip, hemisphere, branch, row, column)) * exponential(max(-age, _least))
    add_trace(chip.sensors, hemisphere, branch, row, column, float(amount))


@inner
def reset_trace(chip: Any, hemisphere: int, row: int, column: int, branches: int) -> None:
    """Reset the sensors of a synapse whose bits are set."""
    settle_row(chip, hemisphere, row)
    for branch in range(BRANCHES):
        if branches >> branch & 1:
            chip.sensors.stored[hemisphere, row, branch, column] = 0


def set_sensors(state: SensorState, quantities: Mapping[str, NDArray[np.float64]]) -> None:
    """Take over the quantities of transfer_sensor.yaml, arrays [hemisphere, side, calibration]."""
    state.rate[:] = 1 / np.maximum(quantities["sensor_tau_us"], 1e-3)
    state.amplitude[:] = quantities["sensor_amplitude_v"]
    state.table[:] = _unmade
