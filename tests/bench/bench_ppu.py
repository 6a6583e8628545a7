"""Instructions per second of the emulated processor, beside unicorn (QEMU's core) in the same run.

    python tests/bench/bench_ppu.py [--seconds 1.0]

The program is the CRC-32 of tests/vectors/toolchain/c_programs at -O2, run from reset to its `wait` again and again.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

program = Path(__file__).parents[1] / "vectors" / "toolchain" / "c_programs" / "c02_crc32.O2"


def emulator(image: bytes) -> Callable[[], int]:
    """One run of the program on our processor; returns the instructions executed."""
    from hicannx.emu import state as st
    from hicannx.emu.chip import Chip
    from hicannx.emu.ppu import load_image

    chip = Chip()

    def run() -> int:
        load_image(chip, image)
        chip.release_ppu(0)
        chip.advance_until_asleep(0, chip.now_tick + 10**9)
        return int(chip.world.chip.core[0, st.INSTRUCTIONS])

    return run


def unicorn(image: bytes, stop: int, instructions: int) -> Callable[[], int]:
    """One run of the program on unicorn."""
    from unicorn import UC_ARCH_PPC, UC_MODE_32, UC_MODE_BIG_ENDIAN, Uc

    machine = Uc(UC_ARCH_PPC, UC_MODE_32 | UC_MODE_BIG_ENDIAN)
    machine.mem_map(0, 0x4000)

    def run() -> int:
        machine.mem_write(0, image)
        machine.emu_start(0, stop)
        return instructions

    return run


def rate(run: Callable[[], int], seconds: float) -> float:
    """Instructions per second: the median of five measurements, each of at least `seconds` / 5."""
    run()
    rates = []
    for _ in range(5):
        begin, done = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds / 5:
            done += run()
        rates.append(done / (time.perf_counter() - begin))
    return statistics.median(rates)


def main() -> None:
    """Measure both and print the ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0)
    seconds = arguments.parse_args().seconds
    expected = json.loads((program / "expected.json").read_text())
    image = (program / "image.bin").read_bytes()
    ours = rate(emulator(image), seconds)
    print(f"machine: {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"hicannx: {ours / 1e6:8.1f} million instructions per second")
    try:
        theirs = rate(unicorn(image, expected["stop_pc"], expected["instructions"]), seconds)
    except ImportError:
        print("unicorn is not installed: pip install unicorn")
        return
    print(f"unicorn: {theirs / 1e6:8.1f} million instructions per second")
    print(f"ratio:   {ours / theirs:8.2f}")


if __name__ == "__main__":
    main()
