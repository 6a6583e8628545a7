"""The page about registers: its commands and its program run, and what it tells is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hicannx.regmodel.load import load_registers
from hicannx.tools.cli import main

page = (Path(__file__).resolve().parent.parent.parent / "docs" / "registers.md").read_text()
blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_works(capsys: pytest.CaptureFixture[str]) -> None:
    commands = [line.removeprefix("$ ") for kind, body in blocks if kind == "console" for line in body.splitlines()]
    assert len(commands) == 5
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, capsys.readouterr().err
    assert "PPUControlRegister[0] at 0x02a00000" in capsys.readouterr().out


def test_the_program_runs() -> None:
    (program,) = (body for kind, body in blocks if kind == "python")
    exec(program, {})


def test_all_spaces_and_their_backends_are_told() -> None:
    buses = load_registers().buses
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for space in buses.spaces:
        (row,) = (one for one in rows if f"`{space}`" in one or any(space.startswith(start) for start in starts(one)))
        names = [name for name, one in buses.backends.items() if space in one.spaces]
        assert all(f"`{name}`" in row or any(name.startswith(one) for one in starts(row)) for name in names) or (
            "of the same name" in row and len(names) == 1
        )


def starts(row: str) -> list[str]:
    return re.findall(r"`([\w:]+)\.\.\.`", row)
