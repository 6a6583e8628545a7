"""A whole program of the simulated processor, from its entry to sleep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.tools.conform.aftermath import compare, expected_after, on_both
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.scalar_op import memory_bytes, sleep_word
from hicannx.tools.conform.situation import Situation, set_state

_cycles_an_instruction = 200  # more than the slowest takes
_left_out = ("pc", "tbl", "tbu", "dec")


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Run until it sleeps, and compare everything."""
    del context
    before = situation(record)
    expected = expected_after(before, record["post"])
    cycles = record["instructions_executed"] * _cycles_an_instruction

    def judge(found: Situation) -> Outcome:
        if not found.sleeping:
            return failed("it does not sleep", f"{record['instructions_executed']} instructions", found.instructions)
        return compare(expected, found, _left_out)

    return on_both(before, lambda one: one.advance_until_asleep(cycles), judge)


def situation(record: Mapping[str, Any]) -> Situation:
    """The processor in front of the entry, and its memory."""
    before = Situation(memory=Memory(filler=sleep_word, filled=memory_bytes))
    before.memory.put(0, bytes.fromhex(record["image"]))
    set_state(before, {"pc": record["entry"], **record["pre"]})
    return before
