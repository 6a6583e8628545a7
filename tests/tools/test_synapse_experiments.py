"""Experiments of synapses, plasticity and networks: their checks hold; the long one in a short form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.configs.check import verdict
from hicannx.configs.experiment import load_experiment
from hicannx.configs.shipped import find_shipped
from hicannx.tools.cli import main
from hicannx.tools.experiments.registry import measure
from hicannx.tools.recording import record


def measured(name: str, seed: int = 1) -> Mapping[str, Any]:
    """What an experiment measures; all of its checks hold."""
    experiment = load_experiment(name, seed=seed)
    found = measure(record(experiment))
    assert experiment.checks
    assert [one.as_text() for one in (verdict(check, found) for check in experiment.checks) if not one.is_ok] == []
    return found


def test_stdp() -> None:
    """The causal window is the mirror of the acausal one, and falls on either side."""
    found = measured("stdp")
    delays, causal, acausal = (found[f"window.{name}"] for name in ("delay_us", "causal", "acausal"))
    assert (np.diff(causal[delays > 0]) <= 0).all() and (np.diff(acausal[delays < 0]) >= 0).all()
    assert not causal[delays < 0].any() and not acausal[delays > 0].any()


def test_stp() -> None:
    found = measured("stp")
    assert found["depressing.recovered"] == pytest.approx(np.sort(found["depressing.recovered"]))
    assert found["facilitating.recovered"] == pytest.approx(np.sort(found["facilitating.recovered"])[::-1])


def test_vmm() -> None:
    """Without input nothing comes out; the inhibitory rows are as strong as the excitatory ones."""
    found = measured("vmm")
    assert found["product.nothing"] <= 1
    assert found["product.by_minus_63"] == pytest.approx(-found["product.by_63"], abs=5)
    assert (np.diff(found["product.by_63"]) >= 0).all()


def test_vmm_noise() -> None:
    """Columns differ in their gain by more than their offsets are away from zero."""
    found = measured("vmm_noise")
    assert found["repeated.offset_std"] < 2
    assert (found["repeated.std"] > 0.5).all() and (found["repeated.mean"] > 25).all()


def test_driver_mismatch() -> None:
    """Each driver's results grow with the activation, within the noise, and no two drivers are alike."""
    found = measured("driver_mismatch")
    amplitude = found["drivers.amplitude"]
    assert amplitude.shape == (31, 128)
    assert (amplitude[30] > amplitude[15] + 5).all() and (amplitude[15] > amplitude[0] + 5).all()
    order = np.corrcoef(amplitude[14], amplitude[29])[0, 1]
    assert order > 0.5  # what differs belongs to the driver


def test_poisson_rates() -> None:
    assert (np.diff(measured("poisson_rates")["rates.khz"]) > -0.5).all()


def test_synfire() -> None:
    found = measured("synfire")
    assert np.diff(found["chain.first_us"]) == pytest.approx([found["chain.delay_us"]] * 15, rel=0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sudoku(seed: int) -> None:
    """Whatever the noise, and with winners that have more than half of the spikes of their cells."""
    assert measured("sudoku", seed)["solution.certainty"] > 0.5


@pytest.mark.slow
def test_homeostasis() -> None:
    measured("homeostasis")


def test_homeostasis_of_a_tenth_of_a_second_from_a_weight_below(tmp_path: Path) -> None:
    text = find_shipped("experiments", "homeostasis").read_text()
    for old, new in (
        ("updates: 100", "updates: 9"),
        ("times: 100", "times: 9"),
        ("duration_ms: 1000.5", "duration_ms: 90.5\nsweep: {values: {start_weight: [20]}}"),
        ("skip: 60", "skip: 7"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "short.yaml"
    path.write_text(text.partition("checks:")[0])
    found = measure(record(load_experiment(str(path))))
    assert found["all.weight"].shape == found["all.rate_khz"].shape == (512, 10)
    assert (found["all.weight"][:, 0] == 20).all() and (found["all.weight"][:, 4] >= 23).all()
    assert found["all.population_weight"] == pytest.approx(24, abs=4)
    assert found["all.population_rate_khz"] == pytest.approx(6, abs=0.6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("at: top", "at: bottom", "error[C203]: no program runs on a processor named `bottom`"),
        ("memory: results", "memory: result", "error[T201]: the program has no symbol `result`"),
        ("{memory: results, at", "{at", "error[C203]: a reading is of a `register`, or of a `memory`"),
        ("count: 35", "count: some", "error[C205]: there are no data `some` for the symbol `count`"),
        ("count: 35", "count: [1, 2]", "error[T202]: 8 bytes of data do not fit into the 4 bytes at symbol `count`"),
    ],
)
def test_readings_and_data_of_kernels_that_are_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    text = find_shipped("experiments", "vmm").read_text()
    assert old in text
    (tmp_path / "vmm.yaml").write_text(text.replace(old, new))
    assert main(["run", str(tmp_path / "vmm.yaml")]) == 1
    assert message in capsys.readouterr().err
