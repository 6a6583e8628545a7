"""Run control of one processor: going on, single steps, the way back, breakpoints, and memory."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from hicannx.diagnostic import DiagnosticError
from hicannx.emu import state as st
from hicannx.emu.access import next_accesses
from hicannx.emu.addressspace import read_bytes, watch_rows, write_bytes
from hicannx.emu.observer import Observer, Stop
from hicannx.isa.semantics.state import word_bits
from hicannx.render import render_text
from hicannx.tools.gdb import registers
from hicannx.tools.gdb.description import Register
from hicannx.tools.gdb.history import History
from hicannx.tools.gdb.report import BUS_ERROR, INTERRUPTED, NOTHING, Report
from hicannx.tools.ppu_program import load
from hicannx.tools.program import Program

_piece_ticks = 2_000_000  # so far the chip goes on between two looks at the client
_steps_between_looks = 256
_everywhere = range(1 << word_bits())


@attrs.frozen
class Access:
    """Memory that the processor is not to read, or neither to read nor to write, without notice."""

    address: int
    length: int
    also_writes: bool

    def is_met(self, address: int, length: int, is_write: bool) -> bool:
        """Whether an access has to do with it."""
        overlaps = address < self.address + self.length and self.address < address + length
        return overlaps and (self.also_writes or not is_write)


def _never() -> bool:
    return False


@attrs.define(eq=False)
class Target:
    """A program on a processor; `is_interrupted` asks whether the client wants it to stop."""

    observer: Observer
    program: Program
    history: History = attrs.field(init=False)
    is_interrupted: Callable[[], bool] = _never
    is_edited: bool = False
    accesses: set[Access] = attrs.field(factory=set)
    last: Report = attrs.field(factory=Report)

    def __attrs_post_init__(self) -> None:
        self.history = History(self.observer)
        self.history.begin()

    @property
    def _state(self) -> st.ChipState:
        return self.observer.chip.world.chip

    def resume(self) -> Report:
        """Go on until there is a reason to stop."""

        def go_on() -> Report | None:
            if self.accesses:
                return self._walk(_everywhere)
            stop = self.observer.run(self._horizon())
            self.history.note()
            return None if stop.reason == "limit" else self._told(stop)

        return self._run(go_on)

    def step(self) -> Report:
        """Execute one instruction."""
        return self._run(lambda: self._met() or self._told(self.observer.step(self._horizon())))

    def step_range(self, start: int, end: int) -> Report:
        """Execute instructions while they are inside a range of addresses, at least one."""
        return self._run(lambda: self._walk(range(start, end)))

    def step_back(self) -> Report:
        """Undo one instruction."""
        return self._go_back(self.history.step_back)

    def run_back(self) -> Report:
        """Go back to the last breakpoint or watchpoint, or to the begin."""
        return self._go_back(self.history.run_back)

    def reset(self) -> None:
        """Put the program's bytes into memory again and release the processor; time and all else go on."""
        load(self.observer.chip, self.program, self.observer.ppu)
        self.observer.chip.release_ppu(self.observer.ppu)
        self.history.begin()
        self.is_edited, self.last = False, Report()

    def jump(self, address: int) -> None:
        """Let the processor go on at an address."""
        self._state.core[self.observer.ppu, st.PC] = address & ~3
        self.is_edited, self.last = True, Report()

    def watch(self, address: int, length: int) -> bool:
        """Stop when bytes change; False where nobody can see that they do."""
        if not watch_rows(self._state, self.observer.ppu, address, length):
            return False
        self.observer.watched.add((address, length))
        return True

    def read_register(self, one: Register) -> bytes:
        """The content of a register."""
        return registers.read(self._state, self.observer.ppu, one)

    def write_register(self, one: Register, content: bytes) -> None:
        """Replace the content of a register; a ValueError where it has another length."""
        registers.write(self._state, self.observer.ppu, one, content)
        self.is_edited = True

    def read_memory(self, address: int, length: int) -> bytes:
        """Bytes of the memory, fewer where there is nothing more."""
        return read_bytes(self._state, self.observer.ppu, address, length)

    def write_memory(self, address: int, content: bytes) -> bool:
        """Replace bytes of the memory; False where there is nothing to be written."""
        self.is_edited = True
        return write_bytes(self._state, self.observer.ppu, address, content)

    def _walk(self, addresses: range) -> Report | None:
        """Some instructions, while they are at these addresses, each looked at before it is executed."""
        for _ in range(_steps_between_looks):
            if found := self._met():
                return found
            stop = self.observer.step(self._horizon())
            self.last = Report()
            if stop.reason != "count" or self.observer.program_counter not in addresses:
                return None if stop.reason == "limit" else self._told(stop)
        return None

    def _met(self) -> Report | None:
        """The report on what the next instruction is going to access, unless it was the last one."""
        if not self.accesses or self.last.is_before_access:
            return None
        for found in next_accesses(self._state, self.observer.ppu):
            for one in self.accesses:
                if one.is_met(*found):
                    return Report(watched=one.address, watched_as="awatch" if one.also_writes else "rwatch")
        return None

    def _horizon(self) -> int:
        return max(self.observer.chip.now_tick, int(self._state.core[self.observer.ppu, st.TICK])) + _piece_ticks

    def _run(self, go_on: Callable[[], Report | None]) -> Report:
        """Call until there is a report, or the client interrupts."""
        self._keep()
        found = None
        try:
            while found is None:
                found = go_on()
                if found is None and self.is_interrupted():
                    found = Report(INTERRUPTED)
        except DiagnosticError as error:
            found = Report(BUS_ERROR, text=render_text(error.diagnostics, color=False) + "\n")
        self.history.note()
        self.last = found
        return found

    def _keep(self) -> None:
        if self.is_edited:
            self.history.edited()
            self.is_edited = False

    def _go_back(self, way: Callable[[], Stop | None]) -> Report:
        self._keep()
        self.history.note()
        stop = way()
        if stop is None:
            self.last = Report(is_past_end=True)
        else:
            self.last = Report(watched=stop.address if stop.reason == "watchpoint" else None)
        return self.last

    def _told(self, stop: Stop) -> Report:
        if stop.reason == "watchpoint":  # gdb takes it that a PowerPC stops in front of the access, and steps itself
            self.history.seek(self.observer.instructions - 1)
            return Report(watched=stop.address)
        if stop.reason == "sleep":
            return Report(NOTHING, text="The processor sleeps, and nothing of its own will wake it.\n")
        return Report()
