"""One vector instruction of the simulated processor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.isa.load import load_isa
from hicannx.tools.conform.aftermath import Executor, compare, expected_after, on_both
from hicannx.tools.conform.on_reference import OnReference
from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.situation import Situation, copy_of, set_state

_counting = ("tbl", "tbu", "dec", "pc")
_start, _word_bytes = 0x100, 4


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Set the conditions as the record does, execute, and compare everything."""
    del context
    before = Situation(special={"pc": _start})
    set_state(before, record["pre"])
    words = [*_comparison(record["pre"]["vcr_set_by"]), int(record["word"], 16)]
    for place, word in enumerate(words):
        before.memory.store(_start + _word_bytes * place, _word_bytes, word)
    expected = expected_after(_compared(before, len(words) - 1), record["post"])

    def drive(executor: Executor) -> None:
        for _ in words:
            executor.step()

    def judge(found: Situation) -> Outcome:
        wrong = _accesses(record["post"], found)
        return wrong or compare(expected, found, _counting)

    return on_both(before, drive, judge)


def _comparison(told: Mapping[str, Any] | None) -> list[int]:
    """The instruction that sets the conditions first."""
    if told is None:
        return []
    row = load_isa().instructions[told["op"]]
    return [row.match | row.fields["VRA"].insert(int(told["src_vr"]))]


def _compared(before: Situation, steps: int) -> Situation:
    """The situation in front of the instruction itself: what a record leaves out is as it was there."""
    executor = OnReference(copy_of(before))
    for _ in range(steps):
        executor.step()
    return executor.finish()


def _accesses(post: Mapping[str, Any], found: Situation) -> Outcome | None:
    """The accesses of the parallel bus, where the executor tells them; a read's enables are not the processor's."""
    told = post.get("pbus_access")
    if not told or not found.accesses:
        return None
    for wanted, (kind, address, enable) in zip(told if isinstance(told, list) else [told], found.accesses, strict=True):
        bits = f"{int(''.join(map(str, enable)), 2):032x}"
        same = kind == wanted["op"] and address == int(wanted["addr"], 16)
        if not same or (kind == "wr" and bits != wanted["byteen"]):
            return failed("the access of the parallel bus differs", wanted, f"{kind} {address:#x} {bits}")
    return None
