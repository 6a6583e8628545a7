"""What follows a spike: reset, the refractory time, and the change between leak and reset of one neuron."""

from __future__ import annotations

from hicannx.emu.analog.state import (
    APPROACH,
    ARMED,
    ASKED,
    CAN_FIRE,
    FIRED,
    HAS_COMPARATOR,
    INFINITE_V,
    LEAK,
    PHASE,
    REFRACTORY,
    REFRACTORY_END,
    REFRACTORY_TICKS,
    RESET,
    RESET_END,
    RESET_TICKS,
    RESETTING,
    SPIKES,
    THRESHOLD,
    V_THRESHOLD,
    NeuronState,
)
from hicannx.emu.kernelcache import njit
from hicannx.emu.state import NEVER
from hicannx.emu.wiring import neurons


@njit
def begin(state: NeuronState, neuron: int, tick: int) -> None:
    """Record a spike at `tick` and enter the reset."""
    state.timer[FIRED, neuron] = tick
    state.timer[ASKED, neuron] = NEVER
    state.timer[RESET_END, neuron] = tick + state.duration[RESET_TICKS, neuron]
    state.timer[REFRACTORY_END, neuron] = tick + state.duration[REFRACTORY_TICKS, neuron]
    state.flag[PHASE, neuron] = RESETTING
    spike = state.counts[SPIKES]
    state.spike_tick[spike] = tick
    state.spike_neuron[spike] = neuron
    state.counts[SPIKES] = spike + 1
    state.spike_count[neuron] += 1


@njit
def next_transition(state: NeuronState, neuron: int) -> int:
    """The tick of the next change of phase, NEVER when armed and not asked to fire."""
    phase = state.flag[PHASE, neuron]
    if phase == RESETTING:
        return int(state.timer[RESET_END, neuron])
    if phase == REFRACTORY:
        return int(state.timer[REFRACTORY_END, neuron])
    return int(state.timer[ASKED, neuron])


@njit
def pass_transition(state: NeuronState, neuron: int) -> None:
    """Go to the next phase; a membrane that is above threshold when the neuron is armed again crosses it at once."""
    phase = state.flag[PHASE, neuron]
    if phase == RESETTING:
        state.flag[PHASE, neuron] = REFRACTORY
    elif phase == REFRACTORY:
        state.flag[PHASE, neuron] = ARMED
    else:
        begin(state, neuron, state.timer[ASKED, neuron])


@njit
def set_mode(state: NeuronState, neuron: int) -> None:
    """Give the inner loop the coefficients and the threshold of the phase in which the neuron stands."""
    phase = state.flag[PHASE, neuron]
    mode = RESET if phase == RESETTING else LEAK
    for part in range(4):
        state.flat[(APPROACH + part) * neurons + neuron] = state.coefficient[mode, part, neuron]
    sees_threshold = phase == ARMED and state.flag[CAN_FIRE, neuron] and state.flag[HAS_COMPARATOR, neuron]
    threshold = state.parameter[V_THRESHOLD, neuron] if sees_threshold else INFINITE_V
    state.flat[THRESHOLD * neurons + neuron] = threshold
