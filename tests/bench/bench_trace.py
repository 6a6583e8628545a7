"""Instructions per second of watched execution, beside unicorn (QEMU's core) with a Python hook in the same run.

    python tests/bench/bench_trace.py [--seconds 1.0]

Watched means that every instruction goes into the trace, which is handed over a chunk of 65536 instructions at a time;
`last` is the flight recorder. Beside them stands what it costs to keep a copy of everything, to make a profile with
coverage, and the trace as text and as events. The program is c12_lif of tests/vectors/toolchain/c_programs at -O0, run from reset to its
`wait` again and again. Times are of the processor, since other programs may run beside this one.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

program = Path(__file__).parents[1] / "vectors" / "toolchain" / "c_programs" / "c12_lif.O0"


def emulator(image: bytes, kind: str) -> Callable[[], int]:
    """One run of the program on our processor, watched; returns the instructions executed."""
    from hicannx.emu import state as st
    from hicannx.emu.chip import Chip
    from hicannx.emu.ppu import load_image
    from hicannx.emu.trace import Chunk, present, record_last, start_trace
    from hicannx.tools.trace.codemap import read_codemap
    from hicannx.tools.trace.counts import Counts
    from hicannx.tools.trace.perfetto import EventFile, EventTrace
    from hicannx.tools.trace.steps import Follower
    from hicannx.tools.trace.text import TextTrace

    chip, code = Chip(), read_codemap(program / "image.bin")
    kept: list[Chunk] = []
    watchers = {
        "profile": Counts,
        "text": lambda: TextTrace(len, code),
        "events": lambda: EventTrace(EventFile(len), code),
    }

    def run() -> int:
        load_image(chip, image)
        chip.release_ppu(0)
        kept.clear()
        if kind == "watched":
            start_trace(chip, 0, kept.append)
        elif kind == "kept":
            start_trace(chip, 0, lambda chunk: kept.append(chunk.copy()))
        elif kind in watchers:
            start_trace(chip, 0, Follower(present(chip, 0), (watchers[kind](),)).take)
        elif kind == "last":
            record_last(chip, 0)
        chip.advance_until_asleep(0, chip.now_tick + 10**9)
        return int(chip.world.chip.core[0, st.INSTRUCTIONS])

    return run


def unicorn(image: bytes, stop: int, instructions: int) -> Callable[[], int]:
    """One run of the program on unicorn, with a function of Python at each instruction."""
    from unicorn import UC_ARCH_PPC, UC_HOOK_CODE, UC_MODE_32, UC_MODE_BIG_ENDIAN, Uc

    machine = Uc(UC_ARCH_PPC, UC_MODE_32 | UC_MODE_BIG_ENDIAN)
    machine.mem_map(0, 0x4000)
    addresses: list[int] = []
    machine.hook_add(UC_HOOK_CODE, lambda _machine, address, _size, _data: addresses.append(address))

    def run() -> int:
        addresses.clear()
        machine.mem_write(0, image)
        machine.emu_start(0, stop)
        assert len(addresses) in (instructions - 1, instructions)
        return instructions

    return run


def rate(run: Callable[[], int], seconds: float) -> float:
    """Instructions per second of processor time: the median of five measurements, each of at least `seconds` / 5."""
    run()
    rates = []
    for _ in range(5):
        begin, done = time.process_time(), 0
        while time.process_time() - begin < seconds / 5:
            done += run()
        rates.append(done / (time.process_time() - begin))
    return statistics.median(rates)


def main() -> None:
    """Measure all and print the ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0)
    seconds = arguments.parse_args().seconds
    expected = json.loads((program / "expected.json").read_text())
    image = (program / "image.bin").read_bytes()
    print(f"machine: {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    rates = {}
    for kind in ("plain", "last", "watched", "kept", "profile", "text", "events"):
        rates[kind] = rate(emulator(image, kind), seconds)
        print(f"hicannx, {kind + ':':<9}{rates[kind] / 1e6:8.2f} million instructions per second")
    try:
        theirs = rate(unicorn(image, expected["stop_pc"], expected["instructions"]), seconds)
    except ImportError:
        print("unicorn is not installed: pip install unicorn")
        return
    print(f"unicorn, hooked:  {theirs / 1e6:8.2f} million instructions per second")
    print(f"ratio of watched and unicorn: {rates['watched'] / theirs:.1f}")


if __name__ == "__main__":
    main()
