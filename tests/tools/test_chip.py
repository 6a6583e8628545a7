"""The command `hicannx chip`, and the options and keys that choose a virtual chip."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from hicannx.configs.experiment import load_experiment
from hicannx.diagnostic import DiagnosticError
from hicannx.emu.analog.state import NOISY, SEED
from hicannx.tools import chip_choice, chip_spreads
from hicannx.tools.chip_choice import ChipChoice, read_choice, with_experiment
from hicannx.tools.cli import main

_head = "title: x\nchip: picture\nduration_ms: 1\ntimeout_ms: 2\nraster: {neurons: 1, bins: 1}\n"


@pytest.fixture
def chip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "chip.npz"
    assert main(["chip", "new", "--seed", "4", "--out", str(path)]) == 0
    capsys.readouterr()
    return path


def test_new_and_show_print_the_same(chip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chip", "show", str(chip)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "virtual chip of seed 4, as it comes"
    (row,) = (line.split() for line in lines if line.startswith("i_bias_leak "))
    assert row[3] == "(12"
    assert float(row[1]) == pytest.approx(12, rel=0.1)
    (row,) = (line.split() for line in lines if line.startswith("channel_offset "))
    assert row[2] == "(10)"
    assert row[-1] == "counts"


def test_show_as_json(chip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chip", "show", str(chip), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seed"], told["is_calibrated"]) == (4, False)
    rows = {one["name"]: one for one in told["spreads"]}
    assert rows["sensor_tau"]["within"] == pytest.approx(0.35, rel=0.02)


def test_a_calibrated_chip_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chip", "new", "--seed", "4", "--calibrated", "--out", str(tmp_path / "a.npz"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["is_calibrated"]
    rows = {one["name"]: one for one in told["spreads"]}
    assert rows["v_leak"]["table_within"] == pytest.approx(0.3 * 34)
    assert rows["v_leak"]["within"] == pytest.approx(0.3 * 34, rel=0.1)


def test_histograms(chip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "chip.png"
    assert main(["chip", "show", str(chip), "--picture", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_histograms_need_matplotlib(
    chip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chip_spreads, "find_spec", lambda name: None)
    assert main(["chip", "show", str(chip), "--picture", str(tmp_path / "chip.png")]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "error[T741]: histograms need matplotlib, which is not installed",
        "  = help: install it with `pip install 'hicannx[plot]'`",
    ]


def test_a_file_that_holds_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "chip.npz"
    path.write_bytes(b"no chip")
    for words in (["chip", "show", str(path)], ["serve", "--chip", str(path)]):
        assert main(words) == 1
        assert capsys.readouterr().err.splitlines() == [
            f"error[E180]: `{path}` holds no virtual chip",
            "  = help: make one with `hicannx chip new --seed 1 --out chip.npz`",
        ]


def choice(*words: str, experiment: Path | None = None) -> ChipChoice:
    parser = argparse.ArgumentParser()
    chip_choice.add_arguments(parser)
    return read_choice(parser.parse_args(words), load_experiment(str(experiment)) if experiment else None)


def test_options_choose_a_chip(chip: Path) -> None:
    assert choice() == chip_choice.nominal
    assert choice("--chip-seed", "3", "--calibrated") == ChipChoice(seed=3, is_calibrated=True)
    assert choice("--no-noise", "--chip", str(chip)) == ChipChoice(file=str(chip), noise=False)
    with pytest.raises(DiagnosticError) as caught:
        choice("--calibrated", "--chip", str(chip))
    assert caught.value.diagnostics[0].title == "`--calibrated` is for the chip of a seed"


def test_experiments_choose_a_chip(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(_head + "virtual_chip: {seed: 3, calibrated: true}\nnoise: false\nnoise_seed: 7\n")
    assert choice(experiment=path) == ChipChoice(None, 3, True, False, 7)
    assert choice("--chip-seed", "4", "--noise", experiment=path) == ChipChoice(None, 4, False, True, 7)
    path.write_text(_head + "virtual_chip: {file: here.npz}\n")
    found = with_experiment(chip_choice.nominal, load_experiment(str(path)))
    assert found == ChipChoice(file=str(tmp_path / "here.npz"))


@pytest.mark.parametrize("keys", ["seed: 3, file: a.npz", "calibrated: true", "file: a.npz, calibrated: true"])
def test_an_experiment_that_chooses_two_chips_is_told(tmp_path: Path, keys: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(_head + f"virtual_chip: {{{keys}}}\n")
    with pytest.raises(DiagnosticError) as caught:
        load_experiment(str(path))
    (found,) = caught.value.diagnostics
    assert found.code == "C203"
    assert found.title == "a virtual chip has either a seed or a file, and only that of a seed may be `calibrated`"


def test_a_run_takes_the_chip(chip: Path) -> None:
    made = ChipChoice(file=str(chip), noise_seed=9).make()
    assert made.instance is not None
    assert (made.world.chip.variation.capacitor == made.instance.arrays["capacitor"]).all()
    assert made.world.chip.variation.capacitor.std() > 0.01
    assert made.world.neurons.counts[[SEED, NOISY]].tolist() == [9, 1]
    plain = ChipChoice().make()
    assert plain.instance is None
    assert np.ptp(plain.world.chip.variation.capacitor) == 0
