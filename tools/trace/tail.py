"""The last instructions before a program went wrong."""

from __future__ import annotations

import attrs
import numpy as np

from hicannx.emu.chip import Chip
from hicannx.emu.trace import Chunk, last_records, present
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.steps import Follower, Steps
from hicannx.tools.trace.text import TextTrace


@attrs.define(eq=False)
class Tail:
    """Keeps the last `count` instructions."""

    count: int
    pieces: list[Steps] = attrs.field(factory=list)

    def take(self, steps: Steps) -> None:
        """Keep them, and forget what is older than the last ones."""
        self.pieces.append(_last(steps, self.count))
        while (extra := sum(len(one.records) for one in self.pieces) - self.count) >= len(self.pieces[0].records):
            del self.pieces[0]
        self.pieces[0] = _last(self.pieces[0], len(self.pieces[0].records) - max(0, extra))

    def as_text(self, code: CodeMap) -> str:
        """A line each."""
        parts: list[str] = []
        text = TextTrace(parts.append, code)
        for one in self.pieces:
            text.take(one)
        return "".join(parts)


def _last(steps: Steps, count: int) -> Steps:
    kept = slice(max(0, len(steps.records) - count), None)
    return Steps(steps.ppu, steps.before[kept], steps.records[kept], steps.after[kept], np.array(steps.rows))


def tail_of_ring(chip: Chip, ppu: int, count: int) -> Tail:
    """The last instructions of a processor that `record_last` has kept."""
    tail, chunk = Tail(count), last_records(chip, ppu, count + 1)
    if len(chunk.records):
        follower = Follower(chunk.records[:1], (tail,))
        follower.take(Chunk(ppu, chunk.records[len(chunk.records) > count :], chunk.rows))
        follower.finish(ppu, present(chip, ppu))
    return tail
