"""The page on bitstreams: its texts assemble, its commands work, its program does what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hicannx.tools.cli import main

page = (Path(__file__).parents[2] / "docs" / "bitstreams.md").read_text()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    named = re.findall(r"Put this into `([\w.]+)`:\n\n```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in named] == ["first.txt", "answers.txt"]
    for name, body in named:
        Path(name).write_text(body)
    output = {}
    for line in (line for kind, body in blocks if kind == "console" for line in body.splitlines()):
        assert main(shlex.split(line.removeprefix("$ hicannx "))) == 0, capsys.readouterr().err
        output[line] = capsys.readouterr().out
    assert len(output) == 7
    shown = output["$ hicannx bitstream show first.bits"]
    Path("again.txt").write_text(shown)
    assert main(["bitstream", "assemble", "again.txt", "-o", "again.bits"]) == 0
    assert Path("again.bits").read_bytes() == Path("first.bits").read_bytes()
    assert "write CrossbarNode[17] at 0x0013002a: mask=16383 target=3 enable_drop_counter=0\n" in shown
    assert "wait_until 1000  # 8 us\n" in shown
    assert output["$ hicannx bitstream show answers.bits --answers"].splitlines()[3] == (
        "spike_pack_1 label0=0x1234 time0=20  # cycle 10, on the chip 10, 0.08 us"
    )


def test_the_program_in_python_works() -> None:
    (program,) = (body for kind, body in blocks if kind == "python")
    exec(compile(program, "docs/bitstreams.md", "exec"), {})
