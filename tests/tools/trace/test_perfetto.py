"""Events for Perfetto: the format, times of the chip, and a call stack that holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hicannx.emu import state as st
from hicannx.tools.cli import main
from hicannx.tools.trace import perfetto
from hicannx.tools.trace.callstack import CallStack
from hicannx.tools.trace.perfetto import EventFile, EventTrace


def events_of(watch: Any, path: Path, max_cycles: int = 10**8) -> tuple[Any, list[dict[str, Any]]]:
    parts: list[str] = []
    file, traces = EventFile(parts.append), []
    file.begin()

    def make(code: Any) -> EventTrace:
        traces.append(EventTrace(file, code))
        return traces[0]

    ran = watch(path, make, max_cycles=max_cycles)
    traces[0].finish(ran.core(st.TICK) // 2)
    file.end()
    return ran, json.loads("".join(parts))["traceEvents"]


def slices(events: list[dict[str, Any]]) -> list[tuple[str, float, float, int]]:
    """Name, begin, end and depth of the functions' slices, which have to be nested."""
    stack: list[tuple[str, float]] = []
    found = []
    last = 0.0
    for one in events:
        if one["ph"] in "BE":
            assert one["ts"] >= last
            last = one["ts"]
        if one["ph"] == "B":
            stack.append((one["name"], one["ts"]))
        elif one["ph"] == "E":
            name, begin = stack.pop()
            found.append((name, begin, one["ts"], len(stack)))
    assert stack == []
    return found


c_source = """int depth(int n) { return n ? 1 + depth(n - 1) : 0; }
int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
int (*chosen)(int) = depth;
int main(void)
{
	return chosen(5) + fib(6);
}
"""


@pytest.mark.parametrize("flags", ["-O0", "-Os"])
def test_calls_of_c(compile_c: Any, watch: Any, flags: str) -> None:
    compiled = compile_c(c_source, [flags, "-fno-inline", "-fno-optimize-sibling-calls", "-fno-tree-tail-merge"])
    ran, events = events_of(watch, compiled.program)
    functions = slices(events)
    count = Counter(name for name, *_ in functions)
    assert count["fib"] == 25 and count["main"] == 1
    if flags == "-O0":
        deepest = max(depth for name, *_, depth in functions if name == "depth")
        assert count["depth"] == 6
        assert deepest - min(depth for name, *_, depth in functions if name == "depth") == 5
    (main_slice,) = (one for one in functions if one[0] == "main")
    assert all(main_slice[1] <= begin <= end <= main_slice[2] for name, begin, end, _ in functions if name == "fib")
    assert all(main_slice[3] < depth for name, *_, depth in functions if name == "fib")
    assert ran.core(st.INSTRUCTIONS) == sum(one["ph"] == "X" for one in events)


def test_instructions_follow_each_other_in_chip_time(compile_c: Any, watch: Any) -> None:
    ran, events = events_of(watch, compile_c(c_source).program)
    instructions = [one for one in events if one["ph"] == "X"]
    begins = [round(one["ts"] * 1000) for one in instructions]
    ends = [begin + round(one["dur"] * 1000) for begin, one in zip(begins, instructions)]
    assert begins[1:] == ends[:-1]
    assert {begin % 4 for begin in begins} == {0}  # ns a cycle
    assert ends[-1] == ran.core(st.TICK) * 2
    one = next(one for one in instructions if one["args"].get("label", "").startswith("fib"))
    assert one["args"]["line"] == "program.c:2" and one["args"]["address"].startswith("0x")
    rates = [one for one in events if one["ph"] == "C"]
    assert {one["name"] for one in rates} == {"instructions per cycle"}
    assert all(0 < one["args"]["value"] <= 1 for one in rates)


turns_source = """
        b       start
        .org    0x30
        b       tick
start:  li      3, 300
        mtspr   22, 3
        mtspr   54, 3
        lis     3, 0x0440
        mtspr   340, 3
        li      3, 0
        ori     3, 3, 0x8000
        mtmsr   3
        li      9, 200
work:   bl      outer
        addi    9, 9, -1
        cmpwi   9, 0
        bne     work
        li      3, 0
        mtmsr   3
        mtspr   340, 3
        wait
outer:  mflr    8
        bl      first
        mtlr    8
        blr
first:  li      5, 3
        b       second                  # a tail call
second: bcl     20, 31, here            # the way to an address of one's own
here:   mflr    6
        mtctr   5
1:      addi    7, 7, 1
        bdnz    1b
        lis     6, back@ha
        addi    6, 6, back@l
        mtctr   6
        bctr                            # to where outer goes on, without LR
        .set    back, outer + 8
tick:   mflr    20
        bl      inside
        mtlr    20
        mfspr   22, 336
        mtspr   336, 22
        rfi
inside: addi    21, 21, 1
        blr
        .type   second, @function
        .type   start, @function
"""


def test_tail_calls_and_interrupts(write: Any, watch: Any) -> None:
    ran, events = events_of(watch, write(turns_source))
    functions = slices(events)
    count = Counter(name for name, *_ in functions)
    interrupts = int(ran.chip.world.chip.gpr[0, 21])
    assert interrupts > 5 and count["inside"] == interrupts
    assert count["tick"] == interrupts
    assert sum(one.get("cat") == "interrupt" for one in events) == 2 * interrupts  # the vector, and where it leads
    assert count["outer"] == count["first"] == count["second"] == 200
    depths = {name: {depth for one, *_, depth in functions if one == name} for name in ("start", "outer", "second")}
    assert depths["start"] == {0} and depths["outer"] == {1} and depths["second"] == {2}
    assert max(depth for *_, depth in functions) <= 5


def test_a_stack_that_is_left_in_other_ways_does_not_grow(write: Any, watch: Any) -> None:
    """A function that never returns, called again and again."""
    stacks: list[CallStack] = []

    class Watcher:
        def take(self, steps: Any) -> None:
            list(stacks[0].changes(steps))

    def make(code: Any) -> Watcher:
        stacks.append(CallStack(code))
        return Watcher()

    text = "li 3, 500\nmtctr 3\nagain: bl outer\nb end\nouter: mflr 4\n1: bl inner\nb lost\ninner: bdnz 1b\nlost: mtlr 4\nblr\nend: wait"
    watch(write(text), make)
    assert len(stacks[0].frames) == 1


def test_only_the_first_instructions_are_shown(write: Any, watch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perfetto, "_most", 5)
    _, events = events_of(watch, write("li 3, 5\nmtctr 3\n1: bdnz 1b\nwait"))
    assert sum(one["ph"] == "X" for one in events) == 5
    (note,) = (one for one in events if one["ph"] == "i")
    assert note["name"] == "no more instructions are shown than 5"


def test_a_file_with_both_processors(write: Any, tmp_path: Path) -> None:
    target = tmp_path / "trace.json"
    assert main(["ppu", str(write("bl work\nwait\nwork: blr")), "--ppu", "both", "--trace", str(target)]) == 0
    events = json.loads(target.read_text())["traceEvents"]
    names = {one["pid"]: one["args"]["name"] for one in events if one.get("name") == "process_name"} if events else {}
    assert names == {0: "top PPU", 1: "bottom PPU"}
    assert Counter(one["pid"] for one in events if one["ph"] == "X") == {0: 3, 1: 3}
