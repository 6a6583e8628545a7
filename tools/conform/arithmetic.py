"""One arithmetic instruction of the simulated processor, from r3 and r4 to r5 with the condition bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.tools.conform.aftermath import compare, on_both
from hicannx.tools.conform.outcome import Outcome
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.situation import Situation, copy_of

_start, _word_bytes = 0x100, 4
_inputs, _result = (3, 4, 5), 5
_left_out = ("pc", "tbl", "tbu", "dec", "tsr")


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Execute, and compare the result, CR, XER and that nothing else changes."""
    del context
    before = Situation(special={"pc": _start, **_conditions(record, "in")})
    for number in _inputs:
        before.gpr[number] = int(record[f"r{number}_in"], 16)
    before.memory.store(_start, _word_bytes, int(record["insn"], 16))
    expected = copy_of(before)
    expected.gpr[_result] = int(record[f"r{_result}_out"], 16)
    expected.special |= _conditions(record, "out")
    return on_both(before, lambda one: one.step(), lambda found: compare(expected, found, _left_out))


def _conditions(record: Mapping[str, Any], when: str) -> dict[str, int]:
    return {name: int(record[f"{name}_{when}"], 16) for name in ("cr", "xer")}
