"""Leaky integrate-and-fire neurons with two current-based synaptic inputs, integrated exactly step by step.

    state = new_neurons()                                # analog/state.py
    update_parameters(state, neuron_quantities(...), n)  # analog/parameters.py, Python, after a change of registers
    inject(state, line, n, charge, offset_ticks)         # event on line EXC or INH, `charge` in units of a weight
    fire(state, n, tick)                                 # bypass or artificial spike: True unless refractory then
    step(state, tick)                                    # all neurons from `tick` to `tick` + step; -> spikes waiting
    is_settled(state)                                    # no further step would change anything

`step` advances from a multiple of the step length to the next. Everything that happens inside the step is given to
`inject` and `fire` before it. The spikes of a step wait in `spike_tick[:counts[SPIKES]]` and `spike_neuron` until
`routing.emit_spikes` or the caller collects them and sets `counts[SPIKES]` to 0, before the next step.

Membrane: C dV/dt = g (E - V) + I_exc - I_inh, with (g, E) of the leak or of the reset, never of both; each line decays
with its own time constant. Solved by propagators: exact for any step length.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.refractory import begin, next_transition, pass_transition, set_mode
from hicannx.emu.analog.state import (
    ACTIVE,
    AMPLITUDE,
    APPROACH,
    ARMED,
    ASKED,
    CAN_FIRE,
    DECAY_EXC,
    DECAY_INH,
    DECAY_RATE,
    FIRED,
    GAIN_EXC_OF,
    GAIN_INH_OF,
    HAS_COMPARATOR,
    I_EXC,
    I_INH,
    KICK_EXC,
    KICK_INH,
    LEAK,
    ONSET,
    ONSET_SQUARE,
    PHASE,
    REFRACTORY_END,
    RESET,
    RESETTING,
    RESTLESS,
    SPIKES,
    STEP_TICKS,
    TARGET,
    TARGET_OF,
    TAU_EXC,
    TAU_INH,
    TAU_OF,
    THRESHOLD,
    TOUCHED,
    V_BEFORE,
    V_THRESHOLD,
    NeuronState,
    V,
)
from hicannx.emu.kernelcache import njit
from hicannx.emu.machine import tick_us
from hicannx.emu.state import NEVER
from hicannx.emu.wiring import neurons

_tiny_na = np.float32(1e-12)  # a line below this is at rest: it would become denormal, and slow
_zero = np.float32(0)
_still_steps = 128  # the fastest line falls by 1e-13 meanwhile at the longest step


@njit
def response(dt_us: float, tau_us: float, tau_line_us: float) -> float:
    """A decaying line seen through a leak, in us: (exp(-dt/tau) - exp(-dt/tau_line)) / (1/tau_line - 1/tau)."""
    x = abs(dt_us / tau_line_us - dt_us / tau_us)
    share = -math.expm1(-x) / x if x > 1e-9 else 1.0
    return dt_us * math.exp(-dt_us / max(tau_us, tau_line_us)) * share


@njit
def inject(state: NeuronState, line: int, neuron: int, charge: float, offset_ticks: int) -> None:
    """An event on a line of a neuron, `offset_ticks` after the beginning of the step that comes next.

    Line and membrane are moved to where they must stand at the beginning of the step so that both are right at its end.
    """
    offset = np.float32(offset_ticks)
    amplitude = state.line[line, AMPLITUDE, neuron] * np.float32(charge)
    x = state.line[line, DECAY_RATE, neuron] * offset
    grown = np.float32(1) + x * (np.float32(1) + x * (np.float32(1 / 2) + x * np.float32(1 / 6)))
    state.flat[(I_EXC + line) * neurons + neuron] += amplitude * grown
    if state.flag[PHASE, neuron] != RESETTING:
        onset = state.line[line, ONSET, neuron] + state.line[line, ONSET_SQUARE, neuron] * offset
        state.flat[V * neurons + neuron] -= amplitude * onset * offset


@njit
def fire(state: NeuronState, neuron: int, tick: int) -> bool:
    """Ask a neuron to spike at a tick of the step that comes next; False when it may not fire or is refractory then.

    A neuron takes one request a step.
    """
    if not state.flag[CAN_FIRE, neuron] or state.timer[ASKED, neuron] != NEVER:
        return False
    if state.flag[PHASE, neuron] == ARMED:
        state.active[state.counts[ACTIVE]] = neuron
        state.counts[ACTIVE] += 1
    elif tick < state.timer[REFRACTORY_END, neuron]:
        return False
    state.timer[ASKED, neuron] = tick
    return True


@njit
def fire_some(state: NeuronState, first: int, mask: int, tick: int) -> None:
    """`fire` for the neurons of one parity whose bits are set: bit i is neuron `first` + 2 i."""
    neuron = first
    while mask:
        if mask & 1:
            fire(state, neuron, tick)
        mask >>= 1
        neuron += 2


@njit
def step(state: NeuronState, tick: int) -> int:
    """Advance all neurons by one step that begins at `tick`; returns the number of spikes that wait for collection."""
    length = state.counts[STEP_TICKS]
    state.counts[TOUCHED] = 0
    end = tick + length
    if tick // length % _still_steps == 0:
        _still_lines(state.flat)
    if state.counts[ACTIVE]:
        _keep_lines(state, end)
        _advance(state.flat)
        _replay(state, tick, end)
    else:
        _advance(state.flat)
    if _above_threshold(state.flat):
        _find_crossings(state, tick, end)
    return int(state.counts[SPIKES])


@njit
def is_settled(state: NeuronState) -> bool:
    """Whether the last step changed nothing, so that all further ones change nothing either until something arrives."""
    if state.counts[ACTIVE] or state.counts[SPIKES] or state.counts[TOUCHED]:
        return False
    if not _is_still(state.flat, state.counts[RESTLESS]):
        return False
    for n in range(neurons):
        if not _is_still(state.flat, n):
            state.counts[RESTLESS] = n  # the next question begins with the neuron that answered this one
            return False
    return True


@njit
def _is_still(flat: NDArray[np.float32], n: int) -> bool:
    at_rest = flat[I_EXC * neurons + n] == 0 and flat[I_INH * neurons + n] == 0
    unmoved = flat[V * neurons + n] == flat[V_BEFORE * neurons + n]
    return bool(at_rest and unmoved)


@njit
def _advance(flat: NDArray[np.float32]) -> None:
    """One step of everybody in the mode in which it stands; vectorised."""
    for n in range(neurons):
        v = flat[V * neurons + n]
        exc = flat[I_EXC * neurons + n]
        inh = flat[I_INH * neurons + n]
        drift = flat[APPROACH * neurons + n] * (flat[TARGET * neurons + n] - v)
        kick = flat[KICK_EXC * neurons + n] * exc + flat[KICK_INH * neurons + n] * inh
        flat[V_BEFORE * neurons + n] = v
        flat[V * neurons + n] = v + (drift + kick)
        flat[I_EXC * neurons + n] = exc * flat[DECAY_EXC * neurons + n]
        flat[I_INH * neurons + n] = inh * flat[DECAY_INH * neurons + n]


@njit
def _still_lines(flat: NDArray[np.float32]) -> None:
    """Put lines that have decayed to nothing to rest, long before they become denormal."""
    for k in range(I_EXC * neurons, (I_INH + 1) * neurons):
        flat[k] = flat[k] if flat[k] > _tiny_na else _zero


@njit
def _above_threshold(flat: NDArray[np.float32]) -> bool:
    hits = np.int32(0)
    for n in range(neurons):
        hits += np.int32(flat[V * neurons + n] > flat[THRESHOLD * neurons + n])
    return bool(hits > 0)


@njit
def _keep_lines(state: NeuronState, end: int) -> None:
    """Remember the lines of the neurons that change their mode inside the step, before it goes over them."""
    for i in range(state.counts[ACTIVE]):
        n = state.active[i]
        if next_transition(state, n) <= end:
            state.kept[0, n] = state.flat[I_EXC * neurons + n]
            state.kept[1, n] = state.flat[I_INH * neurons + n]


@njit
def _replay(state: NeuronState, tick: int, end: int) -> None:
    """Do the step again, piece by piece, for neurons that change their mode inside it; drop those that got armed."""
    count, left = state.counts[ACTIVE], 0
    for i in range(count):
        n = state.active[i]
        if next_transition(state, n) <= end:
            state.flat[V * neurons + n] = state.flat[V_BEFORE * neurons + n]
            state.flat[I_EXC * neurons + n] = state.kept[0, n]
            state.flat[I_INH * neurons + n] = state.kept[1, n]
            _walk(state, n, tick, end)
        if state.flag[PHASE, n] != ARMED or state.timer[ASKED, n] != NEVER:
            state.active[left] = n
            left += 1
    state.counts[ACTIVE] = left


@njit
def _find_crossings(state: NeuronState, tick: int, end: int) -> None:
    """Second pass: neurons that went over their threshold in a plain step."""
    for n in range(neurons):
        if state.flat[V * neurons + n] > state.flat[THRESHOLD * neurons + n]:
            _cross(state, n, float(state.flat[V_BEFORE * neurons + n]), tick, end)
            _walk(state, n, state.timer[FIRED, n], end)
            if state.flag[PHASE, n] != ARMED:
                state.active[state.counts[ACTIVE]] = n
                state.counts[ACTIVE] += 1


@njit
def _cross(state: NeuronState, n: int, v_before: float, begin_tick: int, end_tick: int) -> None:
    """Spike where the line from `v_before` to V meets the threshold, and put membrane and lines back to that tick."""
    v_end = float(state.flat[V * neurons + n])
    span = end_tick - begin_tick
    share = 0.0
    if v_end > v_before:
        share = min(max((state.parameter[V_THRESHOLD, n] - v_before) / (v_end - v_before), 0.0), 1.0)
    offset = math.floor(share * span + 0.5)
    back_us = (span - offset) * tick_us
    state.flat[V * neurons + n] = v_before + (v_end - v_before) * offset / max(span, 1)
    state.flat[I_EXC * neurons + n] *= math.exp(back_us / state.parameter[TAU_EXC, n])
    state.flat[I_INH * neurons + n] *= math.exp(back_us / state.parameter[TAU_INH, n])
    begin(state, n, begin_tick + offset)


@njit
def _walk(state: NeuronState, n: int, tick: int, end: int) -> None:
    """One neuron from `tick` to `end`, through every change of its mode and every spike on the way."""
    flag = state.flag
    while True:
        stop = min(next_transition(state, n), end)
        v_before = float(state.flat[V * neurons + n])
        _propagate(state, n, RESET if flag[PHASE, n] == RESETTING else LEAK, (stop - tick) * tick_us)
        may_cross = flag[PHASE, n] == ARMED and flag[CAN_FIRE, n] and flag[HAS_COMPARATOR, n]
        if may_cross and state.flat[V * neurons + n] > state.parameter[V_THRESHOLD, n]:
            _cross(state, n, v_before, tick, stop)
            tick = state.timer[FIRED, n]
            continue
        if next_transition(state, n) > end:
            break
        tick = stop
        pass_transition(state, n)
    set_mode(state, n)


@njit
def _propagate(state: NeuronState, n: int, mode: int, dt_us: float) -> None:
    """Exact solution for one neuron over any time."""
    own = state.parameter
    flat = state.flat
    tau, tau_exc, tau_inh = own[TAU_OF + mode, n], own[TAU_EXC, n], own[TAU_INH, n]
    target = own[TARGET_OF + mode, n]
    exc, inh = float(flat[I_EXC * neurons + n]), float(flat[I_INH * neurons + n])
    v = target + (float(flat[V * neurons + n]) - target) * math.exp(-dt_us / tau)
    v += own[GAIN_EXC_OF + mode, n] * exc * response(dt_us, tau, tau_exc)
    v += own[GAIN_INH_OF + mode, n] * inh * response(dt_us, tau, tau_inh)
    flat[V * neurons + n] = v
    flat[I_EXC * neurons + n] = exc * math.exp(-dt_us / tau_exc)
    flat[I_INH * neurons + n] = inh * math.exp(-dt_us / tau_inh)
