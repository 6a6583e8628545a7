"""Every command of docs/kernels.md gives what stands below it; the examples are clean; the header has everything."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hicannx.tools.cli import main

root = Path(__file__).resolve().parents[3]
kernels = root / "configs" / "kernels"
guide = (root / "docs" / "kernels.md").read_text()
blocks = re.findall(r"^```(\w*)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
examples = sorted(path.stem for path in (kernels / "examples").glob("*.s"))
files = sorted(path.stem for path in (kernels / "library").glob("*.s"))
cost_tolerance = 0.1  # of the cycles that the guide gives


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of configs/kernels, with its examples as the current folder."""
    shutil.copytree(kernels, tmp_path / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "kernels" / "examples")
    return tmp_path / "kernels"


def commands() -> list[tuple[str, list[str]]]:
    """Each command of the guide with the lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in (line for kind, body in blocks if kind == "console" for line in body.splitlines()):
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


def put_files() -> None:
    """The program of the guide, and the same without its last line."""
    (text,) = re.findall(r"Put this into `first.s`:\n\n```asm\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    lines = text.splitlines(keepends=True)
    assert ".include" in lines[-1]
    Path("first.s").write_text(text)
    Path("first_part.s").write_text("".join(lines[:-1]))


def same(shown: list[str], output: list[str], are_costs: bool) -> bool:
    """Whether the lines shown follow each other in the output; costs may be off by the tolerance."""
    places = [place for place, line in enumerate(output) if not shown or pair_fits(shown[0], line, are_costs)]
    return not shown or any(
        all(pair_fits(one, other, are_costs) for one, other in zip(shown, output[place:], strict=False))
        and len(output) - place >= len(shown)
        for place in places
    )


def pair_fits(shown: str, line: str, is_cost: bool) -> bool:
    left, _, right = shown.rpartition(": ")
    other, _, number = line.rpartition(": ")
    if is_cost and left and other and right.isdigit() and number.isdigit():
        return left == other and abs(int(number) - int(right)) <= cost_tolerance * int(right) + 1
    return shown == line


def test_every_command_of_the_guide(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_files()
    assert len(commands()) > 25
    for command, shown in commands():
        assert command.startswith("hicannx "), command
        assert main(shlex.split(command)[1:]) == 0, capsys.readouterr().err
        captured = capsys.readouterr()
        assert captured.err == "", command
        assert same(shown, captured.out.splitlines(), "costs" in command), f"{command}\n{captured.out}"


@pytest.mark.parametrize("name", examples)
def test_an_example_is_clean(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Assembled without a warning, in both dialects; nothing to lint; no races; it returns 0."""
    for dialect in ("gas", "ppu"):
        assert main(["asm", f"{name}.s", "-o", f"{name}.o", "--dialect", dialect, "--fatal-warnings"]) == 0
    assert main(["ld", f"{name}.o", "-o", f"{name}.elf"]) == 0
    assert main(["lint", f"{name}.elf"]) == 0
    assert capsys.readouterr().out == "nothing to report\n"
    assert main(["ppu", f"{name}.elf", "--check-races"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "" and re.search(r"^return code +0$", captured.out, re.MULTILINE)
    assert f"hicannx ppu {name}.elf" in guide


def test_the_library_is_clean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All files go into one program together."""
    Path("all.s").write_text("".join(f' .include "../library/{name}.s"\n' for name in files))
    assert main(["asm", "all.s", "-o", "all.o", "--fatal-warnings"]) == 0
    assert main(["lint", "all.o", *(f"../library/{name}.s" for name in files if name != "mailbox")]) == 0
    assert capsys.readouterr().out == "nothing to report\n"


def test_the_header_and_the_guide_name_everything() -> None:
    header = (kernels / "library" / "kernels.h").read_text()
    declared = set(re.findall(r"^\w[\w ]*?\*?(\w+)\(", header, re.MULTILINE))
    defined = {
        (name, label)
        for name in files
        for label in re.findall(r"^    \.globl  (\w+)|^    vector_elementwise (\w+),", source(name), re.MULTILINE)
        for label in label
        if label and not label.startswith("isr_")
    }
    assert {label for _, label in defined} == declared
    assert {label.split("_")[0] for name, label in defined} == set(files) - {"addresses"}
    for _, label in defined:
        short = label.removesuffix("_16")
        assert f"`{label}`" in guide or (short != label and f"`{short}_8`, `_16`" in guide), label


def test_linked_files_exist() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", guide):
        assert (root / "docs" / target).exists(), target


def source(name: str) -> str:
    return (kernels / "library" / f"{name}.s").read_text()


needs_gcc = pytest.mark.skipif(
    shutil.which("powerpc-linux-gnu-gcc") is None, reason="powerpc-linux-gnu-gcc is not installed"
)


def shell(script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(root)}
    words = ["bash", "-euc", script.replace("hicannx ", f"{sys.executable} -m hicannx ")]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@needs_gcc
@pytest.mark.parametrize("level", ["-O2", "-O0", "-Os"])
def test_the_c_program_of_the_guide(folder: Path, level: str) -> None:
    (script,) = (body for kind, body in blocks if kind == "bash")
    (shown,) = (body for kind, body in blocks if kind == "")
    done = shell(script.replace("-O2", f"{level} -Wall -Wextra -Werror") + "hicannx lint learning.elf\n")
    assert done.returncode == 0, done.stderr
    assert same(shown.splitlines(), done.stdout.splitlines(), False), done.stdout
    assert done.stdout.endswith("nothing to report\n")


every_function = """
#include "kernels.h"

static kernels_row row, other, third;
static kernels_vector wide[2];
static uint8_t columns[256];
static uint32_t state = 1;

static int check(void)
{
    uint64_t begin = timer_now();
    vector_fill(&row, 3, 2);
    vector_copy(&other, &row, 2);
    vector_add_8(&third, &row, &other, 2);
    vector_subtract_8(&third, &third, &other, 1);
    if (vector_sum_8(&third, 2) != 128 * 3 + 128 * 6)
        return 1;
    vector_widen(wide, &row.even);
    vector_add_16(wide, wide, wide, 2);
    vector_narrow(&third.even, wide);
    if (third.even.bytes[9] != 6 || wide[1].halves[63] != 6)
        return 2;
    vector_join(columns, &third);
    vector_split(&other, columns);
    if (columns[1] != third.odd.bytes[0] || other.even.bytes[100] != 6)
        return 3;
    if (exponential(0) != 1 << 16 || exponential_decay(0) != 1u << 31)
        return 4;
    if (random_below(&state, 10) > 9 || random_next(&state) == state + 1)
        return 5;
    homeostasis_update(&row, &other, &third, 1);
    homeostasis_synapses(1, 2, &row, &other, 1);
    mailbox_decimal(-12);
    mailbox_character(' ');
    mailbox_hexadecimal(0xabcd);
    timer_start(1000);
    timer_wait();
    timer_wait_until((uint32_t) timer_now() + 500);
    timer_stop();
    return (uint32_t) (timer_now() - begin) < 1500 ? 6 : 0;
}

int main(void) { return check(); }
"""


@needs_gcc
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_arguments_and_results_of_c(folder: Path, level: str) -> None:
    """Structures, pointers, numbers of 32 and 64 bits go where C expects them."""
    Path("check.c").write_text(every_function)
    objects = " ".join(f"{name}.o" for name in files)
    lines = [f"hicannx asm ../library/{name}.s -o {name}.o" for name in files]
    lines = [f"powerpc-linux-gnu-gcc $(hicannx doc gcc-flags) {level} -I ../library -c check.c", *lines]
    lines += [f"hicannx ld check.o {objects} -o check.elf", "hicannx ppu check.elf"]
    done = shell("\n".join(lines))
    assert done.returncode == 0, done.stderr
    assert re.search(r"^return code +0$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^mailbox +-12 0000abcd$", done.stdout, re.MULTILINE)
