"""A trace in the trace-event format, for ui.perfetto.dev and chrome://tracing.

Source of the format: "Trace Event Format", catapult project. Times are microseconds of chip time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import attrs

from hicannx.configs.experiment import processors
from hicannx.emu.machine import ppu_cycle_ticks, tick_us
from hicannx.isa.disassemble import disassemble
from hicannx.isa.load import load_isa
from hicannx.tools.trace.callstack import CallStack, Change
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.steps import Steps

_functions, _instructions = 1, 2  # threads of a processor
_window = 256  # instructions between two values of the counter
_piece = 4096
_most = 500_000  # instructions of a processor with a slice of their own: 65 to 75 MB
cycle_us = float(ppu_cycle_ticks * tick_us)
_digits = 3  # of microseconds, which are whole nanoseconds


@attrs.define(eq=False)
class EventFile:
    """The events of one processor or of several: a JSON object, written piece by piece."""

    write: Callable[[str], object]
    is_empty: bool = True

    def begin(self) -> None:
        """Write what stands before the events."""
        self.write('{"displayTimeUnit": "ns", "traceEvents": [\n')

    def add(self, events: Iterable[str]) -> None:
        """Write events, each of them JSON."""
        text = ",\n".join(events)
        if text:
            self.write(text if self.is_empty else f",\n{text}")
            self.is_empty = False

    def end(self) -> None:
        """Write what stands behind the events."""
        self.write("\n]}\n")


@attrs.define(eq=False)
class EventTrace:
    """The events of a processor: slices for functions and for instructions, and instructions per cycle as a counter."""

    file: EventFile
    code: CodeMap
    stack: CallStack = attrs.field(init=False)
    names: dict[tuple[int, int], str] = attrs.field(factory=dict)
    ppu: int = -1
    shown: int = 0

    def __attrs_post_init__(self) -> None:
        self.stack = CallStack(self.code)

    def take(self, steps: Steps) -> None:
        """Write the events of some instructions."""
        if self.ppu < 0:
            self.ppu = steps.ppu
            self.file.add(self._titles())
        self.file.add(self._slice(one) for one in self.stack.changes(steps))
        room = min(len(steps.records), _most - self.shown)
        for first in range(0, room, _piece):
            self.file.add(self._instructions(steps, slice(first, min(room, first + _piece))))
        if self.shown < _most <= self.shown + len(steps.records):
            self.file.add([self._last_shown(int(steps.after["cycle"][room - 1]))])
        self.shown += room
        self.file.add(self._counts(steps))

    def finish(self, cycle: int) -> None:
        """End the functions that have not returned."""
        self.file.add(self._slice(one) for one in self.stack.end(cycle))

    def _titles(self) -> Iterator[str]:
        named = [("process_name", 0, f"{processors[self.ppu]} PPU")]
        named += [("thread_name", _functions, "functions"), ("thread_name", _instructions, "instructions")]
        for kind, thread, name in named:
            yield json.dumps({"ph": "M", "name": kind, "pid": self.ppu, "tid": thread, "args": {"name": name}})

    def _slice(self, change: Change) -> str:
        event: dict[str, Any] = {"ph": "E", "pid": self.ppu, "tid": _functions, "ts": round_us(change.cycle)}
        if change.frame:
            event |= {
                "ph": "B",
                "name": change.frame.name,
                "cat": "interrupt" if change.frame.interrupt else "function",
            }
        return json.dumps(event)

    def _instructions(self, steps: Steps, piece: slice) -> Iterator[str]:
        common = f'{{"ph":"X","pid":{self.ppu},"tid":{_instructions},"cat":"instruction"'
        columns = (steps.records[name][piece].tolist() for name in ("cycle", "pc", "word"))
        for cycle, pc, word, cycles in zip(*columns, steps.cycles[piece].tolist()):
            name = self.names.get((pc, word)) or self._name(pc, word)
            yield f'{common},"ts":{cycle * cycle_us:.{_digits}f},"dur":{cycles * cycle_us:.{_digits}f},{name}}}'

    def _last_shown(self, cycle: int) -> str:
        name = f"no more instructions are shown than {_most:,}"
        return json.dumps(
            {"ph": "i", "s": "t", "pid": self.ppu, "tid": _instructions, "ts": round_us(cycle), "name": name}
        )

    def _name(self, pc: int, word: int) -> str:
        """The part of an event that is the same each time."""
        args = {"address": f"{pc:#06x}", "label": self.code.describe(pc), "line": str(self.code.line_at(pc) or "")}
        named = json.dumps(
            {"name": disassemble(load_isa(), word, pc), "args": {key: one for key, one in args.items() if one}}
        )
        text = self.names[pc, word] = named[1:-1]
        return text

    def _counts(self, steps: Steps) -> Iterator[str]:
        issued = [*steps.records["cycle"][::_window].tolist(), int(steps.after["cycle"][-1])]
        for number, (first, last) in enumerate(pairwise(issued)):
            if last > first:
                rate = min(_window, len(steps.records) - number * _window) / (last - first)
                event = {"ph": "C", "pid": self.ppu, "name": "instructions per cycle", "ts": round_us(first)}
                yield json.dumps(event | {"args": {"value": round(rate, 4)}})


def round_us(cycle: int) -> float:
    """Microseconds of chip time at a cycle."""
    return round(cycle * cycle_us, _digits)
