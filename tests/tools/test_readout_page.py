"""The page on readout: its program assembles and runs, and measures the period of the chip's neuron."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page import Page

page = Page("docs/readout.md")


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The period is that of figure single_neuron_lot, within 5 % (its levels and time constant were given)."""
    monkeypatch.chdir(tmp_path)
    assert page.put_files() == ["neuron.txt"]
    page.run_commands(capsys)
    (program,) = page.bodies("python")
    page.run_python()
    printed = capsys.readouterr().out.strip()
    told = [float(one) for one in re.findall(r"[\d.]+", program.rpartition("# ")[2])]
    lowest, highest, period_us = (float(one) for one in re.findall(r"[\d.]+", printed))
    assert [lowest, highest, period_us] == pytest.approx(told, rel=0.005)
    assert period_us == pytest.approx(13.06, rel=0.05)
    assert lowest == pytest.approx(236, abs=8) and highest == pytest.approx(398, abs=8)
