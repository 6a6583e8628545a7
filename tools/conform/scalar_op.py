"""One scalar instruction of the simulated processor, with everything that it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.tools.conform.aftermath import compare, expected_after, on_both
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.on_reference import OnReference
from hicannx.tools.conform.outcome import Outcome
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.situation import Situation, set_state

sleep_word, memory_bytes = bytes.fromhex("7c00007c"), 16384  # what the simulated memory holds besides
_counting = ("tbl", "tbu", "dec")
_head_start = 9  # cycles from the setting of the timers to the instruction


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Execute the one instruction and compare everything that is defined."""
    del context
    before = Situation(memory=Memory(filler=sleep_word, filled=memory_bytes))
    set_state(before, record["pre"])
    before = _later(before)
    before.memory.store(before.special["pc"], 4, int(record["word"], 16))
    expected = expected_after(before, record["post"])
    _store_outside(expected, record["post"])
    left_out = {*record.get("undefined_in_rtl", ()), *_counting}
    return on_both(before, lambda one: one.step(), lambda found: compare(expected, found, left_out))


def _later(before: Situation) -> Situation:
    executor = OnReference(before)
    executor.idle(_head_start)
    return executor.finish()


def _store_outside(expected: Situation, post: Mapping[str, Any]) -> None:
    """What went over the bus: the first byte enable is the most significant bit."""
    for access in post.get("bus_outside_memory", ()):
        for byte in range(4):
            if access["op"] == "wr" and access["be"] >> 3 - byte & 1:
                data = bytes.fromhex(access["data"].removeprefix("0x"))
                expected.memory.put(int(access["addr"], 16) + byte, data[byte : byte + 1])
