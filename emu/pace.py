"""The timing model as the processor's kernel calls it, compiled once and called by address: what seldom happens.

The scalar pipeline is in a state with a number, see pipestate.py; only for what is new is it brought back into the
scoreboard. The vector unit is always in the scoreboard.
"""

from __future__ import annotations

from typing import Any

from hicannx.emu.entry import ask_entry
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.machine import ppu_count, ppu_cycle_ticks
from hicannx.emu.pipestate import bring_back, find_state, forget_states, lead_place
from hicannx.emu.prediction import REDIRECT
from hicannx.emu.score import (
    COMMAND,
    COMMANDS,
    ENTRY,
    GIVES,
    ISSUE,
    LEADS,
    READY,
    SLOT,
    STATE,
    STATE_SHIFT,
    VECTOR_DONE,
    WORD_MASK,
    Row,
    commands,
    places,
)
from hicannx.emu.scoreboard import (
    earliest_scalar,
    issue_scalar,
    move_to,
    registers_ready,
    reset,
)
from hicannx.emu.special import instruction_bytes
from hicannx.emu.specialclass import specials
from hicannx.emu.state import EXTRA_CYCLES, FRESH, PACE, TICK, UNTIMED, ChipState
from hicannx.emu.statetable import (
    ADVANCE_SHIFT,
    AFTER_REDIRECT,
    CASE_MASK,
    NEXT_CYCLE,
    NONE,
    SPECIAL_SHIFT,
    STALL_SHIFT,
    STATE_MASK,
    STATES_USED,
    UNTIMED_STATE,
)
from hicannx.emu.timer import catch_up
from hicannx.emu.tracerows import note_rows
from hicannx.emu.vectorpipe import delay_answer, delay_transfer, is_vector, issue_vector, queue_ready

# What the model is asked to do.
BEGIN, LEAD, LATER, REDIRECTS, VECTOR, ANSWER, WAIT, DELAY, SETTLE, NOTE_ROWS = range(10)


def pace(chip: ChipState, ppu: int, what: int, pc: int, first: int, second: int) -> int:
    """Do one of these; `pc` is the address of the decoded instruction.

    - BEGIN brings the model to the processor's tick.
    - LEAD tells where the instruction leads, met in slot `first` in state `second`; NONE asks to begin anew, in the
      state that the scoreboard has.
    - LATER is the state when `second` cycles have passed in state `first`; REDIRECTS that behind a wrong prediction.
    - VECTOR is the first cycle from `first` on at which the vector unit takes the instruction. If that is before the
      cycle `second` it is given to the unit, and leads to STATE of the scoreboard.
    - ANSWER lets the one before wait EXTRA_CYCLES more for the parallel bus.
    - WAIT is the state when `second` cycles have passed in state `first`, cycle by cycle.
    - DELAY lets a scalar access go before the words of a vector.
    - SETTLE brings all into the scoreboard, and the timers to the processor's tick.
    - NOTE_ROWS traces vectors.
    """
    core, s, place = chip.core[ppu], chip.score[ppu], pc // instruction_bytes & places - 1
    if what == VECTOR:
        return _vector(chip, ppu, place, first, second)
    if what == LEAD:
        return _lead(chip, ppu, place, first, second)
    if what == WAIT:
        return _wait(chip, ppu, first, second)
    if what == BEGIN:
        _begin(chip, ppu)
    elif what == LATER:
        return _later(chip, ppu, first, second)
    elif what == REDIRECTS:
        return _follow(chip, ppu, first, AFTER_REDIRECT, REDIRECT - 1)
    elif what == ANSWER:
        delay_answer(s, chip.decoded[ppu, place], core[EXTRA_CYCLES])
    elif what == DELAY:
        bring_back(chip, s, first, second)
        delay_transfer(s)
    elif what == SETTLE:
        _settle(chip, ppu)
        catch_up(core, chip.spr[ppu], core[TICK])
    elif what == NOTE_ROWS:
        note_rows(chip, ppu, place)
    return 0


@merged
def _vector(chip: ChipState, ppu: int, place: int, first: int, stop: int) -> int:
    d, s = chip.decoded[ppu, place], chip.score[ppu]
    at = queue_ready(s, first)
    if at < stop:
        issue_vector(s, d, at)
        s[STATE] = _wait(chip, ppu, d[LEADS] >> STATE_SHIFT & STATE_MASK, at - first)
    return at


@inner
def _begin(chip: ChipState, ppu: int) -> None:
    core, s = chip.core[ppu], chip.score[ppu]
    cycle, state = core[TICK] // ppu_cycle_ticks, s[STATE]
    if core[UNTIMED]:
        core[FRESH], s[STATE], s[SLOT] = 0, UNTIMED_STATE, cycle
    elif core[FRESH]:
        core[FRESH] = 0
        reset(s, cycle)
        s[STATE] = _number(chip, ppu)
    elif state in (NONE, UNTIMED_STATE):
        move_to(s, max(cycle, s[SLOT]))
        s[STATE] = _number(chip, ppu)
    elif cycle != s[ISSUE]:
        slot = s[SLOT]
        s[STATE] = _later(chip, ppu, state, max(cycle - slot, 0))
        s[SLOT] = max(cycle, slot)
    s[ISSUE] = cycle


@inner
def _number(chip: ChipState, ppu: int) -> int:
    """The number of the state in the scoreboard; if there is no room for a new one, all others are forgotten."""
    state = find_state(chip, chip.score[ppu])
    if state == NONE:
        for other in range(ppu_count):
            if other != ppu:
                _settle(chip, other)
        forget_states(chip)
        state = find_state(chip, chip.score[ppu])
    return state


@inner
def _settle(chip: ChipState, ppu: int) -> None:
    """Leave nothing in the scoreboard but what matters for what follows."""
    s = chip.score[ppu]
    if s[STATE] not in (NONE, UNTIMED_STATE):
        for place in range(READY, COMMAND + commands):
            s[place] = 0
        bring_back(chip, s, s[SLOT], s[STATE])
        s[STATE], s[COMMANDS] = NONE, 0


@inner
def _later(chip: ChipState, ppu: int, state: int, cycles: int) -> int:
    if state == UNTIMED_STATE:
        return state
    bring_back(chip, chip.score[ppu], 0, state)
    move_to(chip.score[ppu], cycles)
    return _number(chip, ppu)


@inner
def _follow(chip: ChipState, ppu: int, state: int, which: int, cycles: int) -> int:
    """The state some cycles later, as the table has it, or noted there now."""
    later = int(chip.state_next[state, which])
    if later == NONE:
        used = chip.state_count[STATES_USED]
        later = _later(chip, ppu, state, cycles)
        if chip.state_count[STATES_USED] >= used:  # otherwise the number of the state is forgotten
            chip.state_next[state, which] = later
    return later


@inner
def _wait(chip: ChipState, ppu: int, state: int, cycles: int) -> int:
    """The state some cycles later, one after the other, since most of these are known."""
    while cycles > 0:
        later = int(chip.state_next[state, NEXT_CYCLE])
        if later == NONE:
            later = _follow(chip, ppu, state, NEXT_CYCLE, 1)
        if later == state:
            break
        state, cycles = later, cycles - 1
    return state


@inner
def _lead(chip: ChipState, ppu: int, place: int, slot: int, state: int) -> int:
    d, s = chip.decoded[ppu, place], chip.score[ppu]
    if state == UNTIMED_STATE:
        return _note(chip, d, state, d[LEADS] & CASE_MASK | 1 << ADVANCE_SHIFT | state << STATE_SHIFT)
    bring_back(chip, s, slot, state)
    at = _issue(s, d)
    out, advance = find_state(chip, s), s[SLOT] - at
    if out == NONE:
        bring_back(chip, s, slot, state)
        s[STATE] = _number(chip, ppu)
        return NONE
    leads = d[LEADS] & CASE_MASK | specials[d[GIVES] & 0xFF] << SPECIAL_SHIFT
    return _note(chip, d, state, leads | advance << ADVANCE_SHIFT | out << STATE_SHIFT | (at - slot) << STALL_SHIFT)


@inner
def _note(chip: ChipState, d: Row, state: int, leads: int) -> int:
    """Keep where a word leads from a state."""
    word = d[ENTRY] & WORD_MASK
    found, entry = lead_place(word, state), word | state << STATE_SHIFT
    chip.lead[found, 0], chip.lead[found, 1] = entry, leads
    d[ENTRY], d[LEADS] = entry, leads
    return leads


@inner
def _issue(s: Row, d: Row) -> int:
    """Issue an instruction as if the vector unit did nothing; when it did."""
    at = registers_ready(s, d) if is_vector(d) else earliest_scalar(s, d)
    move_to(s, at)
    if is_vector(d):
        move_to(s, at + 1)
    else:
        vector_done, s[VECTOR_DONE] = s[VECTOR_DONE], 0
        issue_scalar(s, d)
        s[VECTOR_DONE] = vector_done
    return int(at)


@inner
def ask_pace(chip: Any, ppu: int, what: int, pc: int, first: int, second: int) -> int:
    """`pace`, from the kernel."""
    return int(ask_entry(chip.entry[PACE], chip, ppu, what, pc, first, second))
