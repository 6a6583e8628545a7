"""The page on virtual chips: its commands work, in order, and its files are read."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from hicannx.emu.analog.state import NOISY, SEED
from hicannx.emu.chip import Chip
from hicannx.tools.cli import main

page = (Path(__file__).parents[2] / "docs" / "virtual-chips.md").read_text()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ((name, body),) = re.findall(r"Put this into `([\w.]+)`:\n\n```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    Path(name).write_text(body)
    output = {}
    for line in (line for kind, body in blocks if kind == "console" for line in body.splitlines()):
        assert main(shlex.split(line.removeprefix("$ hicannx "))) == 0, capsys.readouterr().err
        output[line] = capsys.readouterr().out
    assert len(output) == 7
    (shown,) = (body for kind, body in blocks if kind == "text")
    assert output["$ hicannx chip show chip.npz"].startswith(shown)
    spreads = json.loads(output["$ hicannx chip show chip.npz --json"])["spreads"]
    assert spreads[0]["table_within"] == 34
    reached = json.loads(Path("reached.json").read_text())
    assert all(one["missed"] == 0 for one in reached["targets"])
    assert sum(reached["reached"]["tau_mem_us"]) / 512 == pytest.approx(15, rel=0.02)
    assert "reads        0" in output["$ hicannx bitstream run mine.bits --chip chip.npz"]


def test_the_lines_in_python_work() -> None:
    (program,) = (body for kind, body in blocks if kind == "python")
    space: dict[str, object] = {}
    exec(compile(program, "docs/virtual-chips.md", "exec"), space)
    chip = space["chip"]
    assert isinstance(chip, Chip)
    assert chip.world.neurons.counts[[SEED, NOISY]].tolist() == [7, 1]
