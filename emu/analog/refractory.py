"""What follows a spike: reset, the refractory time, and the change between leak and reset of one neuron."""

from __future__ import annotations

from hicannx.emu.analog.agenda import enter
from hicannx.emu.analog.state import (
    APPROACH,
    ARMED,
    ASKED,
    CAN_FIRE,
    COMPARATOR_TICKS,
    HAS_COMPARATOR,
    HIGH,
    INFINITE_V,
    JUMP_W,
    LEAK,
    MODE_ROWS,
    NOISY,
    PHASE,
    REFRACTORY,
    REFRACTORY_END,
    REFRACTORY_TICKS,
    RESET,
    RESET_END,
    RESET_TICKS,
    RESETTING,
    SEED,
    SPIKES,
    STEP_TICKS,
    THRESHOLD,
    THRESHOLD_NOISE,
    V_THRESHOLD,
    NeuronState,
    W,
    pitch,
)
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.machine import NEVER
from hicannx.emu.random import THRESHOLD_UNIT, draw_normal
from hicannx.emu.wiring import neurons


@inner
def reach_threshold(state: NeuronState, neuron: int, crossing: int, tick: int) -> None:
    """The membrane, at `tick`, crosses the threshold: the spike follows when the comparator has decided."""
    when = crossing + state.duration[COMPARATOR_TICKS, neuron]
    if when > tick:
        state.timer[ASKED, neuron] = when
    else:
        begin(state, neuron, tick)


@inner
def begin(state: NeuronState, neuron: int, tick: int) -> None:
    """Record a spike at `tick` and enter the reset."""
    state.timer[ASKED, neuron] = NEVER
    state.timer[RESET_END, neuron] = tick + state.duration[RESET_TICKS, neuron]
    state.timer[REFRACTORY_END, neuron] = tick + state.duration[REFRACTORY_TICKS, neuron]
    state.flag[PHASE, neuron] = RESETTING
    state.values[W * pitch + neuron] += state.parameter[JUMP_W, neuron]
    spike = state.counts[SPIKES]
    state.spike_tick[spike] = tick
    state.spike_neuron[spike] = neuron
    state.counts[SPIKES] = spike + 1
    state.spike_count[neuron] += 1


@inner
def follow(state: NeuronState, neuron: int, master: int, step_end: int) -> bool:
    """Take over the refractory state of another neuron with the end of a step; False while it has one of its own."""
    if state.flag[PHASE, neuron] != ARMED or state.timer[ASKED, neuron] != NEVER:
        return False
    state.timer[RESET_END, neuron] = max(state.timer[RESET_END, master], step_end + 1)
    state.timer[REFRACTORY_END, neuron] = max(state.timer[REFRACTORY_END, master], step_end + 1)
    state.flag[PHASE, neuron] = RESETTING
    state.values[W * pitch + neuron] += state.parameter[JUMP_W, neuron]
    state.spike_count[neuron] += 1
    set_mode(state, neuron)
    enter(state, neuron, (state.timer[RESET_END, neuron] - 1) // state.counts[STEP_TICKS])
    return True


@inner
def next_transition(state: NeuronState, neuron: int) -> int:
    """The tick of the next change of phase, NEVER when armed and not asked to fire."""
    phase = state.flag[PHASE, neuron]
    if phase == RESETTING:
        return int(state.timer[RESET_END, neuron])
    if phase == REFRACTORY:
        return int(state.timer[REFRACTORY_END, neuron])
    return int(state.timer[ASKED, neuron])


@inner
def pass_transition(state: NeuronState, neuron: int) -> None:
    """Go to the next phase; a membrane that is above threshold when the neuron is armed again crosses it at once."""
    phase = state.flag[PHASE, neuron]
    if phase == RESETTING:
        state.flag[PHASE, neuron] = REFRACTORY
    elif phase == REFRACTORY:
        state.flag[PHASE, neuron] = ARMED
    else:
        begin(state, neuron, state.timer[ASKED, neuron])


@inner
def threshold_v(state: NeuronState, neuron: int) -> float:
    """The potential at which the neuron spikes in its phase; with noise it differs a little from spike to spike."""
    is_armed = state.flag[PHASE, neuron] == ARMED and state.timer[ASKED, neuron] == NEVER
    if not (is_armed and state.flag[CAN_FIRE, neuron] and state.flag[HAS_COMPARATOR, neuron]):
        return INFINITE_V
    v = state.parameter[V_THRESHOLD, neuron]
    if state.counts[NOISY]:
        number = draw_normal(state.counts[SEED], THRESHOLD_UNIT + neuron, state.spike_count[neuron])
        v += state.parameter[THRESHOLD_NOISE, neuron] * number
    return float(v)


@njit
def set_modes(state: NeuronState) -> None:
    """`set_mode` for all neurons, after a change of parameters or of the noise."""
    for neuron in range(neurons):
        set_mode(state, neuron)


@inner
def set_mode(state: NeuronState, neuron: int) -> None:
    """Give the inner loops the coefficients and the threshold of the phase in which the neuron stands."""
    mode = RESET if state.flag[PHASE, neuron] == RESETTING else LEAK
    for part in range(MODE_ROWS):
        state.values[(APPROACH + part) * pitch + neuron] = state.coefficient[mode, neuron, part]
    threshold = threshold_v(state, neuron)
    state.values[THRESHOLD * pitch + neuron] = threshold
    state.values[HIGH * pitch + neuron] = min(state.values[HIGH * pitch + neuron], threshold)
