"""Poisson trains: rate, independence, and what a seed changes."""

from __future__ import annotations

import numpy as np

from hicannx.configs.spiketrain import poisson_trains

cycle_hz = 125e6


def trains(labels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return poisson_trains(np.arange(labels), 20e3, 0, 12_500_000, cycle_hz, [seed])


def test_rate_and_order() -> None:
    times, labels = trains(64, 1)
    assert abs(len(times) - 64 * 2000) < 5 * np.sqrt(64 * 2000)
    assert np.all(np.diff(times) >= 0)
    assert times.min() >= 0 and times.max() < 12_500_000
    intervals = np.diff(times[labels == 3])
    assert abs(intervals.std() / intervals.mean() - 1) < 0.1  # an exponential distribution


def test_a_label_has_its_own_train() -> None:
    few, all_of_them = trains(2, 1), trains(64, 1)
    assert np.array_equal(few[0][few[1] == 1], all_of_them[0][all_of_them[1] == 1])
    assert not np.array_equal(trains(1, 1)[0], trains(1, 2)[0])
    assert np.array_equal(trains(1, 2)[0], trains(1, 2)[0])


def test_nothing_without_rate_or_time() -> None:
    assert len(poisson_trains(np.arange(4), 0.0, 0, 100, cycle_hz, [1])[0]) == 0
    assert len(poisson_trains(np.arange(0), 1e3, 0, 100, cycle_hz, [1])[0]) == 0
