"""One neuron over any time, with everything that its circuit does; the exact counterpart of a step of loops.py.

Linear currents are integrated exactly with what limits them as it is at the beginning, then the exponential current by
the closed form of its flow, which tells when a threshold is reached, too.
"""

from __future__ import annotations

import math

import numpy as np

from hicannx.emu.analog.rails import above_floor, below_ceiling
from hicannx.emu.analog.state import (
    COBA_EXC,
    COBA_EXC_FROM,
    COBA_INH,
    COBA_INH_FROM,
    CURRENT_OF,
    GAIN_EXC_OF,
    GAIN_INH_OF,
    GAIN_W,
    I_EXC,
    I_INH,
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
    TAU_EXC,
    TAU_INH,
    TAU_OF,
    TAU_W,
    V_CEILING,
    V_FLOOR,
    NeuronState,
    V,
    W,
)
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.wiring import neurons

_steepest = 60.0  # exponent: the current has long reached its limit
NOT_CROSSED = -1.0


@njit
def response(dt_us: float, tau_us: float, tau_line_us: float) -> float:
    """A decaying line seen through a leak, in us: (exp(-dt/tau) - exp(-dt/tau_line)) / (1/tau_line - 1/tau)."""
    x = abs(dt_us / tau_line_us - dt_us / tau_us)
    share = -math.expm1(-x) / x if x > 1e-9 else 1.0
    return dt_us * math.exp(-dt_us / max(tau_us, tau_line_us)) * share


@inner
def travel(state: NeuronState, n: int, mode: int, dt_us: float, threshold_v: float) -> float:
    """Move a neuron on by `dt_us`, or to where it crosses the threshold: the time until then, or NOT_CROSSED."""
    v_begin = float(state.values[V * neurons + n])
    v_linear = v_begin + _linear(state, n, mode, v_begin, dt_us)
    passed, v_end = NOT_CROSSED, v_linear
    if v_linear > threshold_v:
        passed = dt_us * min(max((threshold_v - v_begin) / max(v_linear - v_begin, 1e-12), 0.0), 1.0)
    elif state.parameter[RATE_EXP_OF + mode, n] > 0:
        v_end = v_linear + _exponential(state, n, mode, v_linear, dt_us)
        if v_end > threshold_v:
            passed = _until(state, n, mode, v_linear, threshold_v, dt_us)
    if passed != NOT_CROSSED:
        v_end = threshold_v
    _pass_time(state, n, dt_us if passed == NOT_CROSSED else passed, v_begin)
    state.values[V * neurons + n] = min(max(v_end, V_FLOOR), V_CEILING)
    return passed


@inner
def _linear(state: NeuronState, n: int, mode: int, v: float, dt_us: float) -> float:
    """What leak or reset, inputs, offset and adaptation add to the membrane."""
    own, values = state.parameter, state.values
    tau = own[TAU_OF + mode, n]
    share = -math.expm1(-dt_us / tau)
    reach = own[RANGE_OF + mode, n]
    leak = share * min(max(own[REVERSAL_OF + mode, n] - v, -reach), reach)
    first = min(values[I_EXC * neurons + n], values[SATURATION_EXC * neurons + n])
    first *= own[GAIN_EXC_OF + mode, n] * response(dt_us, tau, own[TAU_EXC, n])
    first *= 1 - (v - values[COBA_EXC_FROM * neurons + n]) * values[COBA_EXC * neurons + n]
    second = min(values[I_INH * neurons + n], values[SATURATION_INH * neurons + n])
    second *= own[GAIN_INH_OF + mode, n] * response(dt_us, tau, own[TAU_INH, n])
    second *= 1 + (v - values[COBA_INH_FROM * neurons + n]) * values[COBA_INH * neurons + n]
    rest = (own[CURRENT_OF + mode, n] - own[PULL_W, n] * values[W * neurons + n]) * tau * share
    rising = max(leak, 0.0) + max(first, 0.0) + max(second, 0.0) + max(rest, 0.0)
    falling = min(leak, 0.0) + min(first, 0.0) + min(second, 0.0) + min(rest, 0.0)
    return float(rising * below_ceiling(np.float32(v)) + falling * above_floor(np.float32(v)))


@inner
def _exponential(state: NeuronState, n: int, mode: int, v: float, dt_us: float) -> float:
    """What the exponential current adds."""
    up = float(below_ceiling(np.float32(v)))
    slope = float(state.values[SLOPE * neurons + n])
    exponent = min((v - state.values[ONSET_EXP * neurons + n]) / slope, _steepest)
    x = state.parameter[RATE_EXP_OF + mode, n] * dt_us * up * math.exp(exponent)
    most = state.parameter[SLEW_EXP, n] * dt_us * up
    return float(min(-slope * math.log1p(-x), most)) if x < 1 else float(most)


@inner
def _until(state: NeuronState, n: int, mode: int, v: float, threshold_v: float, dt_us: float) -> float:
    """When the exponential current takes the membrane from `v` to the threshold."""
    slope, onset = float(state.values[SLOPE * neurons + n]), float(state.values[ONSET_EXP * neurons + n])
    up = max(float(below_ceiling(np.float32(v))), 1e-6)
    begin, end = min((v - onset) / slope, _steepest), min((threshold_v - onset) / slope, _steepest)
    free = (math.exp(-begin) - math.exp(-end)) / (state.parameter[RATE_EXP_OF + mode, n] * up)
    limited = (threshold_v - v) / (state.parameter[SLEW_EXP, n] * up)
    return min(max(free, limited), dt_us)


@inner
def _pass_time(state: NeuronState, n: int, dt_us: float, v: float) -> None:
    """Let lines decay and the adaptation follow the membrane, which was at `v`."""
    own, values = state.parameter, state.values
    w = float(values[W * neurons + n])
    goal = float(values[GAIN_W * neurons + n]) * (v - float(values[REST_W * neurons + n]))
    values[W * neurons + n] = w - math.expm1(-dt_us / own[TAU_W, n]) * (goal - w)
    values[I_EXC * neurons + n] *= math.exp(-dt_us / own[TAU_EXC, n])
    values[I_INH * neurons + n] *= math.exp(-dt_us / own[TAU_INH, n])
