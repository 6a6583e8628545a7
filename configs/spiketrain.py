"""Poisson spike trains on the grid of FPGA clock cycles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def poisson_trains(
    labels: Integers, rate_hz: float, from_cycle: int, until_cycle: int, cycle_hz: float, seed: list[int]
) -> tuple[Integers, Integers]:
    """Spike times in clock cycles, sorted, and their labels; one independent train a label.

    A train depends on the numbers in `seed` and its label alone, so that more labels leave the others as they were.
    """
    trains = [_poisson_train(rate_hz / cycle_hz, until_cycle - from_cycle, [*seed, int(label)]) for label in labels]
    times = np.concatenate([from_cycle + one for one in trains]) if trains else np.zeros(0, dtype=np.int64)
    names = np.repeat(labels, [len(one) for one in trains])
    order = np.argsort(times, kind="stable")
    return times[order], names[order]


def _poisson_train(rate: float, duration: int, seed: list[int]) -> Integers:
    if rate <= 0 or duration <= 0:
        return np.zeros(0, dtype=np.int64)
    generator = np.random.default_rng(seed)
    count = generator.poisson(rate * duration)
    return np.sort(generator.integers(0, duration, count))
