"""State of the 512 neurons: one flat float32 array for the inner loop, exact parameters beside it.

Neuron n is 256 * hemisphere + column. Units: V, nA, pF, us; times are ticks of 2 ns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.machine import NEVER, analog_step_ticks
from hicannx.emu.wiring import neurons

# Rows of `NeuronState.flat`: row r of neuron n stands at r * neurons + n.
V, V_BEFORE, I_EXC, I_INH = 0, 1, 2, 3
APPROACH, TARGET, KICK_EXC, KICK_INH = 4, 5, 6, 7
DECAY_EXC, DECAY_INH, THRESHOLD = 8, 9, 10
FLAT_ROWS = 11

# Rows of `NeuronState.parameter`; the four that depend on the mode stand at row + mode.
TARGET_OF, TAU_OF, GAIN_EXC_OF, GAIN_INH_OF = 0, 2, 4, 6
TAU_EXC, TAU_INH, V_THRESHOLD = 8, 9, 10
PARAMETER_ROWS = 11
LEAK, RESET = 0, 1

# Rows of `NeuronState.line`, one layer a line.
EXC, INH = 0, 1
AMPLITUDE, ONSET, ONSET_SQUARE, DECAY_RATE = 0, 1, 2, 3
LINE_ROWS = 4

# Rows of `NeuronState.timer` and of `NeuronState.duration`.
FIRED, RESET_END, REFRACTORY_END, ASKED = 0, 1, 2, 3
RESET_TICKS, REFRACTORY_TICKS = 0, 1

# Rows of `NeuronState.flag`; BYPASS is two rows, one a line.
PHASE, CAN_FIRE, HAS_COMPARATOR, SPIKE_OUT, BYPASS = 0, 1, 2, 3, 4
FLAG_ROWS = 6

# Values of the row PHASE: armed; in reset; refractory without reset.
ARMED, RESETTING, REFRACTORY = 0, 1, 2

# Entries of `NeuronState.counts`: entries of `active` and of the spike list in use, length of an analog step, whether
# parameters have changed since the last step, a neuron that was not at rest lately.
ACTIVE, SPIKES, STEP_TICKS, TOUCHED, RESTLESS = 0, 1, 2, 3, 4

INFINITE_V = 1e30


class NeuronState(NamedTuple):
    """Arrays of the neurons.

    `flat`: what the inner loop touches, rows V .. THRESHOLD; `parameter`: float64 [row, neuron] for the exact scalar
    path; `coefficient`: rows APPROACH .. KICK_INH for a whole step, [mode, row, neuron]; `line`: [line, row, neuron]
    amplitude in nA a weight and the terms that place an event inside a step; `timer` and `duration` in ticks, ASKED is
    NEVER or when an armed neuron is to fire; `active`: neurons that are not armed or are asked to fire; `kept`: lines
    at the beginning of a step; `spike_tick`, `spike_neuron`: spikes not yet collected; `spike_count`: all spikes.
    """

    flat: NDArray[np.float32]
    parameter: NDArray[np.float64]
    coefficient: NDArray[np.float32]
    line: NDArray[np.float32]
    timer: NDArray[np.int64]
    duration: NDArray[np.int64]
    flag: NDArray[np.uint8]
    active: NDArray[np.int64]
    kept: NDArray[np.float32]
    spike_tick: NDArray[np.int64]
    spike_neuron: NDArray[np.int64]
    spike_count: NDArray[np.int64]
    counts: NDArray[np.int64]


def new_neurons(step_ticks: int = analog_step_ticks, flat: NDArray[np.float32] | None = None) -> NeuronState:
    """Neurons at 0 V that neither leak nor fire, until `update_parameters` says otherwise; `flat` may be given."""
    flat = _aligned(FLAT_ROWS * neurons) if flat is None else flat
    flat[THRESHOLD * neurons :] = INFINITE_V
    capacity = neurons * (1 + step_ticks)
    return NeuronState(
        flat=flat,
        parameter=np.ones((PARAMETER_ROWS, neurons)),
        coefficient=np.zeros((2, 4, neurons), np.float32),
        line=np.zeros((2, LINE_ROWS, neurons), np.float32),
        timer=np.repeat(np.array([[0], [0], [0], [NEVER]], np.int64), neurons, axis=1),
        duration=np.ones((2, neurons), np.int64),
        flag=np.zeros((FLAG_ROWS, neurons), np.uint8),
        active=np.zeros(neurons, np.int64),
        kept=np.zeros((2, neurons), np.float32),
        spike_tick=np.zeros(capacity, np.int64),
        spike_neuron=np.zeros(capacity, np.int64),
        spike_count=np.zeros(neurons, np.int64),
        counts=np.array([0, 0, step_ticks, 1, 0], np.int64),
    )


def _aligned(size: int, boundary: int = 64) -> NDArray[np.float32]:
    """Zeros that begin at a cache line: the inner loop is a third faster than across two lines."""
    memory = np.zeros(size + boundary // 4, np.float32)
    start = -memory.ctypes.data % boundary // 4
    return memory[start : start + size]


def row(state: NeuronState, name: int) -> NDArray[np.float32]:
    """A view of one row of `flat`, for example `row(state, V)` for the membrane potentials in V."""
    return state.flat[name * neurons : (name + 1) * neurons]
