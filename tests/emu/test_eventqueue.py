"""The event queue against a sorted list."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hicannx.emu.eventqueue import grow, new_queue, next_tick, pop, push, push_behind, room
from hicannx.emu.state import NEVER

_steps = st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=200)


@settings(deadline=None)
@given(_steps)
def test_pops_in_the_order_of_ticks_and_then_of_pushes(steps: list[int | None]) -> None:
    queue = new_queue(200)
    reference: list[tuple[int, int]] = []
    for number, tick in enumerate(steps):
        if tick is not None:
            assert push(queue, tick, 3, number)
            reference = sorted([*reference, (tick, number)])
        elif reference:
            due, number = reference.pop(0)
            assert next_tick(queue) == due
            assert pop(queue) == (due, 3, number)
        assert room(queue) == 200 - len(reference)
    assert next_tick(queue) == (reference[0][0] if reference else NEVER)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["push", "behind", "pop", "grow"]), st.integers(0, 20)), max_size=200))
def test_events_that_come_in_order_are_mixed_with_the_others(steps: list[tuple[str, int]]) -> None:
    queue, reference = new_queue(200), list[tuple[int, int]]()
    for number, (what, tick) in enumerate(steps):
        if what == "grow":
            queue = grow(queue, len(queue.tick) + tick)
        elif what == "pop" and reference:
            due, number = reference.pop(0)
            assert next_tick(queue) == due
            assert pop(queue) == (due, 2, number)
        elif what != "pop":
            assert (push if what == "push" else push_behind)(queue, tick, 2, number)
            reference = sorted([*reference, (tick, number)])
    assert next_tick(queue) == (reference[0][0] if reference else NEVER)


def test_a_full_queue_refuses_and_stays_as_it_is() -> None:
    queue = new_queue(2)
    assert push(queue, 5, 1, 10) and push(queue, 4, 1, 11)
    assert not push(queue, 1, 1, 12)
    assert pop(queue) == (4, 1, 11)
    assert pop(queue) == (5, 1, 10)
    assert room(queue) == 2


def test_a_grown_queue_keeps_its_events_and_their_order() -> None:
    queue = new_queue(2)
    push(queue, 7, 1, 0)
    push(queue, 7, 1, 1)
    larger = grow(queue, 4)
    assert push(larger, 7, 1, 2) and push(larger, 6, 1, 3)
    assert [pop(larger)[2] for _ in range(4)] == [3, 0, 1, 2]
