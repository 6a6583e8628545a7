"""A series of vector instructions of the simulated processor, and the registers, accumulators and conditions left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.isa.semantics.state import load_state
from hicannx.tools.conform.aftermath import Executor, compare, on_both
from hicannx.tools.conform.attempt import attempt
from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.situation import Situation, copy_of

_start, _word_mask = 0x100, 0xFFFFFFFF
_conditions = {"gt": "vcr_gt", "lt": "vcr_lt", "eq": "vcr_eq"}
_half_digits = 4
_left_out = ("pc", "tbl", "tbu", "dec", "tsr")


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble the series, execute it, and compare everything."""
    del context
    tried = attempt("\n".join(record["ops"]) + "\n", Options("gas"))
    if tried.assembly is None:
        return failed("it cannot be assembled", "accepted", tried.told())
    before = Situation(special={"pc": _start}, vr=[bytes.fromhex(row) for row in record["init_v"]])
    for number, value in record["gpr"].items():
        before.gpr[int(number)] = int(value) & _word_mask
    before.memory.put(_start, bytes(tried.assembly.sections[".text"].data))
    expected = copy_of(before)
    expected.vr = [bytes.fromhex(row) for row in record["final_v"]]
    expected.acc, expected.vcr = _accumulators(record), _codes(record)

    def drive(executor: Executor) -> None:
        for _ in record["ops"]:
            executor.step()

    return on_both(before, drive, lambda found: compare(expected, found, _left_out))


def _accumulators(record: Mapping[str, Any]) -> list[int]:
    places = range(0, len(record["acc_hi"]), _half_digits)
    halves = ((record["acc_hi"][at : at + _half_digits], record["acc_lo"][at : at + _half_digits]) for at in places)
    return [int(high + low, 16) for high, low in halves]


def _codes(record: Mapping[str, Any]) -> bytes:
    """A condition's bit where its mask has a byte of ones."""
    codes = bytearray(len(bytes.fromhex(record["vcr_gt"])))
    for name, key in _conditions.items():
        for at, byte in enumerate(bytes.fromhex(record[key])):
            codes[at] |= (byte & 1) << load_state().condition[name] - 1
    return bytes(codes)
