"""Monitors: samples are the state behind each step, also where neurons are at rest, and watching changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

from hicannx.configs.experiment import load_experiment
from hicannx.diagnostic import DiagnosticError
from hicannx.emu import monitor as monitors
from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.state import EXC, I_EXC, V, row
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.monitor import monitored
from hicannx.tools.experiment_program import compile_experiment

_step_us = 0.05


@pytest.fixture
def chip() -> Chip:
    """Neurons 0 and 1 of `two_sources`, at rest."""
    found = Chip()
    run_playback(found, compile_experiment(load_experiment("psp_stacking")).data)
    return found


def begin(chip: Chip) -> int:
    """The next tick at which a sample of 0.2 us is taken."""
    tick = -(-chip.now_tick // 100) * 100
    chip.advance(tick)
    return tick


def test_samples_are_the_state_behind_each_step(chip: Chip) -> None:
    start = begin(chip)
    inject(chip.world.neurons, EXC, 0, 63, 0)
    with monitored(chip, [0, 1], ["membrane", "excitatory_current"], 0.2) as monitor:
        expected = []
        for k in range(200):
            chip.advance(start + 100 * k + 1)
            expected.append((row(chip.world.neurons, V)[0], row(chip.world.neurons, I_EXC)[0]))
    v, line = monitor.trace("membrane"), monitor.trace("excitatory_current")
    assert v.values.shape == (200, 2) and (v.unit, line.unit) == ("V", "nA")
    assert v.times_us == pytest.approx(start * 2e-3 + 0.2 * np.arange(200))
    assert np.array_equal(np.stack([v.values[:, 0], line.values[:, 0]], axis=1), np.array(expected, np.float32))
    assert v.values[:, 0].max() - v.values[0, 0] > 0.05 and np.ptp(v.values[:, 1]) < 1e-6


def test_neurons_at_rest_are_sampled_too(chip: Chip) -> None:
    chip.advance(chip.now_tick + 2_000_000)
    start = begin(chip)
    with monitored(chip, 0, ["membrane"]) as monitor:
        chip.advance(start + 10_000_000)
        assert not monitor._values  # nothing was to be taken: a row stands for a long rest
        ring = int(chip.world.monitor.control[1])
        assert ring < 100
    found = monitor.trace("membrane")
    assert len(found.times_us) == pytest.approx(400_000, abs=2)
    assert np.diff(found.times_us) == pytest.approx(_step_us)
    assert np.ptp(found.values) < 1e-6


def test_a_full_ring_loses_nothing_and_changes_nothing(chip: Chip, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = compile_experiment(load_experiment("leak_over_threshold"))
    results, traces = [], []
    for floats in (1 << 18, 64, 0):
        monkeypatch.setattr(monitors, "_floats", floats)
        chip = Chip()
        if not floats:
            results.append(run_playback(chip, compiled.data))
            continue
        with monitored(chip, range(10), ["membrane"]) as monitor:
            results.append(run_playback(chip, compiled.data))
        traces.append(monitor.trace("membrane"))
    assert len(results[0].spike_ticks) > 150
    for one in results[1:]:
        assert np.array_equal(one.spike_ticks, results[0].spike_ticks)
        assert np.array_equal(one.spike_labels, results[0].spike_labels)
    assert np.array_equal(traces[0].values, traces[1].values)
    assert np.array_equal(traces[0].times_us, traces[1].times_us)


def test_a_window_counts_from_where_it_is_wanted(chip: Chip) -> None:
    start = begin(chip)
    with monitored(chip, 0, ["membrane"], 0.2) as monitor:
        chip.advance(start + 1000)
    zero = start * 2e-3
    found = monitor.trace("membrane").between(zero + 0.5, zero + 1.3, zero)
    assert found.times_us == pytest.approx([0.6, 0.8, 1.0, 1.2])
    assert "<svg" in found._repr_html_() and "membrane of 1 neurons, 4 samples" in found._repr_html_()


@pytest.mark.parametrize(
    ("chosen", "names", "code", "title"),
    [
        (0, ["voltage"], "E170", "neurons have no quantity `voltage`"),
        ([3, 512], ["membrane"], "E171", "there is no such neuron to monitor"),
        (-1, ["membrane"], "E171", "there is no such neuron to monitor"),
        ([True, False], ["membrane"], "E171", "there is no such neuron to monitor"),
    ],
)
def test_what_cannot_be_watched(chip: Chip, chosen: object, names: list[str], code: str, title: str) -> None:
    with pytest.raises(DiagnosticError) as error, monitored(chip, chosen, names):
        pass
    assert [(one.code, one.title) for one in error.value.diagnostics] == [(code, title)]


def test_one_monitor_at_a_time(chip: Chip) -> None:
    with monitored(chip, 0, ["membrane"]):
        with pytest.raises(DiagnosticError) as error, monitored(chip, 1, ["membrane"]):
            pass
        assert error.value.diagnostics[0].code == "E172"
    with monitored(chip, 1, ["membrane"]):
        pass


def test_samples_so_far_are_there_inside_the_block(chip: Chip) -> None:
    start = begin(chip)
    with monitored(chip, 0, ["membrane"], 0.2) as monitor:
        chip.advance(start + 501)
        assert len(monitor.trace("membrane").times_us) == 6
        chip.advance(start + 1001)
        assert len(monitor.trace("membrane").times_us) == 11
    assert len(monitor.trace("membrane").times_us) == 11


def test_what_is_not_watched_has_no_trace(chip: Chip) -> None:
    with monitored(chip, 0, ["membrane"]) as monitor, pytest.raises(DiagnosticError) as error:
        monitor.trace("adaptation")
    assert [(one.code, one.title) for one in error.value.diagnostics] == [("E173", "`adaptation` is not monitored")]
