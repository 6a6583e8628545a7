"""A step of a block of neurons, in three depths; LLVM vectorises each, see tests/emu/test_packed.py.

All take the whole step at once: linear currents by propagators, then the exponential current by the closed form of its
flow, V' = V - D log(1 - x) with x = g dt / C exp((V - V_exp) / D). The adaptation goes half a step ahead of the
membrane: each follows from the other in its middle. What a simpler loop leaves out shows in the
potential that leaves the range LOW .. HIGH: such neurons are done again by `walk.walk`, one by one. They return 0 if
nothing is to be seen to.

- `linear_block`: leak or reset and two current-based inputs, exact. `exciting_block` is the same where only excitatory
  lines carry currents, all of them less than they can, and nothing pulls a potential below the range.
- `curved_block`: with exponential current and adaptation. `curved_exciting_block` is the same where only excitatory
  lines carry currents, all of them less than they can.
- `full_block`: with all limits of the circuit and conductance-based inputs. It counts neurons outside the range.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.bits import exponential
from hicannx.emu.analog.rails import V_CEILING, V_FLOOR, above_floor, below_ceiling
from hicannx.emu.analog.state import (
    APPROACH,
    COBA_EXC,
    COBA_EXC_FROM,
    COBA_INH,
    COBA_INH_FROM,
    CONSTANT,
    DECAY_EXC,
    DECAY_INH,
    GAIN_W,
    GROWTH,
    HIGH,
    I_EXC,
    I_INH,
    KICK_EXC,
    KICK_INH,
    KICK_W,
    LIMIT_EXP,
    LOW,
    ONSET_EXP,
    RATE_W,
    REACH,
    REST_W,
    REVERSAL,
    SATURATION_EXC,
    SATURATION_INH,
    SLOPE,
    STEEPNESS,
    TARGET,
    THRESHOLD,
    V_BEFORE,
    W_BEFORE,
    V,
    W,
    block_neurons,
)
from hicannx.emu.kernelcache import packed
from hicannx.emu.wiring import neurons

Values = NDArray[np.float32]

_none: Any = np.int32(0)
_zero, _one, _six, _three = np.float32(0), np.float32(1), np.float32(6), np.float32(3)
_floor, _ceiling = np.float32(V_FLOOR), np.float32(V_CEILING)
_most, _much = np.float32(0.9), np.float32(1e6)  # x reaches 1 where the potential diverges within the step
_lowest, _highest = np.float32(-80), np.float32(60)  # of the exponent, for numbers that are normal


@packed
def linear_block(values: Values) -> int:
    """See above."""
    hits = _none
    for n in range(block_neurons):
        v = values[V * neurons + n]
        exc = values[I_EXC * neurons + n]
        inh = values[I_INH * neurons + n]
        values[V_BEFORE * neurons + n] = v
        first = values[KICK_EXC * neurons + n] * min(exc, values[SATURATION_EXC * neurons + n])
        second = values[KICK_INH * neurons + n] * min(inh, values[SATURATION_INH * neurons + n])
        v = v + (values[APPROACH * neurons + n] * (values[TARGET * neurons + n] - v) + first + second)
        values[V * neurons + n] = v
        values[I_EXC * neurons + n] = exc * values[DECAY_EXC * neurons + n]
        values[I_INH * neurons + n] = inh * values[DECAY_INH * neurons + n]
        hits |= np.int32(v > values[HIGH * neurons + n]) | np.int32(v < values[LOW * neurons + n])
    return int(hits)


@packed
def exciting_block(values: Values) -> int:
    """See above."""
    hits = _none
    for n in range(block_neurons):
        v = values[V * neurons + n]
        exc = values[I_EXC * neurons + n]
        values[V_BEFORE * neurons + n] = v
        first = values[KICK_EXC * neurons + n] * exc
        v = v + (values[APPROACH * neurons + n] * (values[TARGET * neurons + n] - v) + first)
        values[V * neurons + n] = v
        values[I_EXC * neurons + n] = exc * values[DECAY_EXC * neurons + n]
        hits |= np.int32(v > values[HIGH * neurons + n])
    return int(hits)


@packed
def _minus_log(x: np.float32) -> np.float32:
    """-log(1 - x) of x from 0 on, wrong by 1e-3 at x = 0.5; more than any potential where it diverges or nearly so."""
    y = x * (_six - _three * x) / (_six - _six * x + x * x)
    return np.float32(y if x < _most else _much)


@packed
def curved_block(values: Values) -> int:
    """See above."""
    hits = _none
    for n in range(block_neurons):
        exc = values[I_EXC * neurons + n]
        inh = values[I_INH * neurons + n]
        first = values[KICK_EXC * neurons + n] * min(exc, values[SATURATION_EXC * neurons + n])
        second = values[KICK_INH * neurons + n] * min(inh, values[SATURATION_INH * neurons + n])
        hits |= _bend(values, n, first + second)
        values[I_EXC * neurons + n] = exc * values[DECAY_EXC * neurons + n]
        values[I_INH * neurons + n] = inh * values[DECAY_INH * neurons + n]
    return int(hits)


@packed
def curved_exciting_block(values: Values) -> int:
    """See above."""
    hits = _none
    for n in range(block_neurons):
        exc = values[I_EXC * neurons + n]
        hits |= _bend(values, n, values[KICK_EXC * neurons + n] * exc)
        values[I_EXC * neurons + n] = exc * values[DECAY_EXC * neurons + n]
    return int(hits)


@packed
def _bend(values: Values, n: int, lines: np.float32) -> Any:
    """Membrane and adaptation of a neuron; whether it leaves the range."""
    v, w = values[V * neurons + n], values[W * neurons + n]
    values[V_BEFORE * neurons + n] = v
    values[W_BEFORE * neurons + n] = w
    w = w + values[RATE_W * neurons + n] * (values[GAIN_W * neurons + n] * (v - values[REST_W * neurons + n]) - w)
    w = min(max(w, -_ceiling), _ceiling)  # a capacitor is not further from its reference than the supply
    values[W * neurons + n] = w
    kick = lines + values[KICK_W * neurons + n] * w
    v = v + (values[APPROACH * neurons + n] * (values[TARGET * neurons + n] - v) + kick)
    exponent = (v - values[ONSET_EXP * neurons + n]) * values[STEEPNESS * neurons + n]
    x = values[GROWTH * neurons + n] * exponential(min(max(exponent, _lowest), _highest))
    v = v + values[SLOPE * neurons + n] * _minus_log(x)
    values[V * neurons + n] = v
    return np.int32(v > values[HIGH * neurons + n]) | np.int32(v < values[LOW * neurons + n])


@packed
def full_block(values: Values) -> tuple[int, int]:
    """See above; whether a threshold is crossed, and how many neurons are outside the range."""
    crossed, strays = _none, _none
    for n in range(block_neurons):
        v = values[V * neurons + n]
        exc = values[I_EXC * neurons + n]
        inh = values[I_INH * neurons + n]
        w = values[W * neurons + n]
        values[V_BEFORE * neurons + n] = v
        values[W_BEFORE * neurons + n] = w
        up, down = below_ceiling(v), above_floor(v)
        reach = values[REACH * neurons + n]
        leak = values[APPROACH * neurons + n] * min(max(values[REVERSAL * neurons + n] - v, -reach), reach)
        first = min(exc, values[SATURATION_EXC * neurons + n]) * values[KICK_EXC * neurons + n]
        first = first * (_one - (v - values[COBA_EXC_FROM * neurons + n]) * values[COBA_EXC * neurons + n])
        second = min(inh, values[SATURATION_INH * neurons + n]) * values[KICK_INH * neurons + n]
        second = second * (_one + (v - values[COBA_INH_FROM * neurons + n]) * values[COBA_INH * neurons + n])
        w = w + values[RATE_W * neurons + n] * (values[GAIN_W * neurons + n] * (v - values[REST_W * neurons + n]) - w)
        w = min(max(w, -_ceiling), _ceiling)  # a capacitor is not further from its reference than the supply
        values[W * neurons + n] = w
        rest = values[CONSTANT * neurons + n] + values[KICK_W * neurons + n] * w
        rising = max(leak, _zero) + max(first, _zero) + max(second, _zero) + max(rest, _zero)
        falling = min(leak, _zero) + min(first, _zero) + min(second, _zero) + min(rest, _zero)
        v = v + (rising * up + falling * down)
        exponent = (v - values[ONSET_EXP * neurons + n]) * values[STEEPNESS * neurons + n]
        x = values[GROWTH * neurons + n] * up * exponential(min(max(exponent, _lowest), _highest))
        rise = values[SLOPE * neurons + n] * _minus_log(x)
        v = min(max(v + min(rise, values[LIMIT_EXP * neurons + n] * up), _floor), _ceiling)
        values[V * neurons + n] = v
        values[I_EXC * neurons + n] = exc * values[DECAY_EXC * neurons + n]
        values[I_INH * neurons + n] = inh * values[DECAY_INH * neurons + n]
        crossed |= np.int32(v > values[THRESHOLD * neurons + n])
        strays += np.int32(v > values[HIGH * neurons + n]) + np.int32(v < values[LOW * neurons + n])
    return int(crossed), int(strays)
