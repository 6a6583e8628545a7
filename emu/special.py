"""Special registers, interrupts and alignment of the processor as plain constants and tables for the kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import word_bytes

_registers = load_isa().registers
_named = _registers.special_registers

# A row a special register number: bit 0 readable, bit 1 writable; bits that a write keeps.
special_kinds: NDArray[np.int64] = np.zeros(_registers.counts["special"], np.int64)
special_masks: NDArray[np.int64] = np.zeros(_registers.counts["special"], np.int64)
for _one in _named.values():
    special_kinds[_one.number] = ("r" in _one.access) | ("w" in _one.access) << 1
    special_masks[_one.number] = _one.keep

# For accesses of 1, 2, 4 and 128 bytes the offsets in a word at which they are done, as a bit mask.
alignment: NDArray[np.int64] = np.zeros(129, np.int64)
for _size, _offsets in _registers.alignment.items():
    if isinstance(_offsets, list):
        alignment[int(_size)] = sum(1 << offset for offset in _offsets)

time_base_low, time_base_high = _named["TBL"].number, _named["TBU"].number
decrementer, decrementer_reload = _named["DEC"].number, _named["DECAR"].number
timer_status, timer_control = _named["TSR"].number, _named["TCR"].number
pins_in, pin_control = _named["GIN"].number, _named["ICCR"].number
srr0, srr1, esr = _named["SRR0"].number, _named["SRR1"].number, _named["ESR"].number
timers = (time_base_low, time_base_high, decrementer, decrementer_reload, timer_status, timer_control)

instruction_bytes = word_bytes()
esr_trap = _registers.exception_syndrome["trap"]
enter_mask = _registers.machine_state.kept_on_interrupt
external_enable = _registers.machine_state.external_interrupts
_mask = _registers.mask
dec_enable, fit_enable, auto_reload = (_mask("TCR", name) for name in ("DIE", "FIE", "ARE"))
dec_status, fit_status = _mask("TSR", "DIS"), _mask("TSR", "FIS")
fit_period_mask, fit_period_shift = _mask("TCR", "FP"), _registers.last("TCR", "FP")
fit_bits: NDArray[np.int64] = np.array(_registers.fixed_interval.time_base_bits, np.int64)
pin_enable_shift = _registers.last("ICCR", "pin_enable")
pin_low_shift, pin_level_shift = _registers.last("ICCR", "trigger_low"), _registers.last("ICCR", "sense_level")
interrupting_pins = _mask("ICCR", "pin_enable") >> pin_enable_shift


def vector(name: str) -> int:
    """The address of an interrupt's vector."""
    return _registers.interrupts[name].vector


alignment_vector, program_vector = vector("alignment"), vector("program")

# Asynchronous interrupts as bits; those of lower bits go first.
_order = sorted(
    (one for one in _registers.interrupts.items() if one[1].enabled_by), key=lambda pair: pair[1].priority or 0
)
_bits = {name: 1 << place for place, (name, _) in enumerate(_order)}
EXTERNAL, FIT, DEC, DOORBELL = (_bits[name] for name in ("external_input", "fixed_interval", "decrementer", "doorbell"))
asynchronous_vectors: NDArray[np.int64] = np.array([one.vector for _, one in _order], np.int64)
