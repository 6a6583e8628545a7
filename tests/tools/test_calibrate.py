"""A calibration of a whole virtual chip: distributions as the reference wants them, and what is written."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hicannx.configs.chip import load_config
from hicannx.diagnostic import DiagnosticError
from hicannx.emu.analog.state import V, row
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.instance import make_instance
from hicannx.regmodel.geometry import neuron_cell
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.tools.calibrate.bench import Bench
from hicannx.tools.calibrate.laws import leak_fields, line_fields
from hicannx.tools.calibrate.outcome import as_config, as_json, as_yaml, report, report_text
from hicannx.tools.calibrate.procedure import Outcome, calibrate
from hicannx.tools.calibrate.search import bisect, scale_to, shift_to
from hicannx.tools.calibrate.settings import choose_targets
from hicannx.tools.cli import main
from hicannx.tools.experiments.calibration import cells, leak_over_threshold, off_percent, spread_out, trimmed_std

Numbers = NDArray[np.float64]
_chip = {"seed": 5}


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """A calibrated chip on the bench; tests leave its codes as they were."""
    shares: list[float] = []
    found = calibrate(Chip(instance=make_instance(**_chip)), choose_targets({}), shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    return found


@pytest.fixture
def bench(outcome: Outcome) -> Iterator[Bench]:
    kept = {name: codes.copy() for name, codes in outcome.bench.cells.items()}
    yield outcome.bench
    changed = {name: codes for name, codes in kept.items() if (outcome.bench.cells[name] != codes).any()}
    outcome.bench.run(outcome.bench.changed(**changed))


def test_all_targets_are_reached(outcome: Outcome) -> None:
    rows = {one.name: one for one in report(outcome)}
    for name, one in rows.items():
        assert one.missed <= 5, name
        assert one.mean == pytest.approx(one.target, rel=0.03), name
    assert rows["leak_cadc"].std < 1
    assert rows["reset_cadc"].std < 1


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("leak_cadc", 0.30),
        ("reset_cadc", 0.20),
        ("threshold_cadc", 0.35),
        ("tau_mem_us", 0.45),
        ("tau_syn_exc_us", 0.20),
        ("tau_syn_inh_us", 0.20),
    ],
)
def test_v14_what_is_left_of_the_spreads(outcome: Outcome, bench: Bench, name: str, most: float) -> None:
    """Against the same chip whose neurons all have the median of the codes found (calix: test_neuron_distribution)."""
    before = spread_out(outcome, name, cells[name])
    assert trimmed_std(outcome.reached[name]) < most * trimmed_std(before)


def test_v13_thresholds_are_where_the_cadc_sees_them(outcome: Outcome) -> None:
    """By the peaks of spiking membranes, which the search did not use."""
    assert off_percent(outcome) < 5


def test_v15_leak_over_threshold(outcome: Outcome, bench: Bench) -> None:
    """The leak target at which the formula gives 100 kHz; more than 90 % of the neurons are within 0.9 to 1.15 of it."""
    rates = leak_over_threshold(outcome)
    assert ((rates > 0.9) & (rates < 1.15)).mean() > 0.9
    assert rates.mean() == pytest.approx(1, abs=0.05)


def test_the_configuration_is_read_back(outcome: Outcome, tmp_path: Path) -> None:
    path = tmp_path / "calibrated.yaml"
    path.write_text(as_yaml(outcome, "a chip"))
    again, own = load_config(path), as_config(outcome)
    assert dict(again.writes) == dict(own.writes)
    cells = again.settings["CapMemCell"].values["value"]
    assert (cells[neuron_cell("v_leak")] == outcome.bench.cells["v_leak"]).all()
    assert path.read_text().startswith("# Calibration of a chip: leak_cadc 80, reset_cadc 70, threshold_cadc 125, ")


def test_another_chip_of_that_seed_does_the_same_with_it(outcome: Outcome, tmp_path: Path) -> None:
    path = tmp_path / "calibrated.yaml"
    path.write_text(as_yaml(outcome, "a chip"))
    chip, builder = Chip(instance=make_instance(**_chip), noise=False), ProgramBuilder()
    load_config(path).write_to(builder)
    builder.setup_timer()
    builder.wait_until(125 * 300)
    builder.halt()
    run_playback(chip, builder.to_bytes())
    rest = (row(chip.world.neurons, V) - 0.06) / 4.5e-3
    assert rest.std() < 12  # the CADC has offsets and gains of its own, which the codes make up for
    assert abs(rest.mean() - 80) < 6


def test_the_report(outcome: Outcome) -> None:
    lines = report_text(outcome).splitlines()
    assert lines[0].split() == ["target", "mean", "std", "lowest", "highest", "missed"]
    assert lines[1].split()[:2] == ["leak_cadc", "80"]
    told = as_json(outcome)
    assert len(told["reached"]["tau_mem_us"]) == 512
    assert [one["name"] for one in told["targets"]] == list(outcome.targets)
    json.dump(told, io.StringIO())
    assert told["chip_ms"] < 400


# ---- parts


def test_a_bisection_finds_the_last_code_below() -> None:
    wanted = np.array([0, 1, 511, 512, 1021, 700])
    found = bisect(np.zeros(6, np.int64), np.full(6, 1023), lambda codes: codes <= wanted)
    assert (found == wanted).all()


def test_searches_reach_straight_lines_and_powers() -> None:
    offsets = np.array([-30.0, 0.0, 25.0])
    assert shift_to(np.full(3, 500), 80.0, 0.4, 2, lambda one: 0.4 * one + offsets).tolist() == [275, 200, 138]
    gains = np.array([0.5, 1.0, 2.0])
    codes = scale_to(np.full(3, 80), 10.0, -0.72, 4, lambda one: 242 * (gains * one) ** -0.72)
    assert 242 * (gains * codes) ** -0.72 == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--set", "leak=80"], "error[T742]: a calibration has no target `leak`"),
        (["--set", "leak_cadc=low"], "error[T742]: `--set leak_cadc=low` does not give a number to a target"),
        (["--set", "tau_mem_us=100"], "error[T743]: the target tau_mem_us = 100 is out of reach"),
        (["--set", "threshold_cadc=70"], "error[T743]: the threshold has to be at least 5 counts above the reset"),
        (["--chip", "none.npz"], "error[T102]: cannot read `none.npz`: no such file or directory"),
        (["--calibrated"], "error[T740]: `--calibrated` is for the chip of a seed"),
    ],
)
def test_what_cannot_be_calibrated_is_told(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "-o", "none.yaml", *options]) == 1
    assert capsys.readouterr().err.splitlines()[0] == told


def test_targets_out_of_reach_of_all_switches_are_told() -> None:
    switches: dict[str, Any] = leak_fields(0.5)[0]
    assert switches["enable_leak_multiplication"] == 1
    assert leak_fields(50)[0]["enable_leak_division"] == 1
    assert line_fields("exc", 1.0)[0] == {"enable_synaptic_input_excitatory_high_resistance": 0}
    with pytest.raises(DiagnosticError) as caught:
        line_fields("inh", 0.1)
    assert caught.value.diagnostics[0].title == "the target tau_syn_inh_us = 0.1 is out of reach"
