"""Neurons: adaptive exponential integrate-and-fire circuits with two synaptic inputs, integrated step by step.

    state = new_neurons()                                # analog/state.py
    update_parameters(state, neuron_quantities(...), n)  # analog/parameters.py, Python, after a change of registers
    connect(state, ...)                                  # analog/topology.py, Python, after a change of connections
    inject(state, line, n, charge, offset_ticks)         # event on line EXC or INH: analog/charge.py
    fire(state, n, tick)                                 # bypass or artificial spike: True unless refractory then
    step(state, tick)                                    # all neurons from `tick` to `tick` + step; -> spikes waiting
    is_settled(state)                                    # no further step would change anything

`step` advances from a multiple of the step length to the next. Everything that happens inside the step is given to
`inject` and `fire` before it. The spikes of a step wait in `spike_tick[:counts[SPIKES]]` and `spike_neuron` until
`routing.emit_spikes` or the caller collects them and sets `counts[SPIKES]` to 0, before the next step.

Membrane: C dV/dt = g (E - V) + I_exc - I_inh + I_exp - g_w w + I_off, with (g, E) of the leak or of the reset, never of
both.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.agenda import enter, known, take
from hicannx.emu.analog.charge import fold
from hicannx.emu.analog.compartment import couple
from hicannx.emu.analog.hop import change, crossed, drift
from hicannx.emu.analog.loops import (
    curved_block,
    curved_exciting_block,
    exciting_block,
    full_block,
    leaking_block,
    linear_block,
)
from hicannx.emu.analog.marks import crossing, outside, seen, what_lives
from hicannx.emu.analog.noise import shake
from hicannx.emu.analog.refractory import next_transition
from hicannx.emu.analog.state import (
    ALL_LIVE,
    ARMED,
    ASKED,
    CAN_FIRE,
    CHARGED,
    CLUSTERS,
    COUPLED,
    DECAY_EXC,
    DECAY_INH,
    DUE,
    FALLS,
    FULL,
    HIGH,
    HIT,
    I_EXC,
    I_INH,
    KIND,
    LIMITED,
    LINEAR,
    LIVE,
    LIVE_EXC,
    LIVE_INH,
    LOW,
    NOISY,
    PHASE,
    REFRACTORY_END,
    RESTLESS,
    SPIKES,
    STEP_TICKS,
    STRAYS,
    TOUCHED,
    V_BEFORE,
    W_BEFORE,
    WALKED,
    NeuronState,
    V,
    W,
    block_neurons,
    blocks,
    pitch,
)
from hicannx.emu.analog.walk import cross, walk
from hicannx.emu.bits import trailing_zeros
from hicannx.emu.kernelcache import inner, merged, njit, packed
from hicannx.emu.machine import NEVER
from hicannx.emu.wiring import neurons

_tiny = np.float32(1e-12)  # what decays and is below this is at rest: it would become denormal, and slow
_zero = np.float32(0)
_still_steps = 128  # the fastest line falls by 1e-13 meanwhile at the longest step
_glance = 64  # neurons that are looked at together for one that moves
_few = 4  # more neurons than these are done quicker by the full loop than one by one


@njit
def fire(state: NeuronState, neuron: int, tick: int) -> bool:
    """Ask a neuron to spike at a tick of the step that comes next; False when it may not fire or is refractory then.

    A neuron takes one request a step.
    """
    if not state.flag[CAN_FIRE, neuron] or state.timer[ASKED, neuron] != NEVER:
        return False
    if state.flag[PHASE, neuron] == ARMED:
        enter(state, neuron, tick // state.counts[STEP_TICKS])
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
    number = tick // state.counts[STEP_TICKS]
    end = tick + state.counts[STEP_TICKS]
    if number % _still_steps == 0 or state.counts[TOUCHED]:
        _still(state)
    state.counts[TOUCHED] = 0
    if state.counts[CHARGED]:
        fold(state)
    if state.counts[NOISY]:
        shake(state, number)
    hits = 0
    for block in range(blocks):
        hits |= _advance(state, block)
    if state.counts[DUE]:
        _change(state, take(state, number), tick, end)
    if state.counts[CLUSTERS]:
        couple(state)
        hits = 1
    if hits:
        for block in range(blocks):
            if state.block[HIT, block] or state.counts[CLUSTERS]:
                _attend(state, block, tick, end)
                state.block[HIT, block] = 0
    return int(state.counts[SPIKES])


@merged
def _advance(state: NeuronState, block: int) -> int:
    """A step of a block by the loop that it needs."""
    values = state.values[block * block_neurons :]  # so that all indices are known to be positive
    kind = state.block[KIND, block]
    if kind == FULL or state.block[STRAYS, block] > _few:
        hit, strays = full_block(values)
        state.block[STRAYS, block] = strays
    else:
        live = state.block[LIVE, block]
        if kind != LINEAR:
            hit = curved_block(values) if live & (LIVE_INH | LIMITED) else curved_exciting_block(values)
        else:
            hit = _linear(values, live)
        hit |= state.block[STRAYS, block]
    state.block[HIT, block] = hit
    return int(hit)


@merged
def _linear(values: NDArray[np.float32], live: int) -> int:
    if live & ~LIVE_EXC:
        return linear_block(values)
    return exciting_block(values) if live else leaking_block(values)


@inner
def _change(state: NeuronState, n: int, tick: int, end: int) -> None:
    """Do the step again, piece by piece, for neurons that change their phase inside it."""
    while n >= 0:
        following = state.next[n]
        state.counts[DUE] -= 1
        if next_transition(state, n) <= end:
            if not change(state, n, tick, end):
                _walk_again(state, n, tick, end)
            state.timer[WALKED, n] = tick
        _wait(state, n)
        n = following


@merged
def _wait(state: NeuronState, n: int) -> None:
    """Let a neuron wait for its next change of phase, if there is one."""
    when = next_transition(state, n)
    if when != NEVER:
        enter(state, n, (when - 1) // state.counts[STEP_TICKS])


@inner
def _attend(state: NeuronState, block: int, tick: int, end: int) -> None:
    """Do neurons of a block again, one by one, that the loop did not do right, or that cross their threshold."""
    was_full, strays = _was_full(state, block), 0
    for first in range(block * block_neurons, (block + 1) * block_neurons, seen):
        marks = crossing(state.values, first) if was_full else outside(state.values, first)
        while marks:
            n = known(first + trailing_zeros(marks))
            marks &= marks - 1
            if state.timer[WALKED, n] != tick:
                _redo(state, n, tick, end)
            strays += _is_outside(state, n)
    if not was_full:
        state.block[STRAYS, block] = strays


@merged
def _was_full(state: NeuronState, block: int) -> bool:
    """Whether the full loop is in use; False after its last step, so that the few strays left are walked."""
    return bool(state.block[KIND, block] == FULL or state.block[STRAYS, block] > _few)


@inner
def _redo(state: NeuronState, n: int, tick: int, end: int) -> None:
    was_waiting = next_transition(state, n) != NEVER
    if state.flag[COUPLED, n]:
        cross(state, n, tick, end)
    elif not crossed(state, n, tick, end) and not drift(state, n):
        _walk_again(state, n, tick, end)
    if not was_waiting:
        _wait(state, n)


@merged
def _is_outside(state: NeuronState, n: int) -> bool:
    v = state.values[V * pitch + n]
    return bool(v > state.values[HIGH * pitch + n] or v < state.values[LOW * pitch + n])


@inner
def _walk_again(state: NeuronState, n: int, tick: int, end: int) -> None:
    _undo(state, n)
    walk(state, n, tick, end)
    if state.values[V * pitch + n] < state.values[LOW * pitch + n]:
        state.block[LIVE, n // block_neurons] |= LIMITED


@merged
def _undo(state: NeuronState, n: int) -> None:
    """Put a neuron back to the beginning of the step."""
    values = state.values
    values[V * pitch + n] = values[V_BEFORE * pitch + n]
    values[I_EXC * pitch + n] /= values[DECAY_EXC * pitch + n]
    values[I_INH * pitch + n] /= values[DECAY_INH * pitch + n]
    values[W * pitch + n] = values[W_BEFORE * pitch + n]


@inner
def _still(state: NeuronState) -> None:
    """Find out what is at rest, or that nothing is known after a change from outside."""
    _calm(state.values)
    for block in range(blocks):
        if state.counts[TOUCHED]:
            state.block[LIVE, block] |= ALL_LIVE
        else:
            live = what_lives(state.values[block * block_neurons :])
            state.block[LIVE, block] = live | state.block[LIVE, block] & FALLS


@inner
def _calm(values: NDArray[np.float32]) -> None:
    """Put lines and adaptation that have decayed to nothing to rest, long before they become denormal."""
    for k in range(I_EXC * pitch, (I_INH + 1) * pitch):
        values[k] = values[k] if values[k] > _tiny else _zero
    for k in range(W * pitch, (W + 1) * pitch):
        values[k] = values[k] if abs(values[k]) > _tiny else _zero


@njit
def is_settled(state: NeuronState) -> bool:
    """Whether the last step changed nothing, so that all further ones change nothing either until something arrives."""
    if (
        state.counts[DUE]
        or state.counts[SPIKES]
        or state.counts[TOUCHED]
        or state.counts[NOISY]
        or state.counts[CHARGED]
    ):
        return False
    if not _is_still(state.values, state.counts[RESTLESS]):
        return False
    for begin in range(0, neurons, _glance):
        if _moves(state.values[begin:]):
            n = begin
            while _is_still(state.values, n):
                n += 1
            state.counts[RESTLESS] = n  # the next question begins with the neuron that answered this one
            return False
    return True


@packed
def _moves(values: NDArray[np.float32]) -> bool:
    """Whether any of the first neurons is not still."""
    exc, inh = values[I_EXC * pitch :], values[I_INH * pitch :]
    v, v_before = values[V * pitch :], values[V_BEFORE * pitch :]
    w, w_before = values[W * pitch :], values[W_BEFORE * pitch :]
    found = False
    for k in range(_glance):
        found |= (exc[k] != 0) | (inh[k] != 0) | (v[k] != v_before[k]) | (w[k] != w_before[k])
    return found


@inner
def _is_still(values: NDArray[np.float32], n: int) -> bool:
    at_rest = values[I_EXC * pitch + n] == 0 and values[I_INH * pitch + n] == 0
    unmoved = values[V * pitch + n] == values[V_BEFORE * pitch + n]
    return bool(at_rest and unmoved and values[W * pitch + n] == values[W_BEFORE * pitch + n])
