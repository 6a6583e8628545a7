"""The page on virtual chips: its commands work, in order, and its files are read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from page import Page

from hicannx.emu.analog.state import NOISY, SEED
from hicannx.emu.chip import Chip

page = Page("docs/virtual-chips.md")


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert page.put_files() == ["mine.yaml"]
    output = page.run_commands(capsys)
    assert len(output) == 7
    (shown,) = page.bodies("text")
    assert output["hicannx chip show chip.npz"].startswith(shown)
    spreads = json.loads(output["hicannx chip show chip.npz --json"])["spreads"]
    assert spreads[0]["table_within"] == 34
    reached = json.loads(Path("reached.json").read_text())
    assert all(one["missed"] == 0 for one in reached["targets"])
    assert sum(reached["reached"]["tau_mem_us"]) / 512 == pytest.approx(15, rel=0.02)
    assert "reads        0" in output["hicannx bitstream run mine.bits --chip chip.npz"]


def test_the_lines_in_python_work() -> None:
    chip = page.run_python()["chip"]
    assert isinstance(chip, Chip)
    assert chip.world.neurons.counts[[SEED, NOISY]].tolist() == [7, 1]
