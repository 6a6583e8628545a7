"""What a processor reaches outside its registers and SRAM: other memory, the Omnibus, special registers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.interrupt import LOOK
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import facts
from hicannx.emu.omnibus import fail, read, write
from hicannx.emu.special import pin_control, special_kinds, special_masks, timers
from hicannx.emu.state import BAD_DATA, BAD_FETCH, BENCH, EXCEPTION, ChipState
from hicannx.emu.testbench import bench_word
from hicannx.emu.timer import read_timer, write_timer

_spaces, _code = facts["ppu"]["data_spaces"], facts["ppu"]["code_spaces"]
_memory_base, _memory_bytes = int(_spaces["fpga_memory"]["base"]), int(_spaces["fpga_memory"]["bytes"])
_dram_base, _dram_bytes = int(_spaces["dram"]["base"]), int(_spaces["dram"]["bytes"])
_fpga_base, _fpga_bytes = int(_spaces["fpga"]["base"]), int(_spaces["fpga"]["bytes"])
_omnibus_base, _omnibus_bytes = int(_spaces["omnibus"]["base"]), int(_spaces["omnibus"]["bytes"])
_memory_code, _dram_code = int(_code["fpga_memory"]["base"]), int(_code["dram"]["base"])
_fpga_words = int(facts["ppu"]["fpga_words"]["base"])


@inner
def _bus_word(address: int) -> int:
    """The Omnibus word behind a byte address, on the chip or in the FPGA; -1 where there is none."""
    if _omnibus_base <= address < _omnibus_base + _omnibus_bytes:
        return address - _omnibus_base >> 2
    if _fpga_base <= address < _fpga_base + _fpga_bytes:
        return _fpga_words + (address - _fpga_base >> 2)
    return -1


@inner
def load_far(chip: ChipState, ppu: int, address: int, tick: int) -> int:
    """The word around an address outside the SRAM."""
    if chip.bench[BENCH]:
        return int(chip.bench_word[bench_word(chip, address)])
    if _memory_base <= address < _memory_base + _memory_bytes:
        return int(chip.fpga_memory[address - _memory_base >> 2])
    if _dram_base <= address < _dram_base + _dram_bytes:
        return int(chip.dram[address - _dram_base >> 2])
    word = _bus_word(address)
    if word >= 0:
        return int(read(chip, word, ppu, tick))
    return int(fail(chip, BAD_DATA, address, ppu, tick))


@inner
def store_far(chip: ChipState, ppu: int, address: int, mask: int, data: int, tick: int) -> None:
    """Store the bits of a mask in the word around an address."""
    if chip.bench[BENCH]:
        word = bench_word(chip, address)
        chip.bench_word[word] = (int(chip.bench_word[word]) & ~mask) | data
    elif _memory_base <= address < _memory_base + _memory_bytes:
        word = address - _memory_base >> 2
        chip.fpga_memory[word] = (int(chip.fpga_memory[word]) & ~mask) | data
    elif _dram_base <= address < _dram_base + _dram_bytes:
        word = address - _dram_base >> 2
        chip.dram[word] = (int(chip.dram[word]) & ~mask) | data
    else:
        word = _bus_word(address)
        if word < 0:
            fail(chip, BAD_DATA, address, ppu, tick)
        else:
            enables = (mask & 1) | (mask >> 7 & 2) | (mask >> 14 & 4) | (mask >> 21 & 8)
            write(chip, word, data, enables, ppu, tick)


@inner
def fetch_far(chip: ChipState, ppu: int, pc: int, tick: int) -> int:
    """The instruction at an address outside the SRAM, where the fetch has views of its own; a fault gives 0."""
    if _memory_code <= pc < _memory_code + _memory_bytes:
        return int(chip.fpga_memory[pc - _memory_code >> 2])
    if _dram_code <= pc < _dram_code + _dram_bytes:
        return int(chip.dram[pc - _dram_code >> 2])
    return int(fail(chip, BAD_FETCH, pc, ppu, tick))


@inner
def read_special(core: NDArray[np.int64], spr: NDArray[np.int64], number: int, tick: int) -> int:
    """A special register; one that does not exist or cannot be read gives 0."""
    if number in timers:
        return read_timer(core, spr, number, tick)
    return int(spr[number]) if special_kinds[number] & 1 else 0


@inner
def write_special(core: NDArray[np.int64], spr: NDArray[np.int64], number: int, value: int, tick: int) -> None:
    """Write a special register under its mask; one that does not exist ignores it."""
    if number in timers:
        write_timer(core, spr, number, value, tick)
        core[EXCEPTION] = LOOK
    elif special_kinds[number] & 2:
        spr[number] = value & special_masks[number]
        if number == pin_control:
            core[EXCEPTION] = LOOK
