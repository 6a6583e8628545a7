"""The page on readout: its program assembles and runs, and measures the period of the chip's neuron."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hicannx.tools.cli import main

page = (Path(__file__).parents[2] / "docs" / "readout.md").read_text()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The period is that of figure single_neuron_lot, within 5 % (its levels and time constant were given)."""
    monkeypatch.chdir(tmp_path)
    ((name, body),) = re.findall(r"Put this into `([\w.]+)`:\n\n```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    Path(name).write_text(body)
    for line in (line for kind, body in blocks if kind == "console" for line in body.splitlines()):
        assert main(shlex.split(line.removeprefix("$ hicannx "))) == 0, capsys.readouterr().err
    capsys.readouterr()
    (program,) = (body for kind, body in blocks if kind == "python")
    exec(compile(program, "docs/readout.md", "exec"), {})
    printed = capsys.readouterr().out.strip()
    told = [float(one) for one in re.findall(r"[\d.]+", program.rpartition("# ")[2])]
    lowest, highest, period_us = (float(one) for one in re.findall(r"[\d.]+", printed))
    assert [lowest, highest, period_us] == pytest.approx(told, rel=0.005)
    assert period_us == pytest.approx(13.06, rel=0.05)
    assert lowest == pytest.approx(236, abs=8) and highest == pytest.approx(398, abs=8)
