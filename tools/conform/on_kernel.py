"""A situation carried on by the emulator's kernel, with a test bench's memory around it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from hicannx.emu import state as st
from hicannx.emu.alone import run_alone, step_alone
from hicannx.emu.chip import Chip
from hicannx.emu.interrupt import ring_doorbell, set_pins
from hicannx.emu.machine import ppu_cycle_ticks, sram_bytes
from hicannx.emu.omnibus import control_ppu
from hicannx.emu.special import decrementer, special_masks, time_base_high, time_base_low
from hicannx.emu.state import ChipState
from hicannx.isa.load import load_isa
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.situation import Situation, special_names

_columns = {"pc": st.PC, "cr": st.CR, "lr": st.LR, "ctr": st.CTR, "msr": st.MSR}
_flags = {"SO": st.SO, "OV": st.OV, "CA": st.CA}
_word_bytes, _low_bits = 4, 32


class OnKernel:
    """The kernel as a test bench has it; `situation` is what it began with until `finish`."""

    def __init__(self, situation: Situation) -> None:
        self._situation, self._state, self._now = situation, shared_chip().world.chip, 0
        state, told = self._state, situation
        control_ppu(state, 0, 0, 0)
        state.core[0, st.UNTIMED] = 1
        control_ppu(state, 0, 1, 0)
        state.gpr[0] = told.gpr
        state.vr[0] = np.frombuffer(b"".join(told.vr), np.uint8).reshape(state.vr[0].shape)
        state.acc[0] = np.array(told.acc, np.uint32).view(np.int32)
        state.vcr[0] = np.frombuffer(told.vcr, np.uint8)
        self._put_special()
        self._put_memory(told.memory)

    def _put_special(self) -> None:
        core, spr, told = self._state.core[0], self._state.spr[0], self._situation.special
        for name, column in _columns.items():
            core[column] = told.get(name, 0)
        for name, bit in load_isa().registers.xer.items():
            core[_flags[name]] = told.get("xer", 0) >> bit & 1
        for name, number in special_names().items():
            spr[number] = told.get(name, 0) & special_masks[number]
        core[st.POWER] = self._situation.power
        core[st.PINS] = told.get("gin", 0)
        count = told.get("dec", 0)
        core[st.DEC_ZERO] = count * ppu_cycle_ticks if count else st.NEVER
        count = told.get("tbu", 0) << _low_bits | told.get("tbl", 0)
        core[st.TIME_BASE] = np.array(count, np.uint64).astype(np.int64) * -1

    def _put_memory(self, memory: Memory) -> None:
        state = self._state
        filler = memory.filler if memory.filled else bytes(_word_bytes)
        image = bytearray(filler * (sram_bytes // _word_bytes))
        state.bench[:] = 1, 0, 0
        outside = sorted({address // _word_bytes for address in memory.content if address >= sram_bytes})
        for place, word in enumerate(outside):
            state.bench_address[place], state.bench_word[place] = word, memory.load(_word_bytes * word, _word_bytes)
        state.bench[st.BENCH_WORDS] = len(outside)
        for address, byte in memory.content.items():
            if address < sram_bytes:
                image[address] = byte
        state.sram[0] = np.frombuffer(image, ">u4")
        self._before = state.sram[0].copy()
        for place, (address, row) in enumerate(self._situation.rows.items()):
            state.bench_row_address[place], state.bench_row[place] = address, np.frombuffer(row, np.uint8)
        state.bench[st.BENCH_ROWS] = len(self._situation.rows)

    def state_at_reset(self) -> ChipState:
        """The state with the pc at the reset vector; a branch there leads to where the situation begins."""
        self._state.core[0, st.PC] = 0
        return self._state

    def step(self) -> None:
        """One instruction."""
        step_alone(self._state, 0)
        self._check(int(self._state.core[0, st.TICK]))

    def advance(self, cycle: int) -> None:
        """Go on to a cycle."""
        self._run(cycle * ppu_cycle_ticks, True)

    def advance_until_asleep(self, cycle: int) -> None:
        """Go on until it sleeps, at most to a cycle."""
        self._run(cycle * ppu_cycle_ticks, False)

    def _run(self, until: int, through_sleep: bool) -> None:
        run_alone(self._state, 0, until, through_sleep)
        self._check(until if through_sleep else int(self._state.core[0, st.TICK]))

    def _check(self, until: int) -> None:
        code = int(self._state.fault[st.FAULT_CODE])
        self._state.fault[:] = 0
        self._now = int(self._state.core[0, st.TICK]) if code else until
        if code:
            raise RuntimeError(f"the kernel stops with fault {code} at {int(self._state.core[0, st.PC]):#x}")

    def signal(self, name: str, value: int) -> None:
        """Input pins, or the doorbell, at the cycle reached."""
        if name == "gin":
            set_pins(self._state, 0, value, self._now)
        elif value:
            ring_doorbell(self._state, 0, self._now)

    def finish(self) -> Situation:
        """The situation as it is now."""
        now, state = self._situation, self._state
        core = state.core[0]
        now.gpr, now.acc = state.gpr[0].tolist(), state.acc[0].view(np.uint32).tolist()
        now.vr, now.vcr = [row.tobytes() for row in state.vr[0]], state.vcr[0].tobytes()
        now.special = {name: int(state.spr[0, number]) for name, number in special_names().items()}
        now.special |= {name: int(core[column]) for name, column in _columns.items()}
        now.special["xer"] = sum(int(core[_flags[name]]) << bit for name, bit in load_isa().registers.xer.items())
        now.special |= _timers(core, max(self._now, int(core[st.TICK])))
        now.sleeping, now.instructions = bool(core[st.SLEEPING]), int(core[st.INSTRUCTIONS])
        self._take_memory()
        return now

    def _take_memory(self) -> None:
        state, now = self._state, self._situation
        if state.bench[st.BENCH_WORDS] == st.BENCH_WORD_CAPACITY or state.bench[st.BENCH_ROWS] == st.BENCH_ROW_CAPACITY:
            raise RuntimeError("the test bench's memory is full")
        for word in np.flatnonzero(state.sram[0] != self._before).tolist():
            now.memory.store(_word_bytes * word, _word_bytes, int(state.sram[0, word]))
        for place in range(state.bench[st.BENCH_WORDS]):
            now.memory.store(_word_bytes * int(state.bench_address[place]), _word_bytes, int(state.bench_word[place]))
        rows = range(state.bench[st.BENCH_ROWS])
        now.rows = {int(state.bench_row_address[place]): state.bench_row[place].tobytes() for place in rows}


def _timers(core: Any, tick: int) -> dict[str, int]:
    count = tick // ppu_cycle_ticks - int(core[st.TIME_BASE])
    left = 0 if core[st.DEC_ZERO] == st.NEVER else max(0, int(core[st.DEC_ZERO]) - tick) // ppu_cycle_ticks
    values = {time_base_low: count & 0xFFFFFFFF, time_base_high: count >> _low_bits & 0xFFFFFFFF, decrementer: left}
    return {name: values[number] for name, number in special_names().items() if number in values}


@cache
def shared_chip() -> Chip:
    """One chip serves all records."""
    return Chip()
