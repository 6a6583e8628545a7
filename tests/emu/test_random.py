"""The counter-based generator: a function of its keys, with the statistics of independent numbers."""

from __future__ import annotations

import numpy as np
import pytest

from hicannx.emu.random import draw, draw_below, draw_nearly_normal, draw_normal, draw_uniform

_count = 20000


def test_the_same_keys_give_the_same_bits_in_any_order() -> None:
    forwards = [draw(3, 5, step) for step in range(100)]
    backwards = [draw(3, 5, step) for step in reversed(range(100))]
    assert forwards == backwards[::-1]


def test_neighbouring_keys_differ_in_half_of_their_bits() -> None:
    for other in ((4, 5, 6), (3, 6, 6), (3, 5, 7)):
        flipped = [
            bin(int(draw(3 + 9 * k, 5, 6)) ^ int(draw(other[0] + 9 * k, *other[1:]))).count("1") for k in range(400)
        ]
        assert np.mean(flipped) == pytest.approx(32, abs=0.8)


def test_uniform_numbers_fill_the_interval() -> None:
    numbers = np.array([draw_uniform(1, 2, step) for step in range(_count)])
    assert numbers.min() >= 0 and numbers.max() < 1
    assert numbers.mean() == pytest.approx(0.5, abs=0.01)
    counts = np.histogram(numbers, 20, (0, 1))[0]
    assert np.sum((counts - _count / 20) ** 2 / (_count / 20)) < 45  # chi-square, 19 degrees of freedom
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.03


def test_integers_below_a_bound_are_equally_likely() -> None:
    counts = np.bincount([draw_below(7, 0, step, 5) for step in range(_count)], minlength=5)
    assert len(counts) == 5
    assert np.sum((counts - _count / 5) ** 2 / (_count / 5)) < 20


def test_normal_numbers_have_their_moments() -> None:
    numbers = np.array([draw_normal(11, 1, step) for step in range(_count)])
    assert numbers.mean() == pytest.approx(0, abs=0.03)
    assert numbers.std() == pytest.approx(1, abs=0.02)
    assert np.mean(np.abs(numbers) > 1.96) == pytest.approx(0.05, abs=0.006)


def test_nearly_normal_numbers_have_the_moments_of_normal_ones() -> None:
    numbers = np.array([draw_nearly_normal(7, 3, step) for step in range(_count)])
    assert numbers.mean() == pytest.approx(0, abs=0.03)
    assert numbers.std() == pytest.approx(1, abs=0.02)
    assert (numbers**4).mean() == pytest.approx(3 - 1.2 / 8, abs=0.15)  # as a sum of eight has it
    assert abs(numbers).max() < 4.89
