"""Programs that are run and watched, and a small reader of lcov's tracefiles."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest

from hicannx.emu.chip import Chip
from hicannx.emu.trace import present, start_trace, stop_trace
from hicannx.tools.cli import main
from hicannx.tools.gccflags import gcc_flags
from hicannx.tools.ppu_program import run_all, start
from hicannx.tools.program import load_program
from hicannx.tools.trace.codemap import CodeMap, read_codemap
from hicannx.tools.trace.steps import Follower, Watcher

gcc = shutil.which("powerpc-linux-gnu-gcc")


@attrs.frozen
class Ran:
    chip: Chip
    code: CodeMap

    def core(self, column: int) -> int:
        return int(self.chip.world.chip.core[0, column])


@attrs.frozen
class Compiled:
    source: Path
    program: Path


Write = Callable[[str], Path]
Watch = Callable[..., Ran]
Compile = Callable[..., Compiled]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """An assembly source as a file."""

    def do(text: str) -> Path:
        (tmp_path / "program.s").write_text(text)
        return tmp_path / "program.s"

    return do


@pytest.fixture
def watch() -> Watch:
    """Run a program with watchers that are made from its code."""

    def do(path: Path, *makers: Callable[[CodeMap], Watcher], max_cycles: int = 10**8) -> Ran:
        observers, code = start(load_program(path), (0,)), read_codemap(path)
        chip = observers[0].chip
        follower = Follower(present(chip, 0), tuple(make(code) for make in makers))
        start_trace(chip, 0, follower.take)
        run_all(observers, max_cycles)
        stop_trace(chip, 0)
        follower.finish(0, present(chip, 0))
        return Ran(chip, code)

    return do


@pytest.fixture
def compile_c(tmp_path: Path) -> Compile:
    """C compiled with -g and linked."""
    if gcc is None:
        pytest.skip("powerpc-linux-gnu-gcc is not installed")

    def do(text: str, flags: Sequence[str] = ("-O0",)) -> Compiled:
        source, made = tmp_path / "program.c", tmp_path / "program.o"
        source.write_text(text)
        command = [str(gcc), *gcc_flags(), "-g", *flags, "-c", source.name, "-o", str(made)]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        assert main(["ld", str(made), "-o", str(tmp_path / "program.elf")]) == 0
        return Compiled(source, tmp_path / "program.elf")

    return do


@pytest.fixture
def read_lcov() -> Callable[[str], dict[str, dict[str, Any]]]:
    return parse_lcov


def parse_lcov(text: str) -> dict[str, dict[str, Any]]:
    """Records by source file, written after geninfo(1): lines, functions, branches; totals are checked."""
    files: dict[str, dict[str, Any]] = {}
    name, now = "", dict[str, Any]()
    for line in text.splitlines():
        key, _, value = line.partition(":")
        parts = value.split(",")
        if key == "SF":
            name, now = value, {"lines": {}, "functions": {}, "entries": {}, "branches": {}, "totals": {}}
        elif key == "FN":
            now["functions"][parts[1]] = int(parts[0])
        elif key == "FNDA":
            now["entries"][parts[1]] = int(parts[0])
        elif key == "DA":
            now["lines"][int(parts[0])] = int(parts[1])
        elif key == "BRDA":
            place = tuple(map(int, parts[:3]))
            now["branches"][place] = None if parts[3] == "-" else int(parts[3])
        elif key in ("FNF", "FNH", "LF", "LH", "BRF", "BRH"):
            now["totals"][key] = int(value)
        elif line == "end_of_record":
            check_totals(now)
            files[name] = now
        else:
            assert key == "TN", line
    return files


def check_totals(now: dict[str, Any]) -> None:
    for part, found, hit in (("lines", "LF", "LH"), ("entries", "FNF", "FNH"), ("branches", "BRF", "BRH")):
        assert now["totals"][found] == len(now[part])
        assert now["totals"][hit] == sum(bool(one) for one in now[part].values())
