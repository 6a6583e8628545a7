"""Speed of the emulated processor, beside unicorn (QEMU's core) in the same run.

    python tests/bench/bench_ppu.py [--seconds 1.0]

The C programs of tests/vectors/toolchain/c_programs from reset to `wait`, timed and untimed; 4089 shuffled instructions
in a loop, which fill the memory; and a vector kernel, which unicorn does not know. Seconds are those of the process, so
that other work on the machine matters little, less what a look at that clock takes; real time is 250 million cycles a
second.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

programs = Path(__file__).parents[1] / "vectors" / "toolchain" / "c_programs"
real_time = 250e6
shuffled_count = 4096 - 7  # of the words of the memory: the loop takes 4, the end 1, and the data 2
vector_kernel = """
        li      5, 0
        lis     6, 2
        mtctr   6
1:      fxvinx  1, 0, 5
        fxvaddbfs 2, 1, 1
        fxvcmpb 2
        fxvsel  3, 1, 2, 1
        fxvoutx 3, 0, 5
        addi    5, 5, 1
        andi.   5, 5, 255
        bdnz    1b
        wait
"""


def _look_s() -> float:
    """What the clock shows between two looks at it, at least."""
    return min(-time.process_time() + time.process_time() for _ in range(10_000))


look_s = _look_s()


class Emulator:
    """Our processor; `rates` gives instructions and cycles a second."""

    def __init__(self) -> None:
        from hicannx.emu.chip import Chip

        self.chip = Chip()

    def rates(self, image: bytes, seconds: float, is_timed: bool = True) -> tuple[float, float]:
        from hicannx.emu import state as st
        from hicannx.emu.ppu import load_image

        core = self.chip.world.chip.core[0]
        self.chip.set_timed(0, is_timed)
        spent, instructions, cycles = 0.0, 0, 0
        while spent < seconds:
            load_image(self.chip, image)
            self.chip.release_ppu(0)
            begin = time.process_time()
            self.chip.advance_until_asleep(0, self.chip.now_tick + 10**9)
            spent += time.process_time() - begin - look_s
            instructions, cycles = instructions + int(core[st.INSTRUCTIONS]), cycles + int(core[st.CYCLES])
        return instructions / spent, cycles / spent


def unicorn_rate(image: bytes, stop: int, instructions: int, seconds: float) -> float | None:
    """Instructions a second of unicorn from address 0 to `stop`; None where it is not installed."""
    try:
        from unicorn import UC_ARCH_PPC, UC_MODE_32, UC_MODE_BIG_ENDIAN, Uc
    except ImportError:
        return None
    machine: Any = Uc(UC_ARCH_PPC, UC_MODE_32 | UC_MODE_BIG_ENDIAN)
    machine.mem_map(0, 0x8000)
    spent, done = 0.0, 0
    while spent < seconds:
        machine.mem_write(0, image)
        begin = time.process_time()
        machine.emu_start(0, stop)
        spent, done = spent + time.process_time() - begin - look_s, done + instructions
    return done / spent


def shuffled() -> bytes:
    """A loop of instructions in random order, of those that compilers use most.

    With the two words that they load and store, behind the end, they fill the memory of 4096 words.
    """
    from hicannx.asm.assemble import assemble
    from hicannx.source import SourceFile

    chance = random.Random(1)
    kinds = ("addi {0},{1},9", "add {0},{1},{2}", "or {0},{1},{2}", "rlwinm {0},{1},3,4,30", "xor {0},{1},{2}")
    kinds += ("subf {0},{1},{2}", "lwz {0},0x3ff8(0)", "stw {0},0x3ffc(0)", "cmpwi {0},5", "and {0},{1},{2}")
    lines = [chance.choice(kinds).format(*(chance.randrange(3, 31) for _ in range(3))) for _ in range(shuffled_count)]
    text = "lis 31,0\nori 31,31,2000\nmtctr 31\n1:\n" + "\n".join(lines) + "\nbdnz 1b\nwait\n"
    return assemble(SourceFile("shuffled.s", text)).image()


def measured(seconds: float) -> Iterator[tuple[str, float, float, float, float | None]]:
    """Name, instructions and cycles a second, instructions a second untimed and of unicorn."""
    from hicannx.asm.assemble import assemble
    from hicannx.source import SourceFile

    emulator = Emulator()
    for folder in sorted(programs.iterdir()):
        image = folder / "image.bin"
        if image.exists():
            told = json.loads((folder / "expected.json").read_text())
            yield row(emulator, folder.name, image.read_bytes(), seconds / 10, told["stop_pc"], told["instructions"])
    image_bytes = shuffled()
    count = 3 + 2000 * (shuffled_count + 1)
    yield row(emulator, "4089 shuffled", image_bytes, seconds, len(image_bytes) - 4, count)
    vectors = assemble(SourceFile("vectors.s", vector_kernel)).image()
    yield (
        "vector kernel",
        *emulator.rates(vectors, seconds),
        emulator.rates(vectors, seconds / 2, is_timed=False)[0],
        None,
    )


def row(
    emulator: Emulator, name: str, image: bytes, seconds: float, stop: int, instructions: int
) -> tuple[str, float, float, float, float | None]:
    """One program everywhere."""
    emulator.rates(image, 1e-6)
    untimed = emulator.rates(image, seconds, is_timed=False)[0]
    return name, *emulator.rates(image, seconds), untimed, unicorn_rate(image, stop, instructions, seconds)


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0)
    print(f"machine: {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(
        f"{'million a second':20} {'cycles':>8} {'of real time':>13} {'instructions':>13} {'untimed':>8} {'unicorn':>8}"
    )
    harmonic: list[float] = []
    for name, instructions, cycles, untimed, unicorn in measured(arguments.parse_args().seconds):
        theirs = f"{unicorn / 1e6:8.1f}" if unicorn else "       -"
        real = cycles / real_time
        print(f"{name:20} {cycles / 1e6:8.1f} {real:13.2f} {instructions / 1e6:13.1f} {untimed / 1e6:8.1f} {theirs}")
        if name.startswith("c"):
            harmonic.append(1 / cycles)
    print(f"{'C programs, mean':20} {len(harmonic) / sum(harmonic) / 1e6:8.1f}")


if __name__ == "__main__":
    main()
