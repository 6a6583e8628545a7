"""The commands of the README and its numbers: every console block is run, in order, in one empty folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from page import Page, root

readme = Page("README.md")


def test_two_commands_set_everything_up() -> None:
    commands = [body.strip() for body in readme.bodies("sh")]
    assert len(commands) == 2
    assert all(one.count("\n") == 0 and one.startswith("python3 -m venv .venv && ") for one in commands)
    assert commands[0].endswith("hicannx run picture --out out")
    assert commands[1].endswith("-m pytest")


def test_the_first_screen_is_one_screen() -> None:
    assert len(readme.text.partition("# Tutorial")[0].splitlines()) <= 30


def test_every_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(readme.put_files()) == sum(kind in {"asm", "json"} for kind, _ in readme.blocks)
    assert len(readme.commands()) > 20
    output = readme.run_commands(capsys)
    assert "00000037" in output["hicannx ppu sum.bin"]
    assert "r3  00000042" in output["hicannx ppu words.elf"]
    assert (
        "sum_words:" in output["hicannx dis -S words.elf"] and "lwzu    6, 4(5)" in output["hicannx dis -S words.elf"]
    )
    assert output["hicannx conform mine.jsonl"].endswith("total: 2 passed, 0 failed, 0 skipped\n")
    made = {"first/raster.png", "first/result.npz", "second/result.npz", "picture.bits", "sum.bin", "sum.lst"}
    assert made <= {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}


@pytest.mark.skipif(shutil.which("powerpc-linux-gnu-gcc") is None, reason="powerpc-linux-gnu-gcc is not installed")
def test_every_command_with_a_compiler_works(tmp_path: Path) -> None:
    (script,) = readme.bodies("bash")
    shutil.copy(root / "configs" / "kernels" / "vector_add.c", tmp_path)
    search_path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": search_path, "PYTHONPATH": str(root)}
    command = ["bash", "-euc", script.replace("hicannx ", f"{sys.executable} -m hicannx ")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^sums:128: (?:[0-9a-f]{2}){128}$", done.stdout, re.MULTILINE)


def test_linked_files_exist() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", readme.text):
        assert (root / target).is_file(), target
