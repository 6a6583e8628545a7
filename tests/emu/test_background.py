"""Background sources: rates, labels, and that only time decides what they do."""

from __future__ import annotations

import numpy as np
import pytest

from hicannx.emu.background import BackgroundState, emit_due, new_background, next_due, set_source
from hicannx.emu.eventqueue import new_queue, next_tick, pop
from hicannx.emu.state import NEVER
from hicannx.emu.wiring import CROSSBAR

_on = {"enable": 1, "enable_random": 1, "period": 10, "rate": 127, "seed": 5, "mask": 0, "neuron_label": 0x123}


def collect(background: BackgroundState, end: int) -> list[tuple[int, int, int]]:
    """Spikes before `end` as (tick, crossbar input, label)."""
    queue = new_queue(100_000)
    while next_due(background) < end:
        assert emit_due(background, queue, next_due(background))
    found = []
    while next_tick(queue) < NEVER:
        tick, kind, payload = pop(queue)
        assert kind == CROSSBAR
        found.append((tick, payload >> 16, payload & 0xFFFF))
    return found


def test_a_source_is_silent_until_enabled() -> None:
    background = new_background()
    assert next_due(background) == NEVER
    set_source(background, 2, {**_on, "enable": 0}, 0)
    assert next_due(background) == NEVER


def test_a_regular_source_spikes_every_period() -> None:
    background = new_background()
    set_source(background, 3, {**_on, "enable_random": 0, "period": 50, "rate": 255}, 1000)
    assert collect(background, 1500) == [(1000 + 100 * k, 15, 0x123) for k in range(1, 5)]


@pytest.mark.parametrize("rate", [1, 63, 127, 254, 255])
def test_a_random_source_has_its_rate_and_binomial_statistics(rate: int) -> None:
    background = new_background()
    set_source(background, 0, {**_on, "rate": rate}, 0)
    periods = 100_000
    ticks = np.array([tick for tick, _, _ in collect(background, periods * 20 + 1)])
    assert (ticks % 20 == 0).all()
    p = (rate + 1) / 256
    deviation = np.sqrt(periods * p * (1 - p))
    assert abs(len(ticks) - periods * p) <= 4 * deviation
    intervals = np.diff(ticks) // 20
    assert intervals.mean() == pytest.approx(1 / p, rel=0.15)
    assert intervals.var() == pytest.approx((1 - p) / p**2, rel=0.15, abs=1e-9)


def test_rate_zero_is_off() -> None:
    background = new_background()
    set_source(background, 0, {**_on, "rate": 0}, 0)
    assert next_due(background) == NEVER


def test_masked_label_bits_are_random_and_the_others_stay() -> None:
    background = new_background()
    set_source(background, 1, {**_on, "mask": 0x0F, "neuron_label": 0x2F5, "rate": 255}, 0)
    labels = np.array([label for _, _, label in collect(background, 20 * 16_000)])
    assert set(labels & ~0x0F) == {0x2F0}
    counts = np.bincount(labels & 0x0F, minlength=16)
    assert np.sum((counts - len(labels) / 16) ** 2 / (len(labels) / 16)) < 40  # chi-square, 15 degrees of freedom


def test_seeds_and_sources_give_different_spikes_and_the_same_seed_the_same() -> None:
    trains = []
    for source, seed in ((0, 5), (0, 5), (0, 6), (1, 5)):
        background = new_background()
        set_source(background, source, {**_on, "seed": seed}, 0)
        trains.append([tick for tick, _, _ in collect(background, 20_000)])
    assert trains[0] == trains[1]
    assert trains[0] != trains[2] and trains[0] != trains[3]


def test_a_split_run_equals_the_unsplit_run() -> None:
    whole, parts = new_background(), new_background()
    for background in (whole, parts):
        for source in range(8):
            set_source(background, source, {**_on, "period": 7 + source, "mask": 255, "seed": source}, 0)
    found = [spike for end in range(500, 20_001, 500) for spike in collect(parts, end)]
    assert found == collect(whole, 20_000)


def test_the_seed_is_taken_over_when_the_source_is_enabled() -> None:
    background = new_background()
    set_source(background, 0, _on, 0)
    set_source(background, 0, {**_on, "seed": 99}, 100)
    undisturbed = new_background()
    set_source(undisturbed, 0, _on, 0)
    assert collect(background, 5000) == collect(undisturbed, 5000)
    set_source(background, 0, {**_on, "enable": 0}, 5000)
    assert next_due(background) == NEVER
    set_source(background, 0, {**_on, "seed": 99}, 6000)
    assert collect(background, 12_000)[0][0] > 6000


def test_a_full_queue_stops_the_source_without_losing_a_spike() -> None:
    background = new_background()
    set_source(background, 0, {**_on, "rate": 255}, 0)
    small = new_queue(2)
    assert not emit_due(background, small, 100)
    assert [pop(small)[0], pop(small)[0]] == [20, 40]
    assert emit_due(background, small, 80)
    assert [pop(small)[0], pop(small)[0]] == [60, 80]
