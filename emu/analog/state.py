"""State of the 512 neurons: one float32 array for the inner loops, exact parameters beside it.

Neuron n is 256 * hemisphere + column. Units: V, nA, pF, us; times are ticks of 2 ns.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.machine import NEVER, analog_step_ticks, longest_step_ticks
from hicannx.emu.wiring import neurons

# From a row of `NeuronState.values` to the next, nine cache lines more than the neurons: at a power of two the rows of
# a neuron would share few places of the cache, and loads would wait for stores to others. With one line more loops took
# twice their time wherever the system happened to put one array in twenty; with nine none was found that does.
pitch = neurons + 144

# Rows of `NeuronState.values`: row r of neuron n stands at r * pitch + n. First what moves: membrane, its potential
# at the beginning of the step, current of the lines, adaptation (potential above its reference) and that before the
# step.
V, V_BEFORE, I_EXC, I_INH, W, W_BEFORE = range(6)
# Of a step in the mode in which the neuron stands, as in `NeuronState.coefficient`: MODE_ROWS from APPROACH on.
APPROACH, TARGET, KICK_EXC, KICK_INH, KICK_W, GROWTH, REVERSAL, REACH, CONSTANT, LOW, HIGH = range(6, 17)
ONSET_EXC, ONSET_INH = range(17, 19)  # of an event inside the step, V for each nA and tick
MODE_ROWS = 13
SEEN = 13  # a place of `NeuronState.coefficient` behind these: the threshold of an armed neuron
MODE_PLACES = 16  # a cache line
# Of a step in every mode.
THRESHOLD, DECAY_EXC, DECAY_INH, RATE_W, GAIN_W, REST_W = range(19, 25)
ONSET_EXP, SLOPE, STEEPNESS, LIMIT_EXP = range(25, 29)
SATURATION_EXC, SATURATION_INH, COBA_EXC, COBA_INH, COBA_EXC_FROM, COBA_INH_FROM, NOISE = range(29, 36)
VALUE_ROWS = 36

# Rows of `NeuronState.parameter`, exact; those that depend on the mode stand at row + mode.
TARGET_OF, REVERSAL_OF, RANGE_OF, TAU_OF, GAIN_EXC_OF, GAIN_INH_OF, RATE_EXP_OF, CURRENT_OF = range(0, 16, 2)
TAU_EXC, TAU_INH, TAU_W, V_THRESHOLD, THRESHOLD_NOISE, JUMP_W, PULL_W, SLEW_EXP = range(16, 24)
PARAMETER_ROWS = 24
LEAK, RESET = 0, 1

# Rows of `NeuronState.line`, one layer a line: current in nA of an event for each step of the weight, by what it decays
# in a tick, by what the membrane's answer to it changes in a tick, and ticks that events of this neuron come later.
EXC, INH = 0, 1
AMPLITUDE, DECAY_RATE, ONSET_RATE, DELAY = 0, 1, 2, 3
LINE_ROWS = 4
# Columns of `NeuronState.hop`, all that moves a neuron of the linear loop by part of a step: those that depend on the
# mode stand at column + mode. Rates are shares a tick.
HOP_TARGET, HOP_RATE, HOP_EXC, HOP_INH, HOP_LOW, HOP_HIGH = range(0, 12, 2)
HOP_RATE_EXC, HOP_RATE_INH, HOP_SATURATION_EXC, HOP_SATURATION_INH = range(12, 16)
HOP_COLUMNS = 16
# Rows of `NeuronState.charge`, one layer a line: events of the step that comes next, in weights, and the sum of these
# times their ticks in the step. It is known of groups of neurons whether there are any.
WEIGHTS, MOMENTS = 0, 1
groups = 16
group_neurons = neurons // groups

# Rows of `NeuronState.timer` and of `NeuronState.duration`.
RESET_END, REFRACTORY_END, ASKED, WALKED = range(4)
TIMER_ROWS = 4
RESET_TICKS, REFRACTORY_TICKS, COMPARATOR_TICKS = 0, 1, 2
DURATION_ROWS = 3

# Rows of `NeuronState.flag`; BYPASS is two rows, one a line; HOPS is for neurons that are slow enough for hop.py.
PHASE, CAN_FIRE, HAS_COMPARATOR, SPIKE_OUT, BYPASS, COUPLED, HOPS = 0, 1, 2, 3, 4, 6, 7
FLAG_ROWS = 8

# Values of the row PHASE: armed; in reset; refractory without reset.
ARMED, RESETTING, REFRACTORY = 0, 1, 2

# The inner loops go over blocks of neurons, each of one kind: what the most demanding of them needs.
blocks = 4
block_neurons = neurons // blocks
LINEAR, CURVED, FULL = 0, 1, 2
# Rows of `NeuronState.block`: the kind; how many neurons were outside the range of the simpler loops; what is to be
# seen to; and what may be on, as bits: a current on line EXC or INH, and what only happens at limits, now or by the
# parameters.
KIND, STRAYS, HIT, LIVE = 0, 1, 2, 3
BLOCK_ROWS = 4
LIVE_EXC, LIVE_INH, LIMITED, FALLS = 1, 2, 4, 8
ALL_LIVE = LIVE_EXC | LIVE_INH | LIMITED

# Entries of `NeuronState.counts`: neurons in `due` and entries of the spike list in use, length of an analog step,
# whether parameters have changed since the last step, a neuron that was not at rest lately, seed of the noise, whether
# there is any, groups of connected membranes, groups of neurons with events for the next step as bits, those of EXC
# first, lines whose events make spikes.
DUE, SPIKES, STEP_TICKS, TOUCHED, RESTLESS, SEED, NOISY, CLUSTERS, CHARGED, BYPASSES = range(10)
COUNTS = 10

INFINITE_V = 1e30
dues = 1024  # lists of neurons by the step that they wait for; what is further off passes by more than once
_boundary = 64  # a cache line: the inner loops are a third faster than across two


class NeuronState(Protocol):
    """Arrays of the neurons.

    `values`: what the inner loops touch, rows V .. NOISE; `parameter`: float64 [row, neuron] for the exact scalar path;
    `coefficient`: rows APPROACH .. ONSET_INH for a whole step, [mode, neuron, row]; `hop` [neuron, column]: for parts
    of a step; `line` and `charge`: [line, row, neuron] what events do, and those that wait; `timer` and `duration` in
    ticks, ASKED is NEVER or when an armed neuron is to fire; `due`: the first neuron of each list of those that change
    their phase in the same step, and `next`: the one behind it, -1 at the end; `moved`: potentials on their way;
    `spike_tick`, `spike_neuron`: spikes not yet collected;
    `spike_count`: all spikes; `block`: [row, block]; `cluster`: first member and number of members of each group of
    connected membranes, and where its matrix begins in `matrix`; `member`: their neurons.
    """

    values: NDArray[np.float32]
    parameter: NDArray[np.float64]
    coefficient: NDArray[np.float32]
    hop: NDArray[np.float32]
    line: NDArray[np.float32]
    charge: NDArray[np.float32]
    timer: NDArray[np.int64]
    duration: NDArray[np.int64]
    flag: NDArray[np.uint8]
    due: NDArray[np.int32]
    next: NDArray[np.int32]
    moved: NDArray[np.float32]
    spike_tick: NDArray[np.int64]
    spike_neuron: NDArray[np.int64]
    spike_count: NDArray[np.int64]
    block: NDArray[np.int64]
    cluster: NDArray[np.int64]
    member: NDArray[np.int64]
    counts: NDArray[np.int64]
    matrix: NDArray[np.float32]


_capacity = neurons * (1 + longest_step_ticks)  # a neuron spikes once a tick at most
# Name, type and shape of each array; `values` first, since they have to begin at a cache line.
_layout: tuple[tuple[str, type[np.generic], tuple[int, ...]], ...] = (
    ("values", np.float32, (VALUE_ROWS * pitch,)),
    ("counts", np.int64, (COUNTS,)),
    ("block", np.int64, (BLOCK_ROWS, blocks)),
    ("parameter", np.float64, (PARAMETER_ROWS, neurons)),
    ("coefficient", np.float32, (2, neurons, MODE_PLACES)),
    ("hop", np.float32, (neurons, HOP_COLUMNS)),
    ("line", np.float32, (2, LINE_ROWS, neurons)),
    ("charge", np.float32, (2, 2, neurons)),
    ("timer", np.int64, (TIMER_ROWS, neurons)),
    ("duration", np.int64, (DURATION_ROWS, neurons)),
    ("flag", np.uint8, (FLAG_ROWS, neurons)),
    ("due", np.int32, (dues,)),
    ("next", np.int32, (neurons,)),
    ("moved", np.float32, (neurons,)),
    ("spike_tick", np.int64, (_capacity,)),
    ("spike_neuron", np.int64, (_capacity,)),
    ("spike_count", np.int64, (neurons,)),
    ("cluster", np.int64, (neurons // 2, 3)),
    ("member", np.int64, (neurons,)),
    ("matrix", np.float32, (neurons**2,)),
)
neuron_kind = np.dtype((np.record, np.dtype(list(_layout), align=True)))


def new_neurons(step_ticks: int = analog_step_ticks) -> NeuronState:
    """Neurons of their own, apart from a chip. Who writes into `values` sets `counts[TOUCHED]`."""
    memory = np.zeros(neuron_kind.itemsize + _boundary, np.uint8)
    start = -memory.ctypes.data % _boundary
    state = cast(NeuronState, memory[start : start + neuron_kind.itemsize].view(neuron_kind)[0])
    power_up(state, step_ticks)
    return state


def power_up(state: NeuronState, step_ticks: int = analog_step_ticks) -> None:
    """At 0 V, neither leaking nor firing, until `update_parameters` says otherwise."""
    row(state, HIGH)[:] = row(state, THRESHOLD)[:] = INFINITE_V
    row(state, LOW)[:] = -INFINITE_V
    state.parameter[:] = state.duration[:] = 1
    state.timer[ASKED] = NEVER
    state.block[LIVE] = ALL_LIVE
    state.timer[WALKED] = state.due[:] = state.next[:] = -1
    state.counts[[STEP_TICKS, TOUCHED]] = step_ticks, 1


def arrays_of(state: NeuronState) -> NeuronState:
    """The same arrays, which Python reaches ten times as fast as through a record."""
    record: Any = state
    return cast(NeuronState, SimpleNamespace(**{name: record[name] for name, _, _ in _layout}))


def row(state: NeuronState, name: int) -> NDArray[np.float32]:
    """A view of one row of `values`, for example `row(state, V)` for the membrane potentials in V."""
    return state.values[name * pitch : name * pitch + neurons]
