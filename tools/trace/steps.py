"""Executed instructions, each with what was before it and what came behind it, from chunks of a trace."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.emu.trace import Chunk, Records, as_numbers, as_records
from hicannx.isa.semantics.state import word_bytes

Numbers = NDArray[np.int64]


@attrs.frozen(eq=False, slots=False)
class Steps:
    """Successive instructions of a processor, records [n] of emu/trace.py: `before` holds the registers before each.

    What `records[i]` wrote in the vector unit is `rows[records[i]["row"]:after[i]["row"]]`. At the end of a trace
    (`is_end`) what came behind the last one has not been executed.
    """

    ppu: int
    before: Records
    records: Records
    after: Records
    rows: NDArray[np.uint8]
    is_end: bool = False

    @cached_property
    def pcs(self) -> Numbers:
        """The address of each."""
        return self.records["pc"].astype(np.int64)

    @cached_property
    def next_pcs(self) -> Numbers:
        """The address of the instruction that was executed next."""
        return self.after["pc"].astype(np.int64)

    @cached_property
    def jumps(self) -> NDArray[np.bool_]:
        """Whether that is not the one behind."""
        return np.asarray(self.next_pcs != self.pcs + word_bytes(), np.bool_)

    @cached_property
    def cycles(self) -> Numbers:
        """Cycles from the issue of each to the issue of the next one."""
        return np.asarray(self.after["cycle"] - self.records["cycle"], np.int64)


class Watcher(Protocol):
    """Takes what a processor executes."""

    def take(self, steps: Steps) -> None:
        """Take some instructions more."""


@attrs.define(eq=False)
class Follower:
    """Puts chunks together, since of the last instruction of each it is not known yet what comes behind it.

    `kept` begins as the record [1] of the state before the first instruction.
    """

    kept: Records
    watchers: tuple[Watcher, ...]
    rows: NDArray[np.uint8] = attrs.field(factory=lambda: np.zeros((0, 0), np.uint8))

    def take(self, chunk: Chunk, is_end: bool = False) -> None:
        """Pass on all but the last instruction of the chunk."""
        numbers = np.concatenate([as_numbers(self.kept), as_numbers(chunk.records)])
        whole = as_records(numbers)
        rows = chunk.rows
        if len(self.rows):
            whole["row"][len(self.kept) :] += len(self.rows)
            rows = np.concatenate([self.rows, chunk.rows])
        steps = Steps(chunk.ppu, whole[:-2], whole[1:-1], whole[2:], rows, is_end)
        self.kept, self.rows = as_records(numbers[-2:].copy()), rows[whole["row"][-1] :].copy()
        self.kept["row"] = 0
        if len(steps.records):
            for one in self.watchers:
                one.take(steps)

    def finish(self, ppu: int, end: Records) -> None:
        """Pass on the last instruction; `end` [1] is the state behind it."""
        self.take(Chunk(ppu, end, self.rows[:0]), is_end=True)
