"""One neuron of the linear loop through a step in which it crosses its threshold or changes its phase, once.

What `walk.walk` does, for the usual case: nothing else happens to the neuron in this step, it stays in the range of the
loop, and its time constants are not much shorter than a step, so that short polynomials are right to 1e-7. All return
False, and have then done nothing, where `walk` has to see to it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.agenda import known
from hicannx.emu.analog.rails import V_CEILING, V_FLOOR, above_floor, below_ceiling
from hicannx.emu.analog.refractory import armed_threshold_v, begin, next_transition, put_mode
from hicannx.emu.analog.state import (
    APPROACH,
    ARMED,
    ASKED,
    COMPARATOR_TICKS,
    CONSTANT,
    DECAY_EXC,
    DECAY_INH,
    HIGH,
    HOP_EXC,
    HOP_HIGH,
    HOP_INH,
    HOP_LOW,
    HOP_RATE,
    HOP_RATE_EXC,
    HOP_RATE_INH,
    HOP_SATURATION_EXC,
    HOP_SATURATION_INH,
    HOP_TARGET,
    HOPS,
    I_EXC,
    I_INH,
    INFINITE_V,
    KICK_EXC,
    KICK_INH,
    KIND,
    LEAK,
    LIMITED,
    LINEAR,
    LIVE,
    LOW,
    PHASE,
    REACH,
    REFRACTORY,
    REFRACTORY_END,
    REFRACTORY_TICKS,
    RESET,
    RESET_TICKS,
    RESETTING,
    REVERSAL,
    SATURATION_EXC,
    SATURATION_INH,
    THRESHOLD,
    V_BEFORE,
    NeuronState,
    V,
    block_neurons,
    pitch,
)
from hicannx.emu.kernelcache import inner, merged, packed
from hicannx.emu.machine import NEVER

highest_share = 0.4  # of a step in a time constant
_c2, _c3, _c4, _c5, _c6, _c7 = 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040


@packed
def _share(x: float) -> float:
    """1 - exp(-x)."""
    square = x * x
    low, high = 1 - x * _c2 + square * (_c3 - x * _c4), _c5 - x * _c6 + square * _c7
    return x * (low + square * square * high)


@packed
def _answer(a: float, b: float) -> float:
    """(exp(-b) - exp(-a)) / (a - b), by the complete symmetric polynomials of both."""
    one = a + b
    power = b * b
    two = a * one + power
    power *= b
    three = a * two + power
    power *= b
    four = a * three + power
    power *= b
    five = a * four + power
    six = a * five + power * b
    return (1 - one * _c2) + (two * _c3 - three * _c4) + (four * _c5 - five * _c6 + six * _c7)


@merged
def _moved(state: NeuronState, n: int, mode: int, ticks: float, v: float, exc: float, inh: float) -> float:
    """The potential some ticks later."""
    own = state.hop[n]
    a = ticks * own[HOP_RATE + mode]
    added = _share(a) * (own[HOP_TARGET + mode] - v)
    if exc > 0:
        current = min(exc, float(own[HOP_SATURATION_EXC]))
        added += own[HOP_EXC + mode] * current * ticks * _answer(a, ticks * own[HOP_RATE_EXC])
    if inh > 0:
        current = min(inh, float(own[HOP_SATURATION_INH]))
        added += own[HOP_INH + mode] * current * ticks * _answer(a, ticks * own[HOP_RATE_INH])
    return float(v + added)


@merged
def _fits(state: NeuronState, n: int, mode: int, v: float) -> bool:
    """Whether a potential is in the range of the loop."""
    return bool(state.hop[n, HOP_LOW + mode] <= v <= state.hop[n, HOP_HIGH + mode])


@merged
def _hops(state: NeuronState, n: int) -> bool:
    return bool(state.flag[HOPS, n] and state.block[KIND, n // block_neurons] == LINEAR)


@merged
def change(state: NeuronState, n: int, tick: int, end: int) -> bool:
    """Change the phase of a neuron at its next transition."""
    if state.flag[PHASE, n] == REFRACTORY:
        return arm(state, n)
    return _switch(state, n, tick, end, next_transition(state, n))


@inner
def arm(state: NeuronState, neuron: int) -> bool:
    """Let a neuron of any loop look at its membrane again, which stays below the threshold to the end of the step."""
    n = known(neuron)
    values = state.values
    v, before = values[V * pitch + n], values[V_BEFORE * pitch + n]
    low, high = values[LOW * pitch + n], values[HIGH * pitch + n]
    if state.timer[ASKED, n] != NEVER or not (low <= v <= high and low <= before <= high):
        return False
    threshold = armed_threshold_v(state, n)
    if v > threshold:
        return False
    state.flag[PHASE, n] = ARMED
    values[THRESHOLD * pitch + n] = threshold
    values[HIGH * pitch + n] = min(high, values[THRESHOLD * pitch + n])
    return True


@inner
def _switch(state: NeuronState, neuron: int, tick: int, end: int, when: int) -> bool:
    """From leak to reset, with a spike, or back, where the refractory time may end with the reset."""
    n = known(neuron)
    is_reset = state.flag[PHASE, n] == RESETTING
    old, new = (RESET, LEAK) if is_reset else (LEAK, RESET)
    following = state.timer[REFRACTORY_END, n]
    if not is_reset:
        following = when + min(state.duration[RESET_TICKS, n], state.duration[REFRACTORY_TICKS, n])
    is_over = is_reset and following <= end
    values = state.values
    v = float(values[V_BEFORE * pitch + n])
    if (following <= end and not is_over) or not _hops(state, n) or not _fits(state, n, old, v):
        return False
    exc, inh = _undone(values, I_EXC, DECAY_EXC, n), _undone(values, I_INH, DECAY_INH, n)
    first = float(when - tick)
    v = _moved(state, n, old, first, v, exc, inh)
    if not _fits(state, n, new, v):
        return False
    if exc > 0:
        exc -= exc * _share(first * state.hop[n, HOP_RATE_EXC])
    if inh > 0:
        inh -= inh * _share(first * state.hop[n, HOP_RATE_INH])
    v = _moved(state, n, new, float(end - when), v, exc, inh)
    threshold = INFINITE_V
    if is_over:
        threshold = armed_threshold_v(state, n)
        if state.timer[ASKED, n] != NEVER or v > threshold:
            return False
    if is_reset:
        state.flag[PHASE, n] = ARMED if is_over else REFRACTORY
    else:
        begin(state, n, when)
    values[V * pitch + n] = v
    put_mode(state, n, new, threshold)
    return True


@merged
def _undone(values: NDArray[np.float32], line: int, decay: int, n: int) -> float:
    """The current of a line at the beginning of the step."""
    current = values[line * pitch + n]
    return float(current / values[decay * pitch + n]) if current > 0 else 0.0


@inner
def crossed(state: NeuronState, neuron: int, tick: int, end: int) -> bool:
    """See to a neuron whose potential is above its threshold behind the step."""
    n = known(neuron)
    values = state.values
    v, before = float(values[V * pitch + n]), float(values[V_BEFORE * pitch + n])
    threshold = float(values[THRESHOLD * pitch + n])
    is_usual = state.flag[PHASE, n] == ARMED and state.timer[ASKED, n] == NEVER and v > threshold
    if not (is_usual and _hops(state, n) and _fits(state, n, LEAK, before) and _fits(state, n, LEAK, v)):
        return False
    origin = min(before, threshold)  # an event or noise may have taken it over the threshold between two steps
    offset = math.floor((end - tick) * (threshold - origin) / (v - origin) + 0.5)
    when = tick + offset + state.duration[COMPARATOR_TICKS, n]
    if when <= end:
        values[V_BEFORE * pitch + n] = origin
        is_done = _switch(state, n, tick, end, when)
        values[V_BEFORE * pitch + n] = before
        return is_done
    if before > threshold:
        return False
    state.timer[ASKED, n] = when
    values[THRESHOLD * pitch + n] = INFINITE_V
    values[HIGH * pitch + n] = state.coefficient[LEAK, n, HIGH - APPROACH]
    return True


@inner
def drift(state: NeuronState, n: int) -> bool:
    """A step of a neuron outside the range of its linear loop, which neither changes its phase nor meets its threshold.

    As `loops.full_block`, of what matters without adaptation.
    """
    if state.block[KIND, n // block_neurons] != LINEAR:
        return False
    values = state.values
    v, reach = float(values[V_BEFORE * pitch + n]), float(values[REACH * pitch + n])
    exc = float(values[I_EXC * pitch + n]) / values[DECAY_EXC * pitch + n]
    inh = float(values[I_INH * pitch + n]) / values[DECAY_INH * pitch + n]
    leak = values[APPROACH * pitch + n] * min(max(values[REVERSAL * pitch + n] - v, -reach), reach)
    first = values[KICK_EXC * pitch + n] * min(exc, float(values[SATURATION_EXC * pitch + n]))
    second = values[KICK_INH * pitch + n] * min(inh, float(values[SATURATION_INH * pitch + n]))
    rest = float(values[CONSTANT * pitch + n])
    rising = max(leak, 0.0) + max(first, 0.0) + max(second, 0.0) + max(rest, 0.0)
    falling = min(leak, 0.0) + min(first, 0.0) + min(second, 0.0) + min(rest, 0.0)
    v += rising * below_ceiling(np.float32(v)) + falling * above_floor(np.float32(v))
    v = min(max(v, V_FLOOR), V_CEILING)
    if v > values[THRESHOLD * pitch + n]:
        return False
    values[V * pitch + n] = v
    if v < values[LOW * pitch + n]:
        state.block[LIVE, n // block_neurons] |= LIMITED
    return True
