"""Codes that reach a target, sought for all neurons at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hicannx.regmodel.transfer import highest_code
from hicannx.tools.calibrate.bench import Codes, Numbers

Measure = Callable[[Codes], Numbers]
Answer = npt.NDArray[np.bool_]


def shift_to(codes: Codes, target: Numbers | float, per_code: float, times: int, measure: Measure) -> Codes:
    """Codes of which the reading is a straight line with a known slope."""
    found = _within(codes)
    for _ in range(times):
        found = _within(found + (target - measure(found)) / per_code)
    return found


def scale_to(codes: Codes, target: float, exponent: float, times: int, measure: Measure) -> Codes:
    """Codes of which the reading is about a power; no step is more than a factor of 2."""
    for _ in range(times):
        factor = (target / measure(codes)) ** (1 / exponent)
        codes = np.maximum(_within(codes * np.clip(factor, 0.5, 2)), 1)
    return codes


def bisect(low: Codes, high: Codes, is_below: Callable[[Codes], Answer]) -> Codes:
    """The highest codes from `low` on for which the answer is that they are below what is sought, all at once."""
    steps = int(np.ceil(np.log2(np.max(high - low))))
    for _ in range(steps):
        middle = (low + high) // 2
        below = is_below(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low


def _within(codes: Codes | Numbers) -> Codes:
    found: Codes = np.clip(np.rint(codes), 0, highest_code).astype(np.int64)
    return found
