"""The functions that are being executed, told from where the instructions lead to."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from hicannx.isa.semantics.state import word_bytes
from hicannx.tools.trace.branches import Way, branch_of, interrupted, vectors
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.steps import Numbers, Steps

_calling = (Way.LINK, Way.COUNT, Way.BACK)


@attrs.frozen
class Frame:
    """A function that has begun: the address to which it returns, -1 where that is not known.

    An `interrupt` is its cause; then `pc` and `word` are the instruction behind which it came.
    """

    name: str
    back: int = -1
    interrupt: str = ""
    pc: int = 0
    word: int = 0


@attrs.frozen
class Change:
    """At a cycle a function begins (`frame`), or the last one that began ends (None)."""

    cycle: int
    frame: Frame | None


@attrs.define(eq=False)
class CallStack:
    """The frames of a processor, the innermost last.

    A call is a branch that keeps a way back and goes elsewhere; a frame ends when an indirect branch goes to where it
    returns, which ends the frames above it, too. What goes to another function otherwise takes the place of the one
    that it leaves (tail calls, falling through). An interrupt is a frame that `rfi` and its like end.
    """

    code: CodeMap
    frames: list[Frame] = attrs.field(factory=list)

    def changes(self, steps: Steps) -> Iterator[Change]:
        """What begins and ends with these instructions."""
        if not self.frames:
            yield from self._push(int(steps.records["cycle"][0]), self._frame(int(steps.pcs[0])))
        entered = {int(index) for index in interrupted(steps)}
        for index in self._turns(steps, entered):
            yield from self._turn(steps, index, index in entered)

    def end(self, cycle: int) -> Iterator[Change]:
        """All frames end."""
        while self.frames:
            yield self._pop(cycle)

    def _turns(self, steps: Steps, entered: set[int]) -> list[int]:
        """The instructions that may change the stack: those that leave a function, call, return, or are interrupted."""
        here, there = self.code.functions_at(steps.pcs), self.code.functions_at(steps.next_pcs)
        there[len(there) - steps.is_end :] = here[len(here) - steps.is_end :]
        found: Numbers = np.flatnonzero((here != there) | (steps.jumps & _may_call(steps)))
        return sorted({*found.tolist(), *entered})

    def _turn(self, steps: Steps, index: int, is_interrupted: bool) -> Iterator[Change]:
        """What an instruction begins and ends; one that an interrupt came behind does so behind that interrupt."""
        pc, word, target = (int(one[index]) for one in (steps.pcs, steps.records["word"], steps.next_pcs))
        cycle = int(steps.after["cycle"][index])
        if branch_of(word).way is Way.BACK:
            left = next((one for one in reversed(self.frames) if one.interrupt), None)
            yield from self._return_from_interrupt(cycle)
            pc, word = (left.pc, left.word) if left else (pc, word)
        if is_interrupted:
            name = vectors()[target]
            yield from self._push(cycle, Frame(name, interrupt=name, pc=pc, word=word))
        elif branch_of(word).links and target != pc + word_bytes():
            yield from self._push(cycle, self._frame(target, pc + word_bytes()))
        else:
            yield from self._go(cycle, word, target)

    def _frame(self, address: int, back: int = -1) -> Frame:
        return Frame(self.code.function_at(address).name, back)

    def _push(self, cycle: int, frame: Frame) -> Iterator[Change]:
        self.frames.append(frame)
        yield Change(cycle, frame)

    def _pop(self, cycle: int) -> Change:
        self.frames.pop()
        return Change(cycle, None)

    def _return_from_interrupt(self, cycle: int) -> Iterator[Change]:
        if any(one.interrupt for one in self.frames):
            while not self.frames[-1].interrupt:
                yield self._pop(cycle)
            yield self._pop(cycle)

    def _go(self, cycle: int, word: int, target: int) -> Iterator[Change]:
        """A return, or else another function instead of the present one."""
        if branch_of(word).way in (Way.LINK, Way.COUNT) and (depth := self._depth(target)):
            for _ in range(depth):
                yield self._pop(cycle)
        name = self._frame(target).name
        if not self.frames or self.frames[-1].name != name:
            old = self.frames[-1] if self.frames else Frame("")
            if self.frames:
                yield self._pop(cycle)
            yield from self._push(cycle, attrs.evolve(old, name=name))

    def _depth(self, target: int) -> int:
        """How many frames end with a return to an address; none below an interrupt."""
        for depth, one in enumerate(reversed(self.frames), 1):
            if one.back == target:
                return depth
            if one.interrupt:
                break
        return 0


def _may_call(steps: Steps) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which words keep a way back or branch to where a register points."""
    words, inverse = np.unique(steps.records["word"], return_inverse=True)
    branches = [branch_of(int(word)) for word in words]
    chosen = np.array([one.links or one.way in _calling for one in branches], bool)
    return chosen[inverse.reshape(-1)]
