"""One vector over the parallel bus: the synapse array, memory of the FPGA, or a test bench; its time and its faults."""

from __future__ import annotations

from hicannx.emu.busrow import NO_ANSWER, read_vector, write_vector
from hicannx.emu.interrupt import FAULT
from hicannx.emu.kernelcache import inner
from hicannx.emu.omnibus import fail
from hicannx.emu.state import BAD_PBUS, BENCH, EXTRA_CYCLES, FIRST_PBUS_WRITE, ChipState
from hicannx.emu.testbench import bench_read, bench_write
from hicannx.emu.vectormemory import memory_windows, move_vector
from hicannx.isa.timing import load_model

_memory_read, _memory_write = load_model().distant.external_row_read, load_model().distant.external_row_write


@inner
def write_row(chip: ChipState, ppu: int, address: int, tick: int) -> int:
    """Write the bytes of `chip.row[0]` that `chip.row[1]` enables; an exception code."""
    core, row, on, cycles = chip.core[ppu], chip.row[0], chip.row[1], 0
    if chip.bench[BENCH]:
        bench_write(chip, address, row, on)
    elif address >= memory_windows:
        cycles = _memory_write if move_vector(chip, address, row, on, False) else NO_ANSWER
    else:
        cycles = write_vector(chip, ppu, address, row, on, tick)
        if cycles >= 0 and core[FIRST_PBUS_WRITE] < 0:
            core[FIRST_PBUS_WRITE] = tick
    return _finish(chip, ppu, address, cycles, tick)


@inner
def read_row(chip: ChipState, ppu: int, address: int, tick: int) -> int:
    """Read into `chip.row[0]`; an exception code."""
    row, cycles = chip.row[0], 0
    if chip.bench[BENCH]:
        bench_read(chip, address, row)
    elif address >= memory_windows:
        cycles = _memory_read if move_vector(chip, address, row, row, True) else NO_ANSWER
    else:
        cycles = read_vector(chip, ppu, address, row)
    return _finish(chip, ppu, address, cycles, tick)


@inner
def _finish(chip: ChipState, ppu: int, address: int, cycles: int, tick: int) -> int:
    """Note what an access takes, or what was wrong with it."""
    chip.core[ppu, EXTRA_CYCLES] = max(cycles, 0)
    if cycles >= 0:
        return 0
    fail(chip, BAD_PBUS, address, ppu, tick)
    return FAULT
