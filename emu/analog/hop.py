"""One neuron of the linear loop through a step in which it crosses its threshold or changes its phase, once.

What `walk.walk` does, for the usual case: nothing else happens to the neuron in this step, it stays in the range of the
loop, and its time constants are not much shorter than a step, so that short polynomials are right to 1e-7. All return
False, and have then done nothing, where `walk` has to see to it.
"""

from __future__ import annotations

import math

import numpy as np

from hicannx.emu.analog.rails import V_CEILING, V_FLOOR, above_floor, below_ceiling
from hicannx.emu.analog.refractory import begin, next_transition, set_mode, threshold_v
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
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.machine import NEVER

highest_share = 0.4  # of a step in a time constant
_c2, _c3, _c4, _c5, _c6, _c7 = 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040


@merged
def _share(x: float) -> float:
    """1 - exp(-x)."""
    return x * (1 - x * (_c2 - x * (_c3 - x * (_c4 - x * (_c5 - x * (_c6 - x * _c7))))))


@merged
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
    return 1 - one * _c2 + two * _c3 - three * _c4 + four * _c5 - five * _c6 + six * _c7


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
def arm(state: NeuronState, n: int) -> bool:
    """Let a neuron of any loop look at its membrane again, which stays below the threshold to the end of the step."""
    values = state.values
    v, before = values[V * pitch + n], values[V_BEFORE * pitch + n]
    low, high = values[LOW * pitch + n], values[HIGH * pitch + n]
    if state.timer[ASKED, n] != NEVER or not (low <= v <= high and low <= before <= high):
        return False
    state.flag[PHASE, n] = ARMED
    threshold = threshold_v(state, n)
    if v > threshold:
        state.flag[PHASE, n] = REFRACTORY
        return False
    values[THRESHOLD * pitch + n] = threshold
    values[HIGH * pitch + n] = min(high, values[THRESHOLD * pitch + n])
    return True


@inner
def _switch(state: NeuronState, n: int, tick: int, end: int, when: int) -> bool:
    """From leak to reset, with a spike, or back, where the refractory time may end with the reset."""
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
    exc, inh = float(values[I_EXC * pitch + n]), float(values[I_INH * pitch + n])
    exc, inh = exc / values[DECAY_EXC * pitch + n], inh / values[DECAY_INH * pitch + n]
    first = float(when - tick)
    v = _moved(state, n, old, first, v, exc, inh)
    if not _fits(state, n, new, v):
        return False
    exc -= exc * _share(first * state.hop[n, HOP_RATE_EXC])
    inh -= inh * _share(first * state.hop[n, HOP_RATE_INH])
    v = _moved(state, n, new, float(end - when), v, exc, inh)
    if is_reset:
        state.flag[PHASE, n] = ARMED if is_over else REFRACTORY
        if is_over and (state.timer[ASKED, n] != NEVER or v > threshold_v(state, n)):
            state.flag[PHASE, n] = RESETTING
            return False
    else:
        begin(state, n, when)
    values[V * pitch + n] = v
    set_mode(state, n)
    return True


@inner
def crossed(state: NeuronState, n: int, tick: int, end: int) -> bool:
    """See to a neuron whose potential is above its threshold behind the step."""
    values = state.values
    v, before = float(values[V * pitch + n]), float(values[V_BEFORE * pitch + n])
    threshold = float(values[THRESHOLD * pitch + n])
    is_usual = state.flag[PHASE, n] == ARMED and state.timer[ASKED, n] == NEVER and v > threshold >= before
    if not (is_usual and _hops(state, n) and _fits(state, n, LEAK, before) and _fits(state, n, LEAK, v)):
        return False
    offset = math.floor((end - tick) * (threshold - before) / (v - before) + 0.5)
    when = tick + offset + state.duration[COMPARATOR_TICKS, n]
    if when <= end:
        return _switch(state, n, tick, end, when)
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
