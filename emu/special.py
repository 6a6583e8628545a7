"""Special registers, interrupts and alignment of the processor as plain constants and tables for the kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.isa.load import load_isa

_registers = load_isa().registers
_named = _registers.special_registers

# A row a special register number: bit 0 readable, bit 1 writable, bit 2 a written 1 clears; bits that a write keeps;
# bits whose effect is not emulated yet.
special_kinds: NDArray[np.int64] = np.zeros(_registers.counts["special"], np.int64)
special_masks: NDArray[np.int64] = np.zeros(_registers.counts["special"], np.int64)
unsupported: NDArray[np.int64] = np.zeros(_registers.counts["special"], np.int64)
for _one in _named.values():
    special_kinds[_one.number] = ("r" in _one.access) | ("w" in _one.access) << 1 | _one.clear_on_write << 2
    special_masks[_one.number] = _one.keep
    unsupported[_one.number] = _one.not_emulated

# For accesses of 1, 2, 4 and 128 bytes the offsets in a word at which they are done, as a bit mask.
alignment: NDArray[np.int64] = np.zeros(129, np.int64)
for _size, _offsets in _registers.alignment.items():
    if isinstance(_offsets, list):
        alignment[int(_size)] = sum(1 << offset for offset in _offsets)

time_base_low, time_base_high = _named["TBL"].number, _named["TBU"].number
srr0, srr1, esr = _named["SRR0"].number, _named["SRR1"].number, _named["ESR"].number
esr_trap = _registers.exception_syndrome["trap"]
enter_mask = _registers.machine_state.kept_on_interrupt
alignment_vector = _registers.interrupts["alignment"].vector
program_vector = _registers.interrupts["program"].vector
