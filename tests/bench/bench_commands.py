"""CPU time of the commands, each in a process of its own: the user waits for these.

Run: python tests/bench/bench_commands.py
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent


def measure(words: list[str], folder: Path, *, repeats: int = 5) -> tuple[float, float]:
    """The least CPU time and wall time in seconds of some runs of `hicannx` with these words."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    best_cpu = best_wall = float("inf")
    for _ in range(repeats):
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        command = [sys.executable, "-m", "hicannx", *words]
        subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best_cpu, best_wall = min(best_cpu, cpu), min(best_wall, wall)
    return best_cpu, best_wall


def source_of(lines: int) -> str:
    """An assembly file of that many lines with labels, loads, stores, vector instructions and branches."""
    block = "l{0}: addi 3, 3, {0}\n lwz 4, 8(3)\n fxvaddhm 1, 2, 3\n cmpwi 4, 0\n bne l{0}\n"
    text = "".join(block.format(index) for index in range(lines // 5))
    return text + " nop\n" * (lines - text.count("\n"))


def main() -> None:
    """Print the figures beside their limits."""
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "long.s").write_text(source_of(200))
        cases = [
            ("hicannx --help", ["--help"], 0.15),
            ("hicannx asm of 200 lines", ["asm", "long.s", "-o", "long.bin"], 0.3),
            ("hicannx dis of 800 bytes", ["dis", "long.bin"], None),
            ("hicannx bitstream compile picture", ["bitstream", "compile", "picture", "-o", "picture.bits"], None),
            ("hicannx run picture, kernels from the cache", ["run", "picture"], None),
        ]
        for title, words, limit in cases:
            cpu, wall = measure(words, folder, repeats=3 if words[0] == "run" else 7)
            bound = f"   limit {limit:.2f} s, {cpu / limit:.0%} of it" if limit else ""
            print(f"{title:<45} {cpu:6.3f} s CPU {wall:6.3f} s wall{bound}")


if __name__ == "__main__":
    main()
