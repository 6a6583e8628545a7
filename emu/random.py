"""Random numbers without a state: a hash of (seed, unit, step), the same however a run is split or ordered.

Two rounds of the 64-bit finaliser of SplitMix (Steele, Lea and Flood, OOPSLA 2014) over a Weyl combination of the keys.
"""

from __future__ import annotations

import numpy as np

from hicannx.emu.kernelcache import njit

# The first unit of each source of noise; all draw with the same seed. Background sources have seeds of their own.
THRESHOLD_UNIT, MEMBRANE_UNIT, MADC_UNIT, DRIVER_UNIT, CADC_UNIT = (place << 20 for place in (1, 2, 3, 4, 8))

# fmt: off
_weyl_seed   = np.uint64(11400714819323198485)
_weyl_unit   = np.uint64(15111065706836454659)
_weyl_step   = np.uint64(10140184033053478359)
_multiplier1 = np.uint64(13787848793156543929)
_multiplier2 = np.uint64(10723151780598845931)
_even_bytes  = np.uint64(0x00FF00FF00FF00FF)
_sum_of_all  = np.uint64(0x0001000100010001)
# fmt: on


@njit
def _mix(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _multiplier1
    value = (value ^ (value >> np.uint64(27))) * _multiplier2
    return value ^ (value >> np.uint64(31))


@njit
def draw(seed: int, unit: int, step: int) -> np.uint64:
    """64 random bits for one step of one unit."""
    key = np.uint64(seed) * _weyl_seed + np.uint64(unit) * _weyl_unit
    return _mix(_mix(key) + np.uint64(step) * _weyl_step)


@njit
def draw_below(seed: int, unit: int, step: int, bound: int) -> int:
    """A uniform integer of 0 .. bound - 1 for bounds below 2**32; the bias is below bound / 2**32."""
    high = draw(seed, unit, step) >> np.uint64(32)
    return int((high * np.uint64(bound)) >> np.uint64(32))


@njit
def draw_uniform(seed: int, unit: int, step: int) -> float:
    """A uniform number in [0, 1) with 53 random bits."""
    return float(draw(seed, unit, step) >> np.uint64(11)) * 2.0**-53


@njit
def draw_normal(seed: int, unit: int, step: int) -> float:
    """A standard normal number (Box and Muller from steps 2 step and 2 step + 1)."""
    radius = np.sqrt(-2.0 * np.log(1.0 - draw_uniform(seed, unit, 2 * step)))
    return float(radius * np.cos(2.0 * np.pi * draw_uniform(seed, unit, 2 * step + 1)))


@njit
def draw_nearly_normal(seed: int, unit: int, step: int) -> float:
    """A number of mean 0 and variance 1, within 4.88 deviations: the sum of the bytes of one draw, in a few cycles."""
    bits = draw(seed, unit, step)
    pairs = (bits & _even_bytes) + ((bits >> np.uint64(8)) & _even_bytes)
    return (float((pairs * _sum_of_all) >> np.uint64(48)) - _mean_of_bytes) * _per_deviation


_mean_of_bytes = 8 * 255 / 2
_per_deviation = float(1 / np.sqrt(8 * (256**2 - 1) / 12))
