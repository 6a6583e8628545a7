"""Speed of the playback executor: millions of instructions, and of injected spikes, a second of wall time.

Run from the root of the checkout: python tests/bench/bench_playback.py
The peer, a loop in Python over the same words, knows the timer, waits, memory and the crossbar's way back to the FPGA,
but no chip.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable

import numpy as np

from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.instruction import load_instructions

_count = 1_000_000
_peer_share = 20  # of the words of ours
_codes = {one.name: one.code for one in load_instructions().to_fpga}


def timers() -> ProgramBuilder:
    """Nothing but the timer."""
    builder = ProgramBuilder()
    builder.setup_timer()
    return _repeated(builder)


def writes(address: int) -> ProgramBuilder:
    """Words to one address, an instruction for the address and one for the data each."""
    builder = ProgramBuilder()
    builder.write_words(np.full(_count // 2, address), np.arange(_count // 2))
    return builder


def reads(address: int) -> ProgramBuilder:
    """Reads of one address."""
    builder = ProgramBuilder()
    builder.read_words(np.full(_count, address))
    return builder


def mixed() -> ProgramBuilder:
    """What experiments have most: waits, spikes, accesses."""
    builder = ProgramBuilder()
    builder.setup_timer()
    builder.wait_until(100)
    builder.spikes([0x4001, 0x8002])
    builder.write_words([0x02800000], [5])
    builder.read_words([0x02800000])
    builder.barrier()
    return _repeated(builder)


def spikes(record: bool) -> ProgramBuilder:
    """Three spikes a cycle, spread over the four outputs to the FPGA, recorded or not."""
    builder = ProgramBuilder()
    recording = load_registers().containers["EventRecordingConfig"]
    builder.write(recording, 0, {"enable_event_recording": record})
    labels = np.arange(_count)
    builder.spikes((labels % 4) << 14 | labels // 4 % 0x4000)
    builder.setup_timer()
    builder.wait_until(200_000)
    return builder


def _repeated(builder: ProgramBuilder) -> ProgramBuilder:
    words = builder.words()
    found = ProgramBuilder()
    found._append(np.tile(words, _count // len(words)))
    return found


def interpret(words: list[int]) -> int:
    """The peer: the cycles that a program takes."""
    cycle = origin = address = 0
    memory: dict[int, int] = {}
    answers: list[tuple[int, int]] = []
    for word in words:
        code, payload = word >> 56, word & (1 << 56) - 1
        if code == _codes["timer_setup"]:
            origin = cycle
        elif code == _codes["wait_until"]:
            cycle = max(cycle, origin + payload)
        elif code == _codes["omnibus_address"]:
            address = payload & 0xFFFFFFFF
            if payload >> 36 & 1:
                answers.append((cycle, memory.get(address, 0)))
        elif code == _codes["omnibus_data"]:
            memory[address] = payload
        elif _codes["spike_pack_1"] <= code <= _codes["spike_pack_3"]:
            for place in range(code - _codes["spike_pack_1"] + 1):
                answers.append((cycle, payload >> 16 * place & 0xFFFF))
        cycle += 1
    return cycle


def best(call: Callable[[], object], repeats: int = 3) -> float:
    """The shortest of some times."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def measure(chip: Chip, name: str, builder: ProgramBuilder, units: int, what: str) -> None:
    """Print ours beside the peer's."""
    builder.halt()
    data, words = builder.to_bytes(), builder.words().tolist()
    own = best(lambda: run_playback(chip, data))
    part = words[: len(words) // _peer_share]
    peer = best(lambda: interpret(part), 1) * len(words) / len(part)
    print(f"{name:<44} {units / own / 1e6:7.2f} M {what}/s    peer {units / peer / 1e6:6.2f} M/s")


def main() -> None:
    """Print the figures."""
    print(f"{platform.machine()} {platform.processor()}, one core")
    chip = Chip()
    measure(chip, "timer set-ups", timers(), _count, "instructions")
    measure(chip, "writes to the memory of a processor", writes(0x02800000), _count, "instructions")
    measure(chip, "writes to a register of the FPGA", writes(0x88007C00), _count, "instructions")
    measure(chip, "reads of the memory of a processor", reads(0x02800000), _count, "instructions")
    measure(chip, "waits, spikes, a write, a read, a barrier", mixed(), _count, "instructions")
    measure(chip, "spikes, not recorded", spikes(False), _count, "spikes")
    measure(chip, "spikes, recorded", spikes(True), _count, "spikes")


if __name__ == "__main__":
    main()
