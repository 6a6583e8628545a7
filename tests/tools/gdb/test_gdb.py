"""Stock gdb with a program of C and assembly, built by a stock gcc: source lines, variables, vectors, the way back."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from hicannx.tools.cli import main
from hicannx.tools.gccflags import gcc_flags
from hicannx.tools.gdb.target import Target
from hicannx.tools.program import load_program

Serve = Callable[[Target], AbstractContextManager[int]]
gdb, gcc = shutil.which("gdb-multiarch"), shutil.which("powerpc-linux-gnu-gcc")
pytestmark = pytest.mark.skipif(not (gdb and gcc), reason="gdb-multiarch or powerpc-linux-gnu-gcc is not installed")

c_source = """int table[4] = {3, 1, 4, 1};
volatile int total;
extern int twice(int value);

__attribute__((noinline)) int add(int a, int b)
{
	int sum = a + b;
	return sum;
}

int main(void)
{
	int i, sum = 0;
	for (i = 0; i < 4; i++)
		sum = add(sum, table[i]);
	total = twice(sum);
	return sum;
}
"""
assembly_source = """	.machine ppc
	.section .text.twice, "ax", @progbits
	.globl twice
	.type twice, @function
twice:
	add	3, 3, 3
	.long	0x10601f0c
	blr
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("debugged")
    (folder / "sum.c").write_text(c_source)
    (folder / "twice.s").write_text(assembly_source)
    for name, flags in (("sum.c", [*gcc_flags(), "-O0"]), ("twice.s", ["-m32", "-mbig-endian"])):
        target = str(folder / Path(name).stem) + ".o"
        subprocess.run([str(gcc), *flags, "-g", "-c", name, "-o", target], cwd=folder, check=True, capture_output=True)
    objects = [str(folder / "sum.o"), str(folder / "twice.o")]
    assert main(["ld", *objects, "-o", str(folder / "sum.elf")]) == 0
    return folder


@pytest.fixture
def debug(built: Path, make_program_target: Callable[..., Target], serve_target: Serve) -> Callable[..., str]:
    """What gdb prints for these commands."""

    def run(*commands: str, how: str = "remote") -> str:
        with serve_target(make_program_target(load_program(built / "sum.elf"))) as port:
            lines = ["set confirm off", "set pagination off", f"target {how} 127.0.0.1:{port}", *commands]
            words = [word for line in lines for word in ("-ex", line)]
            done = subprocess.run(
                [str(gdb), "-nx", "-batch", "sum.elf", *words],
                cwd=built,
                check=False,
                capture_output=True,
                text=True,
                timeout=120,
            )
        assert "Traceback" not in done.stderr and "warning" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    return run


def test_source_lines_and_variables(debug: Callable[..., str]) -> None:
    shown = debug("break add", "continue", "backtrace", "print a", "print b", "finish", "step 2", "print i", "detach")
    assert re.search(r"Breakpoint 1, add \(a=0, b=3\) at sum.c:7\n7\t\tint sum = a \+ b;", shown)
    assert re.search(r"#0  add \(a=0, b=3\) at sum.c:7\n#1  0x[0-9a-f]+ in main \(\) at sum.c:15", shown)
    assert "$1 = 0\n$2 = 3\n" in shown and "Value returned is $3 = 3" in shown and "$4 = 1\n" in shown


def test_steps_into_assembly(debug: Callable[..., str]) -> None:
    shown = debug("break twice", "continue", "stepi", "x/i $pc", "stepi", "print $r3", "step", "info line")
    assert re.search(r"Breakpoint 1, twice \(\) at .*twice\.s:6\n6\t\tadd\t3, 3, 3\n", shown)
    assert "8\t\tblr\n$1 = 18\nmain () at sum.c:17\n" in shown


def test_watchpoints(debug: Callable[..., str]) -> None:
    shown = debug("watch total", "continue", "print total", "reverse-continue", "print total", "info breakpoints")
    assert "Hardware watchpoint 1: total" in shown
    assert shown.count("Old value = 0\nNew value = 18\n") == 1 and shown.count("Old value = 18\nNew value = 0\n") == 1
    assert "in main () at sum.c:16" in shown and "$1 = 18\n" in shown and "$2 = 0\n" in shown
    assert "breakpoint already hit 2 times" in shown
    shown = debug("rwatch table[2]", "continue", "print i", "delete", "awatch total", "continue", "print total")
    assert "Hardware read watchpoint 1: table[2]" in shown and "Value = 4\n" in shown and "$1 = 2\n" in shown
    assert "Hardware access (read/write) watchpoint 2: total" in shown and "$2 = 18\n" in shown


def test_the_way_back(debug: Callable[..., str]) -> None:
    commands = ["break 17", "continue", "print sum", "reverse-next", "reverse-step", "info line", "break add"]
    shown = debug(*commands, "reverse-continue", "print a", "reverse-stepi", "print $pc", "delete", "reverse-continue")
    assert "Breakpoint 1, main () at sum.c:17" in shown and "$1 = 9\n" in shown
    assert "Breakpoint 2, add (a=8, b=1)" in shown and "$2 = 8\n" in shown
    assert "No more reverse-execution history" in shown


def test_registers(debug: Callable[..., str]) -> None:
    shown = debug(
        "break main",
        "continue",
        "set var $r14 = 0x1234",
        "print $r14",
        "set var $v3.halfwords[1] = -2",
        "print $v3.unsigned_bytes[3]",
        "ptype $v3",
        "set var $acc[5] = -7",
        "monitor accumulator",
        "print $vcr[0]",
        "monitor vcr",
        "set var $dec = 100000",
        "print $dec",
        "info registers msr xer gout",
        "monitor cycles",
        "print $_siginfo",
    )
    assert "$1 = 4660\n" in shown and "$2 = 254\n" in shown
    assert re.search(r"union vector_register \{\s+vector_bytes bytes;\s+vector_halfwords halfwords;", shown)
    assert "  0:           0           0           0           0           0          -7" in shown
    assert "$3 = 0" in shown and "$4 = 100000" in shown and "gout           0x0" in shown
    assert re.search(r"^\d+ cycles, \d+ instructions$", shown, re.MULTILINE)


def test_run_and_reset(debug: Callable[..., str]) -> None:
    shown = debug("run", "print total", "break main", "run", "print $pc == &main", how="extended-remote")
    assert "Program stopped." in shown and "The processor sleeps, and nothing of its own will wake it." in shown
    assert "$1 = 18\n" in shown and "Breakpoint 1, main () at sum.c:13" in shown and "$2 = 0" in shown
    shown = debug(
        "continue",
        "monitor reset",
        "maintenance flush register-cache",
        "print $pc",
        "break main",
        "continue",
        "load",
        "continue",
    )
    assert "<_start>" in shown and "Breakpoint 1, main () at sum.c:13" in shown


def test_a_read_is_noticed_by_steps_over_a_line_too(debug: Callable[..., str]) -> None:
    shown = debug("break main", "continue", "rwatch table[2]", *["next"] * 7, "print i")
    assert shown.count("Hardware read watchpoint 2: table[2]\n\nValue = 4\n") == 1 and "$1 = 2\n" in shown
