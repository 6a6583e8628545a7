"""A run that is watched: it begins, it ends, and what was seen goes to where it was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.trace import present, record_last, start_trace, stop_trace
from hicannx.tools.execution import progress_bar
from hicannx.tools.output import written_text
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.counts import Counts
from hicannx.tools.trace.perfetto import EventFile, EventTrace
from hicannx.tools.trace.steps import Follower, Steps, Watcher
from hicannx.tools.trace.tail import Tail, tail_of_ring
from hicannx.tools.trace.text import TextTrace
from hicannx.tools.trace.wanted import Wanted, stdout

Progress = Callable[[float], None]


@attrs.define(eq=False)
class Session:
    """Processors of a chip with their code, and what is wanted; `counts` come with the run, `startup_cycles` behind it.

    Those go by from the release, or the begin of the trace, to the first instruction: the cycles that no other one has.
    `unwritten` tells which files could not be written, which is no reason to lose the run.
    """

    chip: Chip
    codes: Mapping[int, CodeMap]
    wanted: Wanted
    max_cycles: int = 0
    counts: dict[int, Counts] = attrs.field(factory=dict)
    startup_cycles: dict[int, int] = attrs.field(factory=dict)
    has_ended: bool = False
    unwritten: list[Diagnostic] = attrs.field(factory=list)
    _begins: dict[int, int] = attrs.field(factory=dict)
    _followers: dict[int, Follower] = attrs.field(factory=dict)
    _events: list[EventTrace] = attrs.field(factory=list)
    _tails: dict[int, Tail] = attrs.field(factory=dict)

    @contextmanager
    def watching(self) -> Iterator[Session]:
        """Watch what is executed in the block; also where that fails, files tell what was until then."""
        with ExitStack() as stack:
            closers = {path: stack.enter_context(ExitStack()) for path in (*self.wanted.texts, *self.wanted.events)}
            writers = dict(self._opened(closers))
            files = [EventFile(writers[path]) for path in self.wanted.events if path in writers]
            progress = stack.enter_context(progress_bar(sys.stderr.isatty() and self.wanted.is_followed))
            for one in files:
                one.begin()
            self._begin(writers, files, progress)
            failure: BaseException | None = None
            try:
                yield self
            except (DiagnosticError, KeyboardInterrupt) as error:
                failure = error
            self._end()
            self.has_ended = True
            for one in files:
                one.end()
            for closer in closers.values():
                with self.collecting():
                    closer.close()
            stack.close()
            if failure:
                raise failure

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep a DiagnosticError of the block among what is `unwritten`."""
        try:
            yield
        except DiagnosticError as error:
            self.unwritten += error.diagnostics

    def check_written(self) -> None:
        """A DiagnosticError (T101) that tells of all that is `unwritten`, once the rest of the result is out."""
        if self.unwritten:
            raise DiagnosticError(self.unwritten)

    def last_instructions(self) -> dict[int, str]:
        """The last lines of the trace of each processor that has executed something."""
        texts = {ppu: tail.as_text(self.codes[ppu]) for ppu, tail in self._tails.items()}
        return {ppu: text for ppu, text in texts.items() if text}

    def _begin(
        self, writers: Mapping[str, Callable[[str], object]], files: list[EventFile], progress: Progress
    ) -> None:
        for ppu, code in self.codes.items():
            if not self.wanted.is_followed:
                if self.wanted.last:
                    record_last(self.chip, ppu)
                continue
            paths = [path for path in self.wanted.texts if path in writers]
            texts = [TextTrace(writers[path], code, len(self.codes) > 1, self.wanted.vectors) for path in paths]
            events = [EventTrace(one, code) for one in files]
            self._events += events
            watchers: list[Watcher] = [*texts, *events, *self._counters(ppu), _Meter(progress, self.max_cycles)]
            follower = self._followers[ppu] = Follower(present(self.chip, ppu), tuple(watchers))
            self._begins[ppu] = int(follower.kept["cycle"][0])
            start_trace(self.chip, ppu, follower.take)

    def _opened(self, closers: Mapping[str, ExitStack]) -> Iterator[tuple[str, Callable[[str], Any]]]:
        """What writes to each file that can be opened."""
        for path, closer in closers.items():
            if path == stdout:
                yield path, sys.stdout.write
                continue
            with self.collecting():
                yield path, closer.enter_context(written_text(path))

    def _counters(self, ppu: int) -> Iterator[Watcher]:
        if self.wanted.is_counted:
            counts = self.counts[ppu] = Counts()
            yield counts
        if self.wanted.last:
            tail = self._tails[ppu] = Tail(self.wanted.last)
            yield tail

    def _end(self) -> None:
        for ppu in self.codes:
            if self.wanted.last and not self.wanted.is_followed:
                self._tails[ppu] = tail_of_ring(self.chip, ppu, self.wanted.last)
            stop_trace(self.chip, ppu)
            if ppu in self._followers:
                self._followers[ppu].finish(ppu, present(self.chip, ppu))
                self.startup_cycles[ppu] = self._startup(ppu)
        for one in self._events:
            one.finish(max(0, int(present(self.chip, one.ppu)["cycle"][0])))

    def _startup(self, ppu: int) -> int:
        core = self.chip.world.chip.core[ppu]
        begin = max(self._begins[ppu], int(core[st.RELEASE_TICK]) // ppu_cycle_ticks)
        end = int(core[st.TICK]) // ppu_cycle_ticks
        spent = int(self.counts[ppu].cycles.sum()) if ppu in self.counts else 0
        return max(0, end - begin - spent)


@attrs.define(eq=False)
class _Meter:
    """Tells how much of the cycles is used up."""

    progress: Progress
    max_cycles: int
    begin: int = -1

    def take(self, steps: Steps) -> None:
        if self.begin < 0:
            self.begin = int(steps.records["cycle"][0])
        if self.max_cycles:
            self.progress((int(steps.records["cycle"][-1]) - self.begin) / self.max_cycles)
