"""One instruction executed by both executors leaves registers and memory as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.tools.conform.aftermath import compare, expected_after, on_both
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.situation import Situation, copy_of, set_state

# What records leave out: where the instruction stands, and that registers hold their own number.
_start, _word_bytes, _filler = 0x1000, 4, 0xA5000000
_counting = ("tbl", "tbu", "dec", "tsr")
_bit_names = ("lt", "gt", "eq", "so")
_all_ones = 0xFFFFFFFF


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Execute on both executors, and compare everything that the record does not call undefined.

    Where the processor differs from the oracle by what `isa: power` decides, that is switched on.
    """
    del context
    if decode(load_isa(), int(record["word"], 16)) is None:
        return failed("the processor has no such instruction", record["asm"], "nothing")
    if not record.get("nux_differs"):
        return _check(record, power=False)
    if _check(record, power=True) is passed:
        return passed
    return skipped(f"the processor is not like the oracle: {record['nux_differs']}")


def _check(record: Mapping[str, Any], *, power: bool) -> Outcome:
    before = _situation(record)
    before.power = power
    expected = expected_after(before, record["post"])
    if "pc" not in record["post"]:
        expected.special["pc"] = _start + _word_bytes
    masks = dict(_masks(record.get("undef", ())))

    def judge(found: Situation) -> Outcome:
        trapped = found.special["pc"] == load_isa().registers.interrupts["program"].vector
        if trapped or record["post"].get("trap"):
            same = trapped == bool(record["post"].get("trap"))
            return passed if same else failed("it traps only on one side", record["post"], found.special["pc"])
        return compare(_masked(expected, masks), _masked(found, masks), _counting)

    return on_both(before, lambda one: one.step(), judge)


def _situation(record: Mapping[str, Any]) -> Situation:
    """A processor and its memory as the record has them before the instruction."""
    situation = Situation(special={"pc": _start})
    situation.gpr = [_filler | number << 16 | number for number in range(len(situation.gpr))]
    set_state(situation, record["pre"])
    situation.memory.store(_start, _word_bytes, int(record["word"], 16))
    return situation


def _masked(situation: Situation, masks: Mapping[str, int]) -> Situation:
    """With the bits that are compared only."""
    copy = copy_of(situation)
    copy.special = {name: value & masks.get(name, _all_ones) for name, value in copy.special.items()}
    copy.gpr = [value & masks.get(f"gpr{number}", _all_ones) for number, value in enumerate(copy.gpr)]
    return copy


def _masks(undefined: list[str]) -> Iterator[tuple[str, int]]:
    """The bits that are compared nevertheless, by register."""
    cr = _all_ones
    for name in undefined:
        register, _, mask = name.partition("&")
        field, _, bit = name.partition(".")
        if bit:
            place = len(_bit_names) * int(field.removeprefix("cr")) + _bit_names.index(bit)
            cr &= ~(1 << 31 - place)
        else:
            yield register, int(mask, 16) ^ _all_ones if mask else 0
    yield "cr", cr
