"""The page about registers: its commands and its program run, and what it tells is so."""

from __future__ import annotations

import re

import pytest
from page import Page

from hicannx.regmodel.load import load_registers

page = Page("docs/registers.md")


def test_every_command_works(capsys: pytest.CaptureFixture[str]) -> None:
    output = page.run_commands(capsys)
    assert len(page.commands()) == 5
    assert "PPUControlRegister[0] at 0x02a00000" in "".join(output.values())


def test_the_program_runs() -> None:
    page.run_python()


def test_all_spaces_and_their_backends_are_told() -> None:
    buses = load_registers().buses
    rows = [line for line in page.text.splitlines() if line.startswith("| `")]
    for space in buses.spaces:
        (row,) = (one for one in rows if f"`{space}`" in one or any(space.startswith(start) for start in starts(one)))
        names = [name for name, one in buses.backends.items() if space in one.spaces]
        assert all(f"`{name}`" in row or any(name.startswith(one) for one in starts(row)) for name in names) or (
            "of the same name" in row and len(names) == 1
        )


def starts(row: str) -> list[str]:
    return re.findall(r"`([\w:]+)\.\.\.`", row)
