"""Programs run instruction by instruction, to see which ones they execute."""

from __future__ import annotations

import numpy as np

from hicannx.emu.alone import step_alone
from hicannx.emu.kernelcache import njit
from hicannx.emu.machine import sram_bytes
from hicannx.emu.score import Row
from hicannx.emu.state import ATTENTION, FAULT_CODE, NO_SEMANTICS, PC, SLEEPING, ChipState
from hicannx.isa.semantics.state import word_bytes

_bytes = word_bytes()


@njit
def _step_through(chip: ChipState, ppu: int, pcs: Row, words: Row) -> int:
    core, fault = chip.core[ppu], chip.fault
    for count in range(len(pcs)):
        pc = core[PC]
        if pc >= sram_bytes:
            return count
        pcs[count], words[count] = pc, chip.sram[ppu, pc // _bytes]
        step_alone(chip, ppu)
        if fault[FAULT_CODE] == NO_SEMANTICS:  # there is nothing on the chip that would answer
            fault[FAULT_CODE], fault[ATTENTION] = 0, 0
            core[PC] = pc + _bytes
        if core[SLEEPING] or fault[FAULT_CODE]:
            return count + 1
    return len(pcs)


def step_through(chip: ChipState, ppu: int = 0, most: int = 2_000_000) -> tuple[Row, Row]:
    """Addresses and words of the instructions that a processor executes in its SRAM until it sleeps, `most` of them."""
    pcs, words = np.zeros(most, np.int64), np.zeros(most, np.int64)
    count = _step_through(chip, ppu, pcs, words)
    return pcs[:count], words[:count]
