"""Loads and stores of the processor: its own SRAM at once, everything else through `outside`."""

from __future__ import annotations

from hicannx.emu.interrupt import ALIGNMENT
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import sram_bytes
from hicannx.emu.rarely import rarely
from hicannx.emu.request import load_word, store_bits
from hicannx.emu.special import alignment
from hicannx.emu.state import ChipState


@inner
def check_access(address: int, size: int) -> int:
    """0 when an access of so many bytes may go ahead, else the alignment exception."""
    return 0 if alignment[size] >> (address & 3) & 1 else ALIGNMENT


@inner
def load(chip: ChipState, ppu: int, address: int, size: int, tick: int) -> int:
    """An unsigned, big-endian value of 1, 2 or 4 bytes inside one word."""
    if rarely(address >= sram_bytes):
        word = load_word(chip, ppu, address, tick)
    else:
        word = int(chip.sram[ppu, address >> 2])
    if size == 4:
        return word
    return word >> 8 * (4 - size - (address & 3)) & ((1 << 8 * size) - 1)


@inner
def store(chip: ChipState, ppu: int, address: int, size: int, value: int, tick: int) -> None:
    """Store the low 1, 2 or 4 bytes of `value`, big-endian, inside one word."""
    shift = 8 * (4 - size - (address & 3))
    mask = ((1 << 8 * size) - 1) << shift
    data = value << shift & mask
    if rarely(address >= sram_bytes):
        store_bits(chip, ppu, address, mask, data, tick)
    else:
        chip.sram[ppu, address >> 2] = (int(chip.sram[ppu, address >> 2]) & ~mask) | data
