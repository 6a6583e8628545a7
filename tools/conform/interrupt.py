"""Interrupts and exceptions of the simulated processor: a program, events from outside, and where it ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hicannx.emu.races import load_races
from hicannx.isa.codec import decode
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa
from hicannx.tools.conform.aftermath import Executor, compare, expected_after, on_both
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.on_reference import OnReference
from hicannx.tools.conform.outcome import Outcome, failed, skipped
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.scalar_op import memory_bytes, sleep_word
from hicannx.tools.conform.situation import Situation, copy_of, set_state

_first_issue = 3  # cycles from the release of the reset, from which records count, to the first instruction
_signals = {"gin": "external_input", "doorbell": "doorbell"}
_exact = ("alignment", "program")  # an instruction raises them, so that they come at the same one whatever it takes
_patience = 200  # cycles beyond those of the record
_left_out = ("pc", "tbl", "tbu", "dec", "acc", "vcr", *(f"vr{number}" for number in range(32)))
# What depends on the cycle, and what handlers make of it; of programs that an interrupt stops anywhere, all counts.
_late = ("srr0", *(f"gpr{number}" for number in range(20, 25)))
_counted = ("srr0", "cr", *(f"gpr{number}" for number in (*range(20), *range(21, 32))))
_stores_behind, _word_bytes = 2, 4
_harmless = ("sync", "mtmsr")
_raising = ("load", "store", "synchronise", "serialise")
_meeting = "two requests meet, and the cycle decides which is lost"
_lost = "the simulated processor lost or repeated an instruction"
_race = "the simulated processor goes on behind the exception, or loses it: what follows synchronises"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Run with the events until it sleeps for good, and compare all that a precise interrupt leaves."""
    del context
    if record.get("same_result_as_without_interrupt") is False:
        return skipped(_lost)
    before, post = _situation(record), record["post"]
    exact = post.get("vector") in _exact
    left_out = {*_left_out, *record.get("undefined_in_rtl", ()), *(() if exact else _depending(record))}
    behind = _stored_behind(before, post) if exact else frozenset()

    def judge(found: Situation) -> Outcome:
        if post["end"] == "sleep" and not found.sleeping:
            return failed("the end differs", "sleep", "no sleep")
        expected = expected_after(before, post)
        for one in (expected, found):
            one.special["tsr"] = one.special.get("tsr", 0) & _compared_status(post)
            one.memory = _window(one.memory, post, behind)
        return compare(expected, found, left_out)

    outcome = on_both(before, lambda one: _drive(one, record["events"], post["cycles"]), judge)
    if outcome.reason and not record["events"] and _races(before):
        return skipped(_race)
    return skipped(_meeting) if outcome.reason and _meets(record) else outcome


def _situation(record: Mapping[str, Any]) -> Situation:
    before = Situation(memory=Memory(filler=sleep_word, filled=memory_bytes))
    for address, words in record["image"].items():
        before.memory.put(int(address, 16), bytes.fromhex(words))
    set_state(before, {"pc": "0x00000000", **record["pre"]})
    return before


def _depending(record: Mapping[str, Any]) -> tuple[str, ...]:
    """What depends on the cycle: all counts where an interrupt stops a program, or nothing ever does."""
    same = "same_result_as_without_interrupt" in record
    stopped = "vector" in record["post"] or record["post"]["end"] != "sleep"
    return _counted if stopped and not same else _late


def _compared_status(post: Mapping[str, Any]) -> int:
    """Bits of TSR: an interval that nobody waits for ends sooner or later."""
    registers = load_isa().registers
    waiting = int(post["tcr"], 16) & registers.mask("TCR", "FIE")
    return ~0 if waiting else ~registers.mask("TSR", "FIS")


def _window(memory: Memory, post: Mapping[str, Any], behind: frozenset[int]) -> Memory:
    """What the record shows of the memory, but for stores that a precise exception does not let through."""
    places = {
        int(start, 16) + at for start, text in post.get("mem", {}).items() for at in range(len(bytes.fromhex(text)))
    }
    return Memory({address: memory.load(address, 1) for address in places - behind})


def _stored_behind(before: Situation, post: Mapping[str, Any]) -> frozenset[int]:
    """Where the stores directly behind the instruction that raised the exception go."""
    situation = copy_of(before)
    situation.special["pc"] = int(post["srr0"], 16) + _word_bytes
    executor = OnReference(situation)
    for place in range(_stores_behind):
        row = _row_behind(before, post, place)
        if row is None or row.family != "store":
            break
        executor.step()
    return frozenset(executor.finish().memory.content.keys() - before.memory.content.keys())


def _races(before: Situation) -> bool:
    """Whether what can raise an exception stands directly before what synchronises."""
    words = [address for address in before.memory.content if address % _word_bytes == 0]
    rows = {address: decode(load_isa(), before.memory.load(address, _word_bytes)) for address in words}
    pairs = [(row, rows.get(address + _word_bytes)) for address, row in rows.items()]
    return any(
        one and two and one.timing in _raising and two.timing in load_races().synchronising
        for one, two in pairs
        if one is None or one.name not in _harmless
    )


def _meets(record: Mapping[str, Any]) -> bool:
    """Whether two requests come so close that the cycle decides about what happens."""
    return len({event["signal"] for event in record["events"]}) + ("tsr" in record["pre"]) > 1


def _row_behind(before: Situation, post: Mapping[str, Any], place: int) -> Instruction | None:
    address = int(post["srr0"], 16) + _word_bytes * (1 + place)
    return decode(load_isa(), before.memory.load(address, _word_bytes))


def _drive(executor: Executor, events: Iterable[Mapping[str, Any]], cycles: int) -> None:
    for cycle, event in sorted(((_arrival(one), one) for one in events), key=lambda pair: pair[0]):
        executor.advance(cycle)
        executor.signal(event["signal"], int(str(event["value"]), 0))
    executor.advance(cycles + _patience)


def _arrival(event: Mapping[str, Any]) -> int:
    """The cycle at which the processor notices."""
    latency = load_isa().registers.interrupts[_signals[event["signal"]]].latched
    return max(0, int(event["cycle"]) - _first_issue + latency)
