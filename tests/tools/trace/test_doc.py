"""docs/tracing.md: its commands are run in order, and what it says of their output is so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from page import Page

page = Page("docs/tracing.md")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert page.put_files() == ["squares.s"]
    return tmp_path


def test_every_command_does_what_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = page.run_commands(capsys)
    assert len(page.commands()) == 7
    (sample,) = page.bodies("text")
    lines = [line.split()[1:] for line in sample.splitlines()]
    trace = (folder / "squares.txt").read_text()
    assert [line.split()[1:] for line in trace.splitlines()[:3]] == lines
    total = sum(number * number for number in range(1, 11))
    assert f"[00000400] <- {total:08x}" in trace and f"`[00000400] <- {total:08x}` a\nstore" in page.text
    assert "square" in output["hicannx ppu squares.s --profile"]
    assert "mullw" in (folder / "squares.prof").read_text()
    assert json.loads((folder / "profile.json").read_text())["top"]["instructions"] == len(trace.splitlines())
    coverage = (folder / "squares.info").read_text().splitlines()
    assert {"BRDA:8,0,0,0", "DA:10,1", "DA:11,0", "DA:12,0"} <= set(coverage)


def test_the_example_in_python(capsys: pytest.CaptureFixture[str]) -> None:
    page.run_python()
    assert capsys.readouterr().out.endswith("[0 4 8]\n")
