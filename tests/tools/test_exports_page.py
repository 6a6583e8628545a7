"""The page on exports: its commands work, its program compiles, what it names exists."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from page import Page

from hicannx.tools.export.table import windows

page = Page("docs/exports.md")


def test_every_command_works_and_the_program_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    output = page.run_commands(capsys)
    assert len(page.commands()) == 9
    assert "".join(output.values()).count("PPUControlRegister[0] at 0x02a00000") == 2
    assert {one.name for one in tmp_path.iterdir()} == {
        "hicannx_registers.h", "hicannx_registers.s", "hicannx.rdl", "chip.svd", "fpga.svd", "registers.html", "some.h",
    }  # fmt: skip
    compiler = shutil.which("powerpc-linux-gnu-gcc")
    if compiler is None:
        pytest.skip("powerpc-linux-gnu-gcc is not installed")
    (program,) = page.bodies("c")
    Path("program.c").write_text(program)
    subprocess.run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "program.c"], check=True)


def test_windows_are_told() -> None:
    for one in windows():
        assert f"{one.base:#010x}" in page.text
