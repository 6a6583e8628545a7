"""How many source lines per second the assembler takes, from text to ELF, beside GNU as where that is present.

Compiler output, each file once and all files again; then made-up programs of statements that hardly repeat, of 1000 to
200 000 lines, each in a process of its own, with the memory that it takes; and the whole command for 4096 instructions.
"""

from __future__ import annotations

import json
import lzma
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hicannx.asm.assemble import assemble
from hicannx.source import SourceFile

programs = Path(__file__).parent.parent / "vectors" / "toolchain" / "c_programs"
other = shutil.which("powerpc-linux-gnu-as")
sizes = (1_000, 10_000, 100_000, 200_000)
wanted_lines, wanted_megabytes, wanted_seconds = 20_000, 150, 0.5


def distinct(lines: int, *, vector: bool = True) -> str:
    """A program of about so many statements, of which few are equal; without `vector` one for any powerpc."""
    draw = random.Random(lines)
    register = lambda: draw.randrange(32)  # noqa: E731
    base = lambda: draw.randrange(1, 32)  # noqa: E731
    symbol = lambda: f"s{draw.randrange(lines // 10 + 1)}"  # noqa: E731
    forms: list[Callable[[], str]] = [
        lambda: f"addi {register()}, {register()}, {draw.randrange(-32768, 32768)}",
        lambda: f"add {register()}, {register()}, {register()}",
        lambda: f"lwz {register()}, {draw.randrange(-8192, 8191) * 4}({base()})",
        lambda: f"stw {register()}, {draw.randrange(-8192, 8191) * 4}({base()})",
        lambda: f"rlwinm {register()}, {register()}, {register()}, {register()}, {register()}",
        lambda: f"ori {register()}, {register()}, {draw.randrange(65536):#x}",
        lambda: f"lis {register()}, {symbol()}@ha",
        lambda: f"lwz {register()}, {symbol()}@l({base()})",
        lambda: f"cmpwi {draw.randrange(8)}, {register()}, {draw.randrange(-32768, 32768)}",
        lambda: f"b .L{draw.randrange(10) * 10}",
        lambda: f"li %r{register()}, {draw.randrange(-32768, 32768)}",
        lambda: f".long {draw.getrandbits(32):#x}, {draw.randrange(1 << 20)}",
        lambda: f"mulli {register()}, {register()}, {draw.randrange(1000)} + {draw.randrange(1000)}",
    ]
    if vector:
        forms.append(lambda: f"fxvaddbm {register()}, {register()}, {register()}, {draw.randrange(4)}")
    text = [f".L{number}:" if number % 10 == 0 else f"\t{draw.choice(forms)()}" for number in range(lines)]
    return "\n".join([*(f".L{number}:" for number in range(lines, 100, 10)), *text, ""])


def timed(work: Callable[[], object]) -> float:
    """Seconds of CPU."""
    start = time.process_time()
    work()
    return time.process_time() - start


def compiled() -> None:
    """Compiler output, new and known."""
    sources = [lzma.decompress(path.read_bytes()).decode() for path in sorted(programs.glob("*/prog.s.xz"))]
    lines = sum(source.count("\n") for source in sources)
    assemble(SourceFile("warm.s", distinct(100)))
    for title in ("first time", "again"):
        seconds = timed(lambda: [assemble(SourceFile("bench.s", source)).object() for source in sources])
        print(f"compiler output, {title}: {lines} lines in {seconds:.3f} s of CPU, {lines / seconds:,.0f} lines/s")


def one_size(lines: int) -> None:
    """Assemble in this process and print the figures as JSON."""
    text = distinct(lines)
    assemble(SourceFile("warm.s", distinct(100)))
    seconds = timed(lambda: assemble(SourceFile("bench.s", text)).object())
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"lines": text.count("\n"), "seconds": seconds, "megabytes": megabytes}))


def seconds_of_children(command: list[str]) -> float:
    """Seconds of CPU that a command takes, start-up included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def all_sizes(folder: Path) -> None:
    """Speed, linearity, memory, and GNU as for the same statements without the vector unit."""
    first = 0.0
    for lines in sizes:
        done = subprocess.run([sys.executable, __file__, str(lines)], check=True, capture_output=True, text=True)
        found = json.loads(done.stdout)
        speed = found["lines"] / found["seconds"]
        first = 1 / speed if lines == sizes[1] else first
        text = f"{lines} distinct lines: {speed:,.0f} lines/s (wanted {wanted_lines:,}), {found['megabytes']:.0f} MB"
        text += f" (wanted {wanted_megabytes})" if lines == 100_000 else ""
        text += f", {1 / speed / first:.2f} times the cost of a line in {sizes[1]}" if first else ""
        if other:
            (folder / "other.s").write_text(distinct(lines, vector=False))
            seconds = seconds_of_children([other, "-mpower7", "-o", str(folder / "other.o"), str(folder / "other.s")])
            text += f"; GNU as {found['lines'] / seconds:,.0f} lines/s, {found['seconds'] / seconds:.0f} times faster"
        print(text)


def whole_command(folder: Path) -> None:
    """The command for a full memory of instructions."""
    source = folder / "full.s"
    lines = [line for line in distinct(6_000).splitlines() if ":" not in line and ".long" not in line][:4096]
    source.write_text("\n".join([*(f".L{number}:" for number in range(0, 100, 10)), *lines, ""]))
    command = [sys.executable, "-m", "hicannx", "asm", str(source), "--format", "object", "-o", str(folder / "full.o")]
    seconds_of_children(command)  # fills the caches
    print(f"command, 4096 instructions: {seconds_of_children(command):.2f} s of CPU (wanted {wanted_seconds})")


def main() -> None:
    """Print all figures."""
    compiled()
    with tempfile.TemporaryDirectory() as folder:
        all_sizes(Path(folder))
        whole_command(Path(folder))
    if not other:
        print("powerpc-linux-gnu-as is not installed: no figures of it")
    print(f"{platform.machine()}, Python {platform.python_version()}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one_size(int(sys.argv[1]))
    else:
        main()
