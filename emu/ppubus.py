"""What a processor reaches outside its registers: memory, Omnibus, parallel bus, special registers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import facts, ppu_cycle_ticks, sram_bytes
from hicannx.emu.omnibus import fail, note_change, read, write
from hicannx.emu.special import alignment, special_kinds, special_masks, time_base_high, time_base_low, unsupported
from hicannx.emu.state import BAD_DATA, BAD_PBUS, FIRST_PBUS_WRITE, NOT_EMULATED, TIME_BASE, ChipState
from hicannx.emu.synram import read_vector, synapse_rows, write_vector

ALIGNMENT, PROGRAM, FAULT = 1, 2, 3
_spaces = facts["ppu"]["data_spaces"]
_memory_base, _memory_bytes = int(_spaces["fpga_memory"]["base"]), int(_spaces["fpga_memory"]["bytes"])
_omnibus_base, _omnibus_bytes = int(_spaces["omnibus"]["base"]), int(_spaces["omnibus"]["bytes"])


@inner
def check_access(address: int, size: int) -> int:
    """0 when an access of so many bytes may go ahead, else the alignment exception."""
    return 0 if alignment[size] >> (address & 3) & 1 else ALIGNMENT


@inner
def load(chip: ChipState, ppu: int, address: int, size: int, tick: int) -> int:
    """An unsigned, big-endian value of 1, 2 or 4 bytes inside one word."""
    if address < sram_bytes:
        word = int(chip.sram[ppu, address >> 2])
    else:
        word = _load_far(chip, ppu, address, tick)
    if size == 4:
        return word
    return word >> 8 * (4 - size - (address & 3)) & ((1 << 8 * size) - 1)


@inner
def _load_far(chip: ChipState, ppu: int, address: int, tick: int) -> int:
    if _memory_base <= address < _memory_base + _memory_bytes:
        return int(chip.fpga_memory[address - _memory_base >> 2])
    if _omnibus_base <= address < _omnibus_base + _omnibus_bytes:
        return int(read(chip, address - _omnibus_base >> 2, ppu, tick))
    return int(fail(chip, BAD_DATA, address, ppu, tick))


@inner
def store(chip: ChipState, ppu: int, address: int, size: int, value: int, tick: int) -> None:
    """Store the low 1, 2 or 4 bytes of `value`, big-endian, inside one word."""
    shift = 8 * (4 - size - (address & 3))
    mask = ((1 << 8 * size) - 1) << shift
    data = value << shift & mask
    if address < sram_bytes:
        chip.sram[ppu, address >> 2] = (int(chip.sram[ppu, address >> 2]) & ~mask) | data
    elif _memory_base <= address < _memory_base + _memory_bytes:
        word = address - _memory_base >> 2
        chip.fpga_memory[word] = (int(chip.fpga_memory[word]) & ~mask) | data
    elif _omnibus_base <= address < _omnibus_base + _omnibus_bytes:
        enables = ((1 << size) - 1) << (4 - size - (address & 3))
        write(chip, address - _omnibus_base >> 2, data, enables, ppu, tick)
    else:
        fail(chip, BAD_DATA, address, ppu, tick)


@inner
def pbus_write(
    chip: ChipState, ppu: int, address: int, row: NDArray[np.uint8], on: NDArray[np.uint8], tick: int
) -> int:
    """Write the enabled bytes of a vector to the parallel bus; an exception code."""
    if not write_vector(chip, ppu, address, row, on):
        fail(chip, BAD_PBUS, address, ppu, tick)
        return FAULT
    if address // 2 >= synapse_rows:
        note_change(chip, -1)
    if chip.core[ppu, FIRST_PBUS_WRITE] < 0:
        chip.core[ppu, FIRST_PBUS_WRITE] = tick
    return 0


@inner
def pbus_read(chip: ChipState, ppu: int, address: int, row: NDArray[np.uint8], tick: int) -> int:
    """Read a vector from the parallel bus; an exception code."""
    if not read_vector(chip, ppu, address, row):
        fail(chip, BAD_PBUS, address, ppu, tick)
        return FAULT
    return 0


@inner
def read_spr(chip: ChipState, ppu: int, number: int, tick: int) -> int:
    """A special register; one that does not exist or cannot be read gives 0."""
    if number in (time_base_low, time_base_high):
        count = (tick - chip.core[ppu, TIME_BASE]) // ppu_cycle_ticks
        return int(count & 0xFFFFFFFF if number == time_base_low else count >> 32 & 0xFFFFFFFF)
    return int(chip.spr[ppu, number]) if special_kinds[number] & 1 else 0


@inner
def write_spr(chip: ChipState, ppu: int, number: int, value: int, tick: int) -> None:
    """Write a special register under its mask; one that does not exist ignores it."""
    if number in (time_base_low, time_base_high):
        count = (tick - chip.core[ppu, TIME_BASE]) // ppu_cycle_ticks
        if number == time_base_low:
            count = (count & ~0xFFFFFFFF) | value
        else:
            count = (count & 0xFFFFFFFF) | value << 32
        chip.core[ppu, TIME_BASE] = tick - count * ppu_cycle_ticks
    elif unsupported[number] & value:
        fail(chip, NOT_EMULATED, number, ppu, tick)
    elif special_kinds[number] & 4:
        chip.spr[ppu, number] &= ~value
    elif special_kinds[number] & 2:
        chip.spr[ppu, number] = value & special_masks[number]
