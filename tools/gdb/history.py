"""The past of a processor: snapshots at intervals, and going on from one of them to any instruction behind it."""

from __future__ import annotations

import attrs

from hicannx.emu.observer import Observer, Stop
from hicannx.emu.snapshot import Snapshot, restore_snapshot, take_snapshot

_most_marks = 48
_endless = 1 << 62
_first_window, _growth = 1000, 10  # of instructions looked at for the last stop, and then of those before
_near = 10_000  # instructions that are executed again in no time


@attrs.frozen
class Mark:
    """The state when so many instructions were executed."""

    count: int
    snapshot: Snapshot = attrs.field(repr=False)


@attrs.define(eq=False)
class History:
    """Snapshots of a run in ascending order. Instructions count from the release of the processor."""

    observer: Observer
    marks: list[Mark] = attrs.field(factory=list)
    gap: int = _near

    def begin(self) -> None:
        """Forget the past: it begins now."""
        self.marks, self.gap = [], _near
        self.note()

    def note(self) -> None:
        """Keep the present, unless there is a snapshot of it; of too many every second one is dropped."""
        count = self.observer.instructions
        place = next((index for index, one in enumerate(self.marks) if one.count >= count), len(self.marks))
        if place < len(self.marks) and self.marks[place].count == count:
            return
        if place and place == len(self.marks) and count - self.marks[-1].count < self.gap:
            return
        before = self.marks[place - 1].snapshot if place else None
        self.marks.insert(place, Mark(count, take_snapshot(self.observer.chip, before)))
        if len(self.marks) > _most_marks:
            self.gap *= 2
            self.marks = self.marks[:1] + self.marks[1:-1:2] + self.marks[-1:]

    def edited(self) -> None:
        """The present was changed from outside: what came behind it does not happen, and the past leads not here."""
        count = self.observer.instructions
        self.marks = [one for one in self.marks if one.count < count]
        before = self.marks[-1].snapshot if self.marks else None
        self.marks.append(Mark(count, take_snapshot(self.observer.chip, before)))

    def seek(self, count: int) -> None:
        """Go to where so many instructions were executed, in the past."""
        mark = [one for one in self.marks if one.count <= count][-1]
        self._restore(mark)
        saved = self.observer.breakpoints, self.observer.watched
        self.observer.breakpoints, self.observer.watched = set(), set()
        try:
            if count - mark.count > 2 * _near:  # for those that go back from here, too
                self.observer.run(_endless, count - _near)
                self.note()
            if count > self.observer.instructions:
                self.observer.run(_endless, count)
        finally:
            self.observer.breakpoints, self.observer.watched = saved

    def step_back(self) -> Stop | None:
        """Undo one instruction; None at the begin of the past."""
        count = self.observer.instructions - 1
        if count < self.marks[0].count:
            return None
        self.seek(count)
        return Stop("count")

    def run_back(self) -> Stop | None:
        """Go back to the last breakpoint or change of watched memory; None, and at the begin, where there was none."""
        here = last = self.observer.instructions
        for mark in reversed([one for one in self.marks if one.count < here]):
            if found := self._last_stop(mark, last, here):
                count, stop = found
                self.seek(count)
                return stop
            last = mark.count
        self._restore(self.marks[0])
        return None

    def _last_stop(self, mark: Mark, last: int, here: int) -> tuple[int, Stop] | None:
        """The last stop between a snapshot and a count, both included: of many in the past only a few are visited."""
        window = _first_window
        while True:
            begin = max(mark.count, last - window)
            self.seek(begin)
            if (found := self._stops_until(last, here)) or begin == mark.count:
                return found
            last, window = begin, window * _growth

    def _stops_until(self, last: int, here: int) -> tuple[int, Stop] | None:
        """The last stop from the present to a count; a breakpoint at `here` is none, a change just before it is."""
        observer = self.observer
        is_met = observer.program_counter in observer.breakpoints
        found = (observer.instructions, Stop("breakpoint")) if is_met else None
        while observer.instructions < last:
            stop = observer.run(_endless, last)
            is_left = stop.reason == "breakpoint" and observer.instructions == here
            if is_left or stop.reason not in ("breakpoint", "watchpoint"):
                break
            found = observer.instructions, stop
        return found

    def _restore(self, mark: Mark) -> None:
        restore_snapshot(self.observer.chip, mark.snapshot)
