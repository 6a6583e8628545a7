"""A step of a block of neurons, in three depths; LLVM vectorises each, see tests/emu/test_packed.py.

All take the whole step at once: linear currents by propagators, then the exponential current by the closed form of its
flow, V' = V - D log(1 - x) with x = g dt / C exp((V - V_exp) / D). The adaptation goes half a step ahead of the
membrane: each follows from the other in its middle. What a simpler loop leaves out shows in the
potential that leaves the range LOW .. HIGH: such neurons are done again by `walk.walk`, one by one. They return 0 if
nothing is to be seen to.

- `linear_block`: leak or reset and two current-based inputs, exact. `exciting_block` is the same where only excitatory
  lines carry currents, all of them less than they can, and nothing pulls a potential below the range; `leaking_block`
  where no line carries any.
- `curved_block`: with exponential current and adaptation. `curved_exciting_block` is the same where only excitatory
  lines carry currents, all of them less than they can.
- `full_block`: with all limits of the circuit and conductance-based inputs. It counts neurons outside the range.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.bits import counted, exponential
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
    pitch,
)
from hicannx.emu.kernelcache import merged, packed

Values = NDArray[np.float32]

_none: Any = np.int32(0)
_zero, _one, _six, _three = np.float32(0), np.float32(1), np.float32(6), np.float32(3)
_floor, _ceiling = np.float32(V_FLOOR), np.float32(V_CEILING)
_most, _much = np.float32(0.9), np.float32(1e6)  # x reaches 1 where the potential diverges within the step
_lowest, _highest = np.float32(-80), np.float32(60)  # of the exponent, for numbers that are normal


@packed
def linear_block(values: Values) -> int:
    """See above."""
    hits = False
    for n in range(block_neurons):
        v = values[V * pitch + n]
        exc = values[I_EXC * pitch + n]
        inh = values[I_INH * pitch + n]
        values[V_BEFORE * pitch + n] = v
        first = values[KICK_EXC * pitch + n] * min(exc, values[SATURATION_EXC * pitch + n])
        second = values[KICK_INH * pitch + n] * min(inh, values[SATURATION_INH * pitch + n])
        v = v + (values[APPROACH * pitch + n] * (values[TARGET * pitch + n] - v) + first + second)
        values[V * pitch + n] = v
        values[I_EXC * pitch + n] = exc * values[DECAY_EXC * pitch + n]
        values[I_INH * pitch + n] = inh * values[DECAY_INH * pitch + n]
        hits |= (v > values[HIGH * pitch + n]) | (v < values[LOW * pitch + n])
    return int(hits)


@packed
def exciting_block(values: Values) -> int:
    """See above."""
    hits = False
    for n in range(block_neurons):
        v = values[V * pitch + n]
        exc = values[I_EXC * pitch + n]
        values[V_BEFORE * pitch + n] = v
        first = values[KICK_EXC * pitch + n] * exc
        v = v + (values[APPROACH * pitch + n] * (values[TARGET * pitch + n] - v) + first)
        values[V * pitch + n] = v
        values[I_EXC * pitch + n] = exc * values[DECAY_EXC * pitch + n]
        hits |= v > values[HIGH * pitch + n]
    return int(hits)


@merged
def leaking_block(values: Values) -> int:
    """See above. Nothing is contracted, as the sum with currents has it."""
    hits = False
    for n in range(block_neurons):
        v = values[V * pitch + n]
        values[V_BEFORE * pitch + n] = v
        v = v + values[APPROACH * pitch + n] * (values[TARGET * pitch + n] - v)
        values[V * pitch + n] = v
        hits |= v > values[HIGH * pitch + n]
    return int(hits)


@packed
def _minus_log(x: np.float32) -> np.float32:
    """-log(1 - x) of x from 0 on, wrong by 1e-3 at x = 0.5; more than any potential where it diverges or nearly so."""
    y = x * (_six - _three * x) / (_six - _six * x + x * x)
    return np.float32(y if x < _most else _much)


@packed
def curved_block(values: Values) -> int:
    """See above."""
    hits = False
    for n in range(block_neurons):
        exc = values[I_EXC * pitch + n]
        inh = values[I_INH * pitch + n]
        first = values[KICK_EXC * pitch + n] * min(exc, values[SATURATION_EXC * pitch + n])
        second = values[KICK_INH * pitch + n] * min(inh, values[SATURATION_INH * pitch + n])
        hits |= _bend(values, n, first + second)
        values[I_EXC * pitch + n] = exc * values[DECAY_EXC * pitch + n]
        values[I_INH * pitch + n] = inh * values[DECAY_INH * pitch + n]
    return int(hits)


@packed
def curved_exciting_block(values: Values) -> int:
    """See above."""
    hits = False
    for n in range(block_neurons):
        exc = values[I_EXC * pitch + n]
        hits |= _bend(values, n, values[KICK_EXC * pitch + n] * exc)
        values[I_EXC * pitch + n] = exc * values[DECAY_EXC * pitch + n]
    return int(hits)


@packed
def _bend(values: Values, n: int, lines: np.float32) -> Any:
    """Membrane and adaptation of a neuron; whether it leaves the range."""
    v, w = values[V * pitch + n], values[W * pitch + n]
    values[V_BEFORE * pitch + n] = v
    values[W_BEFORE * pitch + n] = w
    w = w + values[RATE_W * pitch + n] * (values[GAIN_W * pitch + n] * (v - values[REST_W * pitch + n]) - w)
    w = min(max(w, -_ceiling), _ceiling)  # a capacitor is not further from its reference than the supply
    values[W * pitch + n] = w
    kick = lines + values[KICK_W * pitch + n] * w
    v = v + (values[APPROACH * pitch + n] * (values[TARGET * pitch + n] - v) + kick)
    exponent = (v - values[ONSET_EXP * pitch + n]) * values[STEEPNESS * pitch + n]
    x = values[GROWTH * pitch + n] * exponential(min(max(exponent, _lowest), _highest))
    v = v + values[SLOPE * pitch + n] * _minus_log(x)
    values[V * pitch + n] = v
    return (v > values[HIGH * pitch + n]) | (v < values[LOW * pitch + n])


@packed
def full_block(values: Values) -> tuple[int, int]:
    """See above; whether a threshold is crossed, and how many neurons are outside the range."""
    crossed, strays = False, _none
    for n in range(block_neurons):
        v = values[V * pitch + n]
        exc = values[I_EXC * pitch + n]
        inh = values[I_INH * pitch + n]
        w = values[W * pitch + n]
        values[V_BEFORE * pitch + n] = v
        values[W_BEFORE * pitch + n] = w
        up, down = below_ceiling(v), above_floor(v)
        reach = values[REACH * pitch + n]
        leak = values[APPROACH * pitch + n] * min(max(values[REVERSAL * pitch + n] - v, -reach), reach)
        first = min(exc, values[SATURATION_EXC * pitch + n]) * values[KICK_EXC * pitch + n]
        first = first * (_one - (v - values[COBA_EXC_FROM * pitch + n]) * values[COBA_EXC * pitch + n])
        second = min(inh, values[SATURATION_INH * pitch + n]) * values[KICK_INH * pitch + n]
        second = second * (_one + (v - values[COBA_INH_FROM * pitch + n]) * values[COBA_INH * pitch + n])
        w = w + values[RATE_W * pitch + n] * (values[GAIN_W * pitch + n] * (v - values[REST_W * pitch + n]) - w)
        w = min(max(w, -_ceiling), _ceiling)  # a capacitor is not further from its reference than the supply
        values[W * pitch + n] = w
        rest = values[CONSTANT * pitch + n] + values[KICK_W * pitch + n] * w
        rising = max(leak, _zero) + max(first, _zero) + max(second, _zero) + max(rest, _zero)
        falling = min(leak, _zero) + min(first, _zero) + min(second, _zero) + min(rest, _zero)
        v = v + (rising * up + falling * down)
        exponent = (v - values[ONSET_EXP * pitch + n]) * values[STEEPNESS * pitch + n]
        x = values[GROWTH * pitch + n] * up * exponential(min(max(exponent, _lowest), _highest))
        rise = values[SLOPE * pitch + n] * _minus_log(x)
        v = min(max(v + min(rise, values[LIMIT_EXP * pitch + n] * up), _floor), _ceiling)
        values[V * pitch + n] = v
        values[I_EXC * pitch + n] = exc * values[DECAY_EXC * pitch + n]
        values[I_INH * pitch + n] = inh * values[DECAY_INH * pitch + n]
        crossed |= v > values[THRESHOLD * pitch + n]
        strays = counted(strays, (v > values[HIGH * pitch + n]) | (v < values[LOW * pitch + n]))
    return int(crossed), int(strays)
