"""The commands of the README and its numbers: every console block is run, in order, in one empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hicannx.tools.cli import main

root = Path(__file__).resolve().parent.parent.parent
readme = (root / "README.md").read_text()
blocks = re.findall(r"^```(\w+)\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)


def test_two_commands_set_everything_up() -> None:
    commands = [body.strip() for kind, body in blocks if kind == "sh"]
    assert len(commands) == 2
    assert all(one.count("\n") == 0 and one.startswith("python3 -m venv .venv && ") for one in commands)
    assert commands[0].endswith("hicannx run picture --out out")
    assert commands[1].endswith("-m pytest")


def test_the_first_screen_is_one_screen() -> None:
    assert len(readme.partition("# Tutorial")[0].splitlines()) <= 30


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (source,) = (body for kind, body in blocks if kind == "asm")
    Path("sum.s").write_text(source)
    commands = [line.removeprefix("$ ") for kind, body in blocks if kind == "console" for line in body.splitlines()]
    assert len(commands) > 8
    output = {}
    for command in commands:
        assert command.startswith("hicannx "), command
        assert main(shlex.split(command)[1:]) == 0, capsys.readouterr().err
        output[command] = capsys.readouterr().out
    assert "00000037" in output["hicannx ppu sum.bin"]
    made = {"first/raster.png", "first/result.npz", "second/result.npz", "picture.bits", "sum.bin", "sum.lst"}
    assert made <= {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}


def test_linked_files_exist() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", readme):
        assert (root / target).is_file(), target
