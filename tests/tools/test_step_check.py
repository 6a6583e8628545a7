"""How spikes of two steps are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.tools.cli import main
from hicannx.tools.step_check import match

_window = 100


def matched(first, second):
    left, right, count = match(np.array(first, np.int64), np.array(second, np.int64), _window)
    assert len(left) == len(right) == count
    return list(zip(left.tolist(), right.tolist()))


def test_spikes_are_matched_in_order():
    assert matched([0, 1000, 2000], [10, 990, 2100]) == [(0, 10), (1000, 990), (2000, 2100)]


def test_one_that_is_missing_leaves_the_others_with_their_own():
    assert matched([0, 50, 90], [52, 91]) == [(50, 52), (90, 91)]
    assert matched([52, 91], [0, 50, 90]) == [(52, 50), (91, 90)]


def test_what_is_far_off_is_not_the_same():
    assert matched([0, 500], [101, 500]) == [(500, 500)]
    assert matched([], [1]) == []


_trains = st.lists(st.integers(0, 3000), max_size=40).map(sorted)


@given(_trains, _trains)
def test_each_spike_is_matched_once_within_the_window(first, second):
    found = matched(first, second)
    assert all(abs(one - other) <= _window for one, other in found)
    assert [one for one, _ in found] == sorted(one for one, _ in found)
    assert len(found) <= min(len(first), len(second))
    assert matched(first, first) == list(zip(first, first))


_experiment = """
title: Neurons in a row
chip: chip.yaml
step: {step}
duration_ms: 0.3
timeout_ms: 1
raster: {{neurons: 4, bins: 1}}
"""
_chip = """
include: [picture_lif]
neuron_cells:
  - {at: 0..3, v_leak: "700 + 20 * neuron"}
"""


@pytest.fixture
def experiment(tmp_path):
    (tmp_path / "chip.yaml").write_text(_chip)

    def write(step):
        (tmp_path / "row.yaml").write_text(_experiment.format(step=step))
        return str(tmp_path / "row.yaml")

    return write


def test_the_check_of_an_experiment(experiment, capsys):
    assert main(["run", experiment("fast"), "--check-step", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["step_us"], found["half_step_us"]) == (0.1, 0.05)
    assert found["matched"] == sum(one["matched"] for one in found["neurons"]) > 30
    assert found["extra"] == found["missing"] == 0
    assert 0 < abs(found["largest_shift_us"]) < 0.05 * 30
    assert main(["run", experiment("fast"), "--check-step", "--step", "precise"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Neurons in a row", "steps of 20 ns and of 10 ns"]
    assert lines[3].startswith("largest shift")


def test_a_step_that_there_is_not(experiment, capsys):
    assert main(["run", experiment("slow")]) == 1
    assert "error[E200]: there is no analog step `slow`" in capsys.readouterr().err
    assert main(["run", experiment("fast"), "--step", "precis"]) == 1
    assert "help: did you mean `precise`?" in capsys.readouterr().err


def test_the_command_of_the_page(capsys):
    page = Path(__file__).resolve().parents[2] / "docs" / "analog.md"
    commands = re.findall(r"^\$ hicannx (.*)$", page.read_text(), re.MULTILINE)
    assert [main(one.split()) for one in commands] == [0]
    assert "only with the longer step" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--out", "here"], ["--profile"], ["--trace", "trace.txt"], ["--last", "3"]])
def test_a_check_writes_no_files(options, experiment, capsys):
    assert main(["run", experiment("fast"), "--check-step", *options]) == 1
    assert capsys.readouterr().err == (
        "error[T764]: `--check-step` only compares spikes\n"
        "  = help: run once more without it for files, traces and profiles\n"
    )
