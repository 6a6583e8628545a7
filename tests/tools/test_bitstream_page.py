"""The page on bitstreams: its texts assemble, its commands work, its program does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from page import Page

from hicannx.tools.cli import main

page = Page("docs/bitstreams.md")


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert page.put_files() == ["first.txt", "answers.txt"]
    output = page.run_commands(capsys)
    assert len(output) == 7
    shown = output["hicannx bitstream show first.bits"]
    Path("again.txt").write_text(shown)
    assert main(["bitstream", "assemble", "again.txt", "-o", "again.bits"]) == 0
    assert Path("again.bits").read_bytes() == Path("first.bits").read_bytes()
    assert "write CrossbarNode[17] at 0x0013002a: mask=16383 target=3 enable_drop_counter=0\n" in shown
    assert "wait_until 1000  # 8 us\n" in shown
    assert output["hicannx bitstream show answers.bits --answers"].splitlines()[3] == (
        "spike_pack_1 label0=0x1234 time0=20  # cycle 10, on the chip 10, 0.08 us"
    )


def test_the_program_in_python_works() -> None:
    page.run_python()
