"""One neuron over any time, with everything that its circuit does; the exact counterpart of a step of loops.py.

Linear currents are integrated exactly with what limits them as it is at the beginning, then the exponential current by
the closed form of its flow, which tells when a threshold is reached, too.
"""

from __future__ import annotations

import math

import numpy as np

from hicannx.emu.analog.rails import V_CEILING, V_FLOOR, above_floor, below_ceiling
from hicannx.emu.analog.state import (
    APPROACH,
    COBA_EXC,
    COBA_EXC_FROM,
    COBA_INH,
    COBA_INH_FROM,
    CURRENT_OF,
    GAIN_EXC_OF,
    GAIN_INH_OF,
    GAIN_W,
    HIGH,
    I_EXC,
    I_INH,
    KIND,
    LINEAR,
    LOW,
    ONSET_EXP,
    PULL_W,
    RANGE_OF,
    RATE_EXP_OF,
    REST_W,
    REVERSAL_OF,
    SATURATION_EXC,
    SATURATION_INH,
    SLEW_EXP,
    SLOPE,
    TARGET_OF,
    TAU_EXC,
    TAU_INH,
    TAU_OF,
    TAU_W,
    NeuronState,
    V,
    W,
    block_neurons,
    pitch,
)
from hicannx.emu.kernelcache import inner, merged, njit, packed

_small = 0.06  # here the polynomials are right to 1e-6 of what they add
_slight = 0.02  # here the first seven terms of a logarithm are right to 1e-12
_flattest, _steepest = -20.0, 60.0  # exponents: the current is nothing to a float32, or has long reached its limit
_c2, _c3, _c4, _c5 = 1 / 2, 1 / 6, 1 / 24, 1 / 120
_third, _quarter, _fifth, _seventh = 1 / 3, 1 / 4, 1 / 5, 1 / 7
NOT_CROSSED = -1.0


@packed
def passed_share(x: float) -> float:
    """1 - exp(-x), for x >= 0."""
    if x < _small:
        return x * (1 - x * _c2 + x * x * (_c3 - x * _c4 + x * x * _c5))
    return -math.expm1(-x)


@packed
def _minus_log(x: float) -> float:
    """-log(1 - x), for 0 <= x < 1."""
    if x < _slight:
        square = x * x
        return x * (1 + x * _c2 + square * (_third + x * _quarter + square * (_fifth + x * _c3 + square * _seventh)))
    return -math.log1p(-x)


@njit
def response(dt_us: float, tau_us: float, tau_line_us: float) -> float:
    """A decaying line seen through a leak, in us: (exp(-dt/tau) - exp(-dt/tau_line)) / (1/tau_line - 1/tau)."""
    a, b = dt_us / tau_us, dt_us / tau_line_us
    if a < _small and b < _small:
        square, cube = a * a + a * b + b * b, (a + b) * (a * a + b * b)
        return dt_us * (1 - (a + b) * _c2 + square * _c3 - cube * _c4)
    x = abs(b - a)
    share = -math.expm1(-x) / x if x > 1e-9 else 1.0
    return dt_us * math.exp(-min(a, b)) * share


@inner
def travel(
    state: NeuronState, n: int, mode: int, dt_us: float, threshold_v: float, head_us: float, tail_us: float
) -> float:
    """Move a neuron on by `dt_us`, or to where it crosses the threshold: the time until then, or NOT_CROSSED.

    The exponential current flows for `head_us` before all others and for `tail_us` behind them. In a row of steps the
    tail is a whole step, from the middle of this one to that of the next, as Strang's splitting has it with its half
    steps merged, so that the crossing may lie up to half a piece behind the end; a piece that begins anew has a head of
    half its length.
    """
    v_begin = float(state.values[V * pitch + n])
    low, high = state.coefficient[mode, n, LOW - APPROACH], state.coefficient[mode, n, HIGH - APPROACH]
    is_plain = state.block[KIND, n // block_neurons] == LINEAR and low <= v_begin <= high
    if is_plain:
        v_end = v_begin + _plain(state, n, mode, v_begin, dt_us)
        return _arrive(state, n, dt_us, _time_until(v_begin, v_end, threshold_v, dt_us), v_end, threshold_v)
    has_flow = state.parameter[RATE_EXP_OF + mode, n] > 0
    before, w_begin = v_begin, float(state.values[W * pitch + n])
    passed, v_end, w = NOT_CROSSED, v_begin, w_begin
    if has_flow and head_us > 0:
        v_end = v_begin + _exponential(state, n, mode, v_begin, head_us)
        if v_begin > threshold_v:
            passed = 0.0
        elif v_end > threshold_v:
            passed = _until(state, n, mode, v_begin, threshold_v, head_us)
    if passed == NOT_CROSSED:
        before, w = v_end, _adapted(state, n, dt_us, v_end)
        v_end = before + _linear(state, n, mode, before, w, dt_us)
        if v_end > threshold_v:
            passed = _time_until(before, v_end, threshold_v, dt_us)
        elif has_flow:
            v_linear = v_end
            v_end = v_linear + _exponential(state, n, mode, v_linear, tail_us)
            if v_end > threshold_v:
                passed = _until(state, n, mode, v_linear, threshold_v, tail_us) + dt_us / 2
    if passed != NOT_CROSSED:
        w = _adapted(state, n, min(passed, dt_us), before)
    state.values[W * pitch + n] = w
    return _arrive(state, n, dt_us, passed, v_end, threshold_v)


@merged
def _time_until(v_begin: float, v_end: float, threshold_v: float, dt_us: float) -> float:
    """When the line between two potentials meets the threshold; NOT_CROSSED where it does not get there."""
    if v_end <= threshold_v:
        return NOT_CROSSED
    return dt_us * min(max((threshold_v - v_begin) / max(v_end - v_begin, 1e-12), 0.0), 1.0)


@inner
def _arrive(state: NeuronState, n: int, dt_us: float, passed: float, v_end: float, threshold_v: float) -> float:
    """Leave the membrane at its end, or at the threshold, and lines as they are then."""
    if passed >= 0:
        v_end = threshold_v
    _decay(state, n, dt_us if passed < 0 else min(passed, dt_us))
    state.values[V * pitch + n] = min(max(v_end, V_FLOOR), V_CEILING)
    return passed if passed >= 0 else NOT_CROSSED


@merged
def _plain(state: NeuronState, n: int, mode: int, v: float, dt_us: float) -> float:
    """`_linear` where no rail is near, and nothing depends on the potential but the leak."""
    own, values = state.parameter, state.values
    tau = own[TAU_OF + mode, n]
    added = passed_share(dt_us / tau) * (own[TARGET_OF + mode, n] - v)
    exc = float(min(values[I_EXC * pitch + n], values[SATURATION_EXC * pitch + n]))
    inh = float(min(values[I_INH * pitch + n], values[SATURATION_INH * pitch + n]))
    if exc > 0:
        added += own[GAIN_EXC_OF + mode, n] * exc * response(dt_us, tau, own[TAU_EXC, n])
    if inh > 0:
        added += own[GAIN_INH_OF + mode, n] * inh * response(dt_us, tau, own[TAU_INH, n])
    return float(added)


@inner
def _linear(state: NeuronState, n: int, mode: int, v: float, w: float, dt_us: float) -> float:
    """What leak or reset, inputs, offset and adaptation add to the membrane."""
    own, values = state.parameter, state.values
    tau = own[TAU_OF + mode, n]
    share = passed_share(dt_us / tau)
    reach = own[RANGE_OF + mode, n]
    leak = share * min(max(own[REVERSAL_OF + mode, n] - v, -reach), reach)
    first, second = 0.0, 0.0
    if values[I_EXC * pitch + n] > 0:
        first = min(values[I_EXC * pitch + n], values[SATURATION_EXC * pitch + n])
        first *= own[GAIN_EXC_OF + mode, n] * response(dt_us, tau, own[TAU_EXC, n])
        first *= 1 - (v - values[COBA_EXC_FROM * pitch + n]) * values[COBA_EXC * pitch + n]
    if values[I_INH * pitch + n] > 0:
        second = min(values[I_INH * pitch + n], values[SATURATION_INH * pitch + n])
        second *= own[GAIN_INH_OF + mode, n] * response(dt_us, tau, own[TAU_INH, n])
        second *= 1 + (v - values[COBA_INH_FROM * pitch + n]) * values[COBA_INH * pitch + n]
    rest = (own[CURRENT_OF + mode, n] - own[PULL_W, n] * w) * tau * share
    rising = max(leak, 0.0) + max(first, 0.0) + max(second, 0.0) + max(rest, 0.0)
    falling = min(leak, 0.0) + min(first, 0.0) + min(second, 0.0) + min(rest, 0.0)
    return float(rising * below_ceiling(np.float32(v)) + falling * above_floor(np.float32(v)))


@inner
def _exponential(state: NeuronState, n: int, mode: int, v: float, dt_us: float) -> float:
    """What the exponential current adds."""
    slope = float(state.values[SLOPE * pitch + n])
    exponent = min((v - state.values[ONSET_EXP * pitch + n]) / slope, _steepest)
    if exponent < _flattest:
        return 0.0
    up = float(below_ceiling(np.float32(v)))
    x = state.parameter[RATE_EXP_OF + mode, n] * dt_us * up * math.exp(exponent)
    most = state.parameter[SLEW_EXP, n] * dt_us * up
    return float(min(slope * _minus_log(x), most)) if x < 1 else float(most)


@inner
def _until(state: NeuronState, n: int, mode: int, v: float, threshold_v: float, dt_us: float) -> float:
    """When the exponential current takes the membrane from `v` to the threshold."""
    slope, onset = float(state.values[SLOPE * pitch + n]), float(state.values[ONSET_EXP * pitch + n])
    up = max(float(below_ceiling(np.float32(v))), 1e-6)
    begin, end = min((v - onset) / slope, _steepest), min((threshold_v - onset) / slope, _steepest)
    free = (math.exp(-begin) - math.exp(-end)) / (state.parameter[RATE_EXP_OF + mode, n] * up)
    limited = (threshold_v - v) / (state.parameter[SLEW_EXP, n] * up)
    return float(min(max(free, limited), dt_us))


@merged
def _decay(state: NeuronState, n: int, dt_us: float) -> None:
    own, values = state.parameter, state.values
    if values[I_EXC * pitch + n] > 0:
        values[I_EXC * pitch + n] *= 1 - passed_share(dt_us / own[TAU_EXC, n])
    if values[I_INH * pitch + n] > 0:
        values[I_INH * pitch + n] *= 1 - passed_share(dt_us / own[TAU_INH, n])


@merged
def _adapted(state: NeuronState, n: int, dt_us: float, v: float) -> float:
    """The adaptation after it has followed the membrane, which was at `v`."""
    values = state.values
    w = float(values[W * pitch + n])
    goal = float(values[GAIN_W * pitch + n]) * (v - float(values[REST_W * pitch + n]))
    w += passed_share(dt_us / state.parameter[TAU_W, n]) * (goal - w)
    return float(min(max(w, -V_CEILING), V_CEILING))
