"""The page on exports: its commands work, its program compiles, what it names exists."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from hicannx.tools.cli import main
from hicannx.tools.export.table import windows

page = (Path(__file__).parents[2] / "docs" / "exports.md").read_text()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_every_command_works_and_the_program_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [line for kind, body in blocks if kind == "console" for line in body.splitlines()]
    assert len(commands) == 8
    for command in commands:
        assert main(shlex.split(command.removeprefix("$ hicannx "))) == 0, capsys.readouterr().err
    assert capsys.readouterr().out.count("PPUControlRegister[0] at 0x02a00000") == 2
    assert {one.name for one in tmp_path.iterdir()} == {
        "hicannx_registers.h", "hicannx.rdl", "chip.svd", "fpga.svd", "registers.html", "some.h",
    }  # fmt: skip
    compiler = shutil.which("powerpc-linux-gnu-gcc")
    if compiler is None:
        pytest.skip("powerpc-linux-gnu-gcc is not installed")
    (program,) = (body for kind, body in blocks if kind == "c")
    Path("program.c").write_text(program)
    subprocess.run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-c", "program.c"], check=True)


def test_windows_are_told() -> None:
    for one in windows():
        assert f"{one.base:#010x}" in page
