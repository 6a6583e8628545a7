"""Experiments that measure: what is printed, checked, drawn and kept; measurements and their arguments."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hicannx.configs.experiment import load_experiment
from hicannx.configs.shipped import shipped_names
from hicannx.tools.cli import main
from hicannx.tools.experiments.registry import measurements
from hicannx.tools.recording import record

small = """\
title: Two potentials
chip: two_sources
settle_ms: 0.2
duration_ms: 0.1
sweep: {values: {at: [10, 20]}}
stimulus: [{labels: 1, times_us: at}]
record: {v: {of: membrane, neurons: 0..1, every_us: 0.1}}
measure:
  psp: {by: psp.peaks, with: {of: v, at_us: 5, window_us: 90}}
  mine: {by: own.runs}
checks:
  - {quantity: psp.up, what: of the excited neuron, at_most: MOST, source: "nobody: a test"}
  - {quantity: mine, expect: 2, within: 0, source: "nobody: a test"}
picture:
  - {kind: traces, of: v, title: Membranes}
  - {kind: curve, y: [psp.up]}
  - {kind: raster}
  - {kind: rates, bin_us: 10}
  - {kind: matrix, of: psp.peak}
"""
own = """\
from hicannx.tools.experiments.registry import measurement

@measurement
def runs(recording):
    return len(recording.runs)
"""


def write(folder: Path, text: str = small, most: str = "100") -> str:
    (folder / "own.py").write_text(own)
    (folder / "small.yaml").write_text(text.replace("MOST", most))
    return str(folder / "small.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("matplotlib")
    found = tmp_path_factory.mktemp("measured")
    assert main(["run", write(found), "--out", str(found / "out"), "--json"]) == 0
    return found


def test_all_arrays_are_kept(folder: Path) -> None:
    with np.load(folder / "out" / "result.npz") as file:
        arrays = dict(file)
    first, second = (arrays[f"run{number}_trace_v"] for number in (0, 1))
    times = arrays["run0_trace_v_times_us"]
    assert len(times) == len(first) == len(second) == pytest.approx(1000, abs=2)
    assert np.diff(times) == pytest.approx(0.1) and 0 <= times[0] < 0.1
    onsets = [times[np.argmax(values[:, 0] - values[0, 0] > 1e-4)] for values in (first, second)]
    assert onsets[1] - onsets[0] == pytest.approx(10, abs=0.11)
    assert arrays["measured_at"].tolist() == [10, 20]
    assert arrays["measured_psp.up"].shape == (4,)
    assert arrays["run1_trace_v_neurons"].tolist() == [0, 1]


def test_the_picture_is_drawn(folder: Path) -> None:
    from PIL import Image

    with Image.open(folder / "out" / "picture.png") as picture:
        assert picture.format == "PNG" and picture.height > 1500
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50


def test_a_failed_check_is_told_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", write(tmp_path, most="10")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Two potentials"
    assert any(line.startswith("FAILED psp.up of the excited neuron: 24.") for line in lines)
    assert "ok     mine: 2, has to be 2 +- 0 (nobody: a test)" in lines
    assert main(["run", write(tmp_path, most="10"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["is_ok"] for one in told["checks"]] == [False, True]
    assert told["measured"]["mine"] == 2 and len(told["measured"]["psp.up"]) == 4


def test_without_matplotlib_the_numbers_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main(["run", write(tmp_path), "--out", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "ok     mine: 2" in told.out
    assert "error[T762]: pictures need matplotlib" in told.err
    assert "pip install hicannx[plot]" in told.err
    assert (tmp_path / "result.npz").exists()


@pytest.mark.parametrize(
    ("old", "new", "title", "help_text"),
    [
        ("own.runs", "own.run", "error[T760]: there is no measurement `own.run`", "did you mean `own.runs`?"),
        ("own.runs", "none.runs", "error[T760]: there is no measurement `none.runs`", "= help: "),
        ("at_us: 5, ", "", "error[T761]: `psp.peaks` needs `at_us`", "it takes of, at_us, window_us, unit"),
        ("at_us: 5", "at: 5", "error[T761]: `psp.peaks` does not take `at`", "it takes of, at_us, window_us, unit"),
    ],
)
def test_measurements_that_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, title: str, help_text: str
) -> None:
    assert main(["run", write(tmp_path, small.replace(old, new))]) == 1
    told = capsys.readouterr().err
    assert title in told and help_text in told


def test_a_picture_of_what_is_not_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    path = write(tmp_path, small.replace("y: [psp.up]", "y: [psp.upp]"))
    assert main(["run", path, "--out", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "error[T763]: the picture shows `psp.upp`, which is not measured" in told
    assert "did you mean `psp.up`?" in told


def test_the_list_has_all_titles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(shipped_names("experiments"))
    assert "psp_stacking" in lines[shipped_names("experiments").index("psp_stacking")]
    assert main(["run", "--list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["psp_stacking"] == "Postsynaptic potentials stack"


def test_every_measurement_is_used() -> None:
    used = {row.by for name in shipped_names("experiments") for row in load_experiment(name).measure.values()}
    assert set(measurements()) == used


def test_runs_on_one_chip_are_those_on_new_ones(tmp_path: Path) -> None:
    """All that a run leaves behind has decayed when the next one begins."""
    found: list[Any] = []
    for chip in ("same", "new"):
        path = write(tmp_path, small.replace("sweep: {values", f"sweep: {{chip: {chip}, values"))
        found.append(record(load_experiment(path)).trace("v").max(axis=1))  # samples have another phase
    assert found[0] == pytest.approx(found[1], abs=5e-5)
