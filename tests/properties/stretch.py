"""A case executed as far as its values cannot depend on time, instruction by instruction or at once."""

from __future__ import annotations

from functools import cache
from typing import Any

import attrs
import numpy as np

from hicannx.emu import state as st
from hicannx.emu.machine import ppu_cycle_ticks, sram_bytes
from hicannx.emu.score import ENTRY, WORD_MASK, system_row
from hicannx.emu.special import alignment_vector, program_vector
from hicannx.emu.state import ChipState
from hicannx.emu.statetable import FIRST_STATE, NONE, STATE_CAPACITY, STATES_USED
from hicannx.emu.trace import last_records, record_last, stop_trace
from hicannx.isa.codec import decode, extract
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics.usage import uses
from hicannx.tools.conform.on_kernel import OnKernel, shared_chip
from hicannx.tools.conform.situation import Situation
from properties.case import Case

timers = ("tbl", "tbu", "dec", "tsr")  # what differs when time does
_enabling = ("msr", "tcr", "dec", "tsr", "tbl", "tbu", "gin", "iccr", "srr1", "csrr1", "mcsrr1")
_ppu = 0


def without_time(case: Case) -> Case:
    """The case with nothing that interrupts it."""
    return attrs.evolve(
        case, special={name: one for name, one in case.special.items() if name not in _enabling}, signals=()
    )


@cache
def tells_time(word: int) -> bool:
    """Whether an instruction reads a timer, or may let an interrupt through, or has no meaning."""
    row = decode(load_isa(), word)
    if row is None:
        return False
    if row.semantics is None:
        return True
    fields, registers = extract(row, word), load_isa().registers.special_registers
    touched = {registers[name.upper()].number for name in (*timers, "tcr")}
    used = uses(programs()[row.name])
    if any(one.what == "MSR" and one.write for one in used):
        return not row.timing.endswith("_multiple")  # these clear bits only
    return any(one.what == "SPR" and fields.get(one.field) in touched for one in used)


@attrs.frozen
class Stretch:
    """Addresses and words executed, cycles of their issue, ticks at the end, and what is left."""

    pcs: np.ndarray[Any, np.dtype[np.int64]]
    words: np.ndarray[Any, np.dtype[np.int64]]
    issues: np.ndarray[Any, np.dtype[np.int64]]
    end_tick: int
    left: Situation

    @property
    def until_exception(self) -> int:
        """How many instructions there are up to the first one that raises an exception."""
        vectors = np.isin(self.pcs, (alignment_vector, program_vector))
        return int(np.argmax(vectors)) if vectors.any() else len(self.pcs)


def begin(case: Case, system: str = "") -> OnKernel:
    """A case on the kernel, in surroundings of the timing model or untimed."""
    kernel, state = OnKernel(case.situation()), shared_chip().world.chip
    state.core[_ppu, st.UNTIMED] = not system
    st.set_system(state, system_row(system or "chip"))
    return kernel


def step_through(case: Case, system: str, most: int) -> Stretch:
    """Execute so many instructions at most, one by one."""
    kernel, chip = begin(case, system), shared_chip()
    state = chip.world.chip
    core, count = state.core[_ppu], 0
    record_last(chip, _ppu)
    while count < most and core[st.PC] < sram_bytes and not core[st.SLEEPING]:
        word = int(state.sram[_ppu, core[st.PC] // 4])
        if tells_time(word):
            break
        kernel.step()
        count += 1
    records = last_records(chip, _ppu, count).records
    stop_trace(chip, _ppu)
    pcs, words, issues = (records[name].astype(np.int64) for name in ("pc", "word", "cycle"))
    return Stretch(pcs, words, issues, int(core[st.TICK]), kernel.finish())


def run(case: Case, system: str, stretch: Stretch, cuts: tuple[int, ...] = ()) -> tuple[Situation, int]:
    """Execute the same at once or in pieces, cut at these cycles; what is left, and the tick reached."""
    kernel, end = begin(case, system), stretch.end_tick // ppu_cycle_ticks
    for cycle in (*(one for one in cuts if one < end), end + stretch.left.sleeping):  # `wait` issues in the last cycle
        kernel.advance(cycle)
    return kernel.finish(), int(shared_chip().world.chip.core[_ppu, st.TICK])


def forget_states(state: ChipState) -> None:
    """Let the kernel know no state of its pipeline, as at first."""
    state.state_count[STATES_USED], state.state_place[:], state.lead[:, 0] = FIRST_STATE, NONE, NONE
    state.decoded[:, :, ENTRY] &= WORD_MASK


def leave_states(state: ChipState, room: int) -> None:
    """Leave room for so many new states."""
    state.state_count[STATES_USED] = max(int(state.state_count[STATES_USED]), STATE_CAPACITY - room)
