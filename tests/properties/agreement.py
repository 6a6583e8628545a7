"""The same case on the reference executor and on the kernel, and the first thing that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs
import pytest

from hicannx.emu import state as st
from hicannx.emu.machine import sram_bytes
from hicannx.isa.processor import NoSemanticsError
from hicannx.tools.conform.aftermath import Executor, compare
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.on_kernel import OnKernel
from hicannx.tools.conform.on_reference import OnReference
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.situation import Situation
from properties.case import Case

cycles_a_word, cycles_more = 3, 24


def last_cycle(case: Case) -> int:
    """Cycles that a case runs for at most, in which every instruction takes one."""
    return cycles_a_word * len(case.words) + cycles_more


def by_reference(case: Case) -> tuple[Situation, int, bool]:
    """What the reference executor makes of it, after how many cycles, and whether it met what never ends."""
    executor = OnReference(case.situation())
    end, never_ends = last_cycle(case), False
    try:
        for cycle, name, value in case.signals:
            if cycle > end or not _go_on(executor, cycle):
                break
            executor.signal(name, value)
        _go_on(executor, end)
    except NoSemanticsError:
        never_ends = True
    return executor.finish(), executor.cycle, never_ends


def _go_on(executor: OnReference, until: int) -> bool:
    """Go on to a cycle; False where it leaves the memory."""
    while executor.cycle < until:
        if executor.pc >= sram_bytes:
            return False
        executor.step()
    return True


def by_kernel(case: Case, cycles: int, never_ends: bool) -> Situation:
    """What the kernel makes of it in so many cycles; it stops at what never ends."""
    executor: Executor = OnKernel(case.situation())
    for cycle, name, value in case.signals:
        if cycle > cycles:
            break
        executor.advance(cycle)
        executor.signal(name, value)
    executor.advance(cycles)
    if never_ends:
        with pytest.raises(RuntimeError, match=f"fault {st.NO_SEMANTICS} "):
            executor.advance(cycles + 1)
    return executor.finish()


def difference(case: Case) -> Outcome:
    """Passed, or the first thing that differs."""
    expected, cycles, never_ends = by_reference(case)
    return differ(expected, by_kernel(case, cycles, never_ends))


def differ(expected: Situation, found: Situation, left_out: Iterable[str] = ()) -> Outcome:
    """Passed, or the first thing in which two situations differ, but for what is left out."""
    for name in ("sleeping", "instructions"):
        if getattr(expected, name) != getattr(found, name):
            return failed(f"`{name}` differs", getattr(expected, name), getattr(found, name))
    return compare(*_without_equal_bytes(expected, found), left_out)


def _without_equal_bytes(one: Situation, two: Situation) -> tuple[Situation, Situation]:
    """The same with less to compare: of the memory what differs."""
    places = {*one.memory.content, *two.memory.content}
    differing = {place for place in places if one.memory.load(place, 1) != two.memory.load(place, 1)}
    return _within(one, differing), _within(two, differing)


def _within(one: Situation, places: set[int]) -> Situation:
    memory = Memory({place: one.memory.load(place, 1) for place in places}, one.memory.filler, one.memory.filled)
    return attrs.evolve(one, memory=memory)


def shortest(case: Case, judge: Callable[[Case], Outcome]) -> Case:
    """A case that fails, without the words that are not needed for that; hypothesis leaves some at times.

    A word may be needed only because plain contents hide what the others do, so random ones are tried as well.
    """
    place = 0
    while len(case.words) > 1 and place < len(case.words):
        words = case.words[:place] + case.words[place + 1 :]
        shorter = (attrs.evolve(case, words=words, seed=seed) for seed in (case.seed, 1))
        failing = next((one for one in shorter if judge(one) is not passed), None)
        case, place = (failing, place) if failing else (case, place + 1)
    return case


def told(case: Case, outcome: Outcome) -> str:
    """A report of what differs, with the program."""
    return f"{outcome.reason}: {outcome.expected} expected, {outcome.got} found\n{case.listing()}"


def check(judge: Callable[[Case], Outcome], case: Case) -> None:
    """Fail with a report of the shortest program unless the case passes."""
    if judge(case) is not passed:
        case = shortest(case, judge)
        pytest.fail(told(case, judge(case)), pytrace=False)
