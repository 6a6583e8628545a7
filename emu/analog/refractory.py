"""What follows a spike: reset, the refractory time, and the change between leak and reset of one neuron."""

from __future__ import annotations

import numpy as np

from hicannx.emu.analog.agenda import enter, known
from hicannx.emu.analog.state import (
    APPROACH,
    ARMED,
    ASKED,
    COMPARATOR_TICKS,
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
    SEEN,
    SPIKES,
    STEP_TICKS,
    THRESHOLD,
    THRESHOLD_NOISE,
    NeuronState,
    W,
    pitch,
)
from hicannx.emu.kernelcache import inner, merged, njit
from hicannx.emu.machine import NEVER
from hicannx.emu.random import THRESHOLD_UNIT, draw_nearly_normal
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
    n = known(neuron)
    state.timer[ASKED, n] = NEVER
    state.timer[RESET_END, n] = tick + state.duration[RESET_TICKS, n]
    state.timer[REFRACTORY_END, n] = tick + state.duration[REFRACTORY_TICKS, n]
    state.flag[PHASE, n] = RESETTING
    state.values[W * pitch + n] += state.parameter[JUMP_W, n]
    spike = state.counts[SPIKES]
    state.spike_tick[spike] = tick
    state.spike_neuron[spike] = n
    state.counts[SPIKES] = spike + 1
    state.spike_count[n] += 1


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
    n = known(neuron)
    phase = state.flag[PHASE, n]
    if phase == RESETTING:
        return int(state.timer[RESET_END, n])
    if phase == REFRACTORY:
        return int(state.timer[REFRACTORY_END, n])
    return int(state.timer[ASKED, n])


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
    """The potential at which the neuron spikes in its phase."""
    is_armed = state.flag[PHASE, neuron] == ARMED and state.timer[ASKED, neuron] == NEVER
    return armed_threshold_v(state, neuron) if is_armed else INFINITE_V


@merged
def armed_threshold_v(state: NeuronState, neuron: int) -> float:
    """The potential at which the neuron spikes when armed; with noise it differs a little from spike to spike."""
    n = known(neuron)
    v = float(state.coefficient[LEAK, n, SEEN])
    if state.counts[NOISY]:
        number = draw_nearly_normal(state.counts[SEED], THRESHOLD_UNIT + n, state.spike_count[n])
        v += state.parameter[THRESHOLD_NOISE, n] * number
    return v


@njit
def set_modes(state: NeuronState) -> None:
    """`set_mode` for all neurons, after a change of parameters or of the noise."""
    for neuron in range(neurons):
        set_mode(state, neuron)


@inner
def set_mode(state: NeuronState, neuron: int) -> None:
    """Give the inner loops the coefficients and the threshold of the phase in which the neuron stands."""
    mode = RESET if state.flag[PHASE, neuron] == RESETTING else LEAK
    put_mode(state, neuron, mode, threshold_v(state, neuron))


@inner
def put_mode(state: NeuronState, neuron: int, mode: int, threshold: float) -> None:
    """Give the inner loops the coefficients of a mode and a threshold."""
    n, values, own = known(neuron), state.values, state.coefficient[mode, known(neuron)]
    for part in range(MODE_ROWS):
        values[(APPROACH + part) * pitch + n] = own[part]
    limit = np.float32(threshold)
    values[THRESHOLD * pitch + n] = limit
    values[HIGH * pitch + n] = min(own[HIGH - APPROACH], limit)
