"""A processor watched from instruction to instruction: it stops at breakpoints, at changed memory, after a count.

Where nothing else can happen its kernel is called for one instruction after the other, elsewhere the lock-step goes on
by one, which gives the same state as going on at once. An interrupt is entered in front of the first instruction of
its handler, so that a breakpoint there is met.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.advance import DONE, FAULTED, REFRESH, advance, turn_tick
from hicannx.emu.analog.state import STEP_TICKS
from hicannx.emu.background import next_due
from hicannx.emu.entry import call_entry
from hicannx.emu.eventqueue import next_tick
from hicannx.emu.interrupt import take_interrupt, wake
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.machine import ppu_count
from hicannx.emu.state import (
    ATTENTION,
    FAULT_CODE,
    INSTRUCTIONS,
    NEVER,
    NOW,
    PC,
    RUN,
    RUNNING,
    SLEEPING,
    STEP_BEGIN,
    TICK,
    ChipState,
)
from hicannx.emu.world import World

# Why `observe` returns, besides the reasons of `advance`.
BREAKPOINT, WATCHED, ASLEEP, REACHED, COUNTED = range(10, 15)

# Places of `request`: the count of instructions at the beginning and that to stop at, and the watched row that changed.
BEGIN, COUNT, CHANGED_ROW = 0, 1, 2
REQUEST_COLUMNS = 3

# Columns of `watched`, one row a word: its memory, its number there, the bits that matter, and what they were.
MEMORY, WORD, MASK, VALUE = 0, 1, 2, 3
WATCH_COLUMNS = 4
SRAM, FPGA_MEMORY, DRAM = 0, 1, 2

_Numbers = NDArray[np.int64]
_arrived: Any = np.int64(-1)
_done: Any = np.int64(DONE)


@njit
def observe(
    world: World, ppu: int, until: int, request: _Numbers, breakpoints: _Numbers, watched: NDArray[np.int64]
) -> int:
    """Go on to tick `until` at most, and stop in front of the instruction at which there is a reason to.

    Where it begins there is none: `request[BEGIN]` is the count of instructions then.
    """
    core = world.chip.core[ppu]
    while True:
        reason = _arrive(world, ppu, until)
        if reason != _arrived:
            return reason
        quiet = min(until, _quiet_until(world, ppu))
        while True:
            reason = _reason_here(world.chip, ppu, request, breakpoints, watched)
            if reason == DONE and core[TICK] >= until:
                reason = REACHED
            if reason != DONE:
                advance(world, core[TICK])
                return reason
            if core[TICK] >= quiet:
                reason = advance(world, core[TICK] + 1)
                break
            call_entry(world.chip.entry[RUN], world.chip, ppu, core[TICK] + 1)
            if core[SLEEPING] or world.chip.fault[ATTENTION]:
                break
        if reason != DONE:
            return reason


@inner
def _reason_here(
    chip: ChipState, ppu: int, request: _Numbers, breakpoints: _Numbers, watched: NDArray[np.int64]
) -> int:
    """Enter an interrupt that is due; a reason to stop in front of the next instruction, or DONE."""
    core = chip.core[ppu]
    pc = take_interrupt(core, chip.spr[ppu], core[PC], core[TICK])
    is_entered, core[PC] = pc != core[PC], pc
    if core[INSTRUCTIONS] == request[BEGIN] and not is_entered:
        return int(_done)
    if _has_changed(chip, ppu, watched, request):
        return WATCHED
    for address in breakpoints:
        if address == pc:
            return BREAKPOINT
    return COUNTED if core[INSTRUCTIONS] >= request[COUNT] else int(_done)


@inner
def _quiet_until(world: World, ppu: int) -> int:
    """The tick up to which nothing happens but instructions of this processor."""
    step_end = world.chip.clock[STEP_BEGIN] + world.neurons.counts[STEP_TICKS]
    return int(min(step_end, next_tick(world.queue), next_due(world.background), _others_turn(world.chip, ppu)))


@inner
def _arrive(world: World, ppu: int, until: int) -> int:
    """Bring everything to where the processor's next instruction begins; the reason to return, if there is one."""
    chip = world.chip
    core = chip.core[ppu]
    while True:
        if chip.fault[FAULT_CODE]:
            return FAULTED
        if chip.fault[ATTENTION]:
            return REFRESH
        goal = core[TICK]
        if core[SLEEPING] or not core[RUNNING]:
            others, wakes = _others_turn(chip, ppu), turn_tick(chip, ppu)
            if wakes == NEVER and others == NEVER:
                return ASLEEP
            if wakes <= chip.clock[NOW]:
                core[PC] = wake(core, core[PC])
                continue
            goal = min(wakes, others + 1) if others != NEVER else wakes
        elif chip.clock[NOW] >= goal:
            return int(_arrived)
        if chip.clock[NOW] >= until:
            return REACHED
        reason = advance(world, min(goal, until))
        if reason != DONE:
            return reason


@inner
def _others_turn(chip: ChipState, ppu: int) -> int:
    """The tick at which another processor goes on; NEVER when none does."""
    turn = NEVER
    for other in range(ppu_count):
        if other != ppu:
            turn = min(turn, turn_tick(chip, other))
    return turn


@inner
def _has_changed(chip: ChipState, ppu: int, watched: NDArray[np.int64], request: _Numbers) -> bool:
    """Whether a watched word has another value than before; all rows take the values of now."""
    found = False
    for row in range(len(watched)):
        memory, word = watched[row, MEMORY], watched[row, WORD]
        if memory == SRAM:
            value = np.int64(chip.sram[ppu, word])
        elif memory == FPGA_MEMORY:
            value = np.int64(chip.fpga_memory[word])
        else:
            value = np.int64(chip.dram[word])
        value &= watched[row, MASK]
        if value != watched[row, VALUE]:
            watched[row, VALUE] = value
            if not found:
                request[CHANGED_ROW] = row
            found = True
    return found
