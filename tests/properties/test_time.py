"""Random programs in the time of the model: the same values, and the cycles that the model gives for what is executed."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hicannx.emu import state as st
from hicannx.emu import stepped
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.statetable import STATE_CAPACITY
from hicannx.emu.timeline import issue_all, new_score
from hicannx.tools.conform.aftermath import compare
from hicannx.tools.conform.on_kernel import shared_chip
from hicannx.tools.conform.outcome import Outcome, failed, passed
from properties.agreement import check, differ, last_cycle
from properties.budget import budget
from properties.case import Case, cases
from properties.stretch import Stretch, begin, forget_states, leave_states, run, step_through, timers, without_time
from properties.word import encoded

systems = some.sampled_from(["chip", "bench"])


@budget(2)
@given(cases(), systems)
def test_values_do_not_depend_on_time(case: Case, system: str) -> None:
    def judge(case: Case) -> Outcome:
        timed = step_through(case, system, last_cycle(case))
        untimed = step_through(case, "", len(timed.pcs))
        if untimed.pcs.tolist() != timed.pcs.tolist():
            return failed("other instructions are executed", untimed.pcs, timed.pcs)
        return compare(untimed.left, timed.left, timers)

    check(judge, without_time(case))


@budget(3)
@given(cases(), systems, some.booleans(), some.integers(0, 40), some.lists(some.integers(0, 200), max_size=8))
def test_instructions_issue_when_the_model_says(
    case: Case, system: str, divides: bool, room: int, cuts: list[int]
) -> None:
    """The divider is ready for the first time long after the reset, or when a program that `divides` at once goes on."""

    def judge(case: Case) -> Outcome:
        state = shared_chip().world.chip
        forget_states(state)
        stretch = step_through(case, system, 2 * last_cycle(case))
        outcome = _as_modelled(stretch, system)
        for pieces, left_room in (((), STATE_CAPACITY), ((), room), (tuple(sorted(cuts)), room)):
            leave_states(state, left_room)
            outcome = _as_stepped(case, system, stretch, pieces) if outcome is passed else outcome
        return outcome

    check(judge, attrs.evolve(without_time(case), words=(*divides * encoded("divwu 14,14,14"), *case.words)))


def _as_modelled(stretch: Stretch, system: str) -> Outcome:
    """The model knows nothing of exceptions."""
    count = stretch.until_exception
    issues = issue_all(new_score(system), stretch.pcs[:count], stretch.words[:count])
    for place in np.flatnonzero(issues != stretch.issues[:count])[:1]:
        reason = f"instruction {place} of {count} issues in another cycle, at {stretch.pcs[place]:#x}"
        return failed(reason, issues[: place + 1].tolist(), stretch.issues[: place + 1].tolist())
    return passed


def _as_stepped(case: Case, system: str, stretch: Stretch, pieces: tuple[int, ...]) -> Outcome:
    """With whatever states the kernel knows, and not stopped behind every instruction."""
    left, tick = run(case, system, stretch, pieces)
    if tick != stretch.end_tick:
        return failed("it ends at another tick", stretch.end_tick, tick)
    return differ(stretch.left, left, timers)


late = {
    "a wait that does not sleep": ("lwz 3,0(24)", "wait 1", "addi 4,3,1", "wait"),
    "a vector that is waited for": ("fxvaddhm 0,0,0", "sync", "divw 3,4,5", "wait"),  # until the divider is ready
}


@pytest.mark.parametrize("texts", late.values(), ids=late)
def test_what_is_under_way_comes_in_time_behind(texts: tuple[str, ...]) -> None:
    begin(Case(encoded(*texts)), "chip")
    state = shared_chip().world.chip
    pcs, words = stepped.step_through(state)
    assert int(state.core[0, st.SLEEP_TICK]) == issue_all(new_score("chip"), pcs, words)[-1] * ppu_cycle_ticks
