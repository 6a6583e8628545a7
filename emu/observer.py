"""Running one processor until there is a reason to stop, as debuggers and the command line ask for it."""

from __future__ import annotations

import attrs
import numpy as np

from hicannx.emu import observe as ob
from hicannx.emu import state as st
from hicannx.emu.addressspace import watch_rows
from hicannx.emu.advance import DONE
from hicannx.emu.chip import Chip
from hicannx.emu.fault import Locate, nowhere

_endless = np.iinfo(np.int64).max
_names = {
    ob.BREAKPOINT: "breakpoint",
    ob.WATCHED: "watchpoint",
    ob.ASLEEP: "sleep",
    ob.REACHED: "limit",
    ob.COUNTED: "count",
}


@attrs.frozen
class Stop:
    """Why a processor stopped: `breakpoint`, `watchpoint` (with the watched `address`), `sleep`, `limit` or `count`."""

    reason: str
    address: int = 0


@attrs.define(eq=False)
class Observer:
    """One processor of a chip, with its breakpoints and, as (address, length), the memory watched for changes."""

    chip: Chip
    ppu: int = 0
    locate: Locate = nowhere
    breakpoints: set[int] = attrs.field(factory=set)
    watched: set[tuple[int, int]] = attrs.field(factory=set)

    @property
    def instructions(self) -> int:
        """How many instructions the processor has executed since its release."""
        return int(self.chip.world.chip.core[self.ppu, st.INSTRUCTIONS])

    @property
    def program_counter(self) -> int:
        """The address of the next instruction."""
        return int(self.chip.world.chip.core[self.ppu, st.PC])

    @property
    def is_asleep(self) -> bool:
        """Whether it sleeps and nothing of its own will wake it."""
        core = self.chip.world.chip.core[self.ppu]
        return bool(core[st.SLEEPING] and core[st.WAKE_TICK] == st.NEVER)

    def run(self, until: int, count: int = _endless) -> Stop:
        """Go on to a tick, or until `count` instructions are executed in all; a DiagnosticError as `Chip.advance`."""
        if not self.breakpoints and not self.watched and count == _endless:
            self.chip.advance_until_asleep(self.ppu, until, self.locate)
            return Stop("sleep" if self.is_asleep else "limit")
        return self._observe(until, count)

    def step(self, until: int = _endless) -> Stop:
        """Execute one instruction, which may be a long time ahead when the processor sleeps, before a tick."""
        return self._observe(until, self.instructions + 1)

    def _observe(self, until: int, count: int) -> Stop:
        request = np.array([self.instructions, count, 0], np.int64)
        breakpoints = np.array(sorted(self.breakpoints), np.int64)
        watched, addresses = self._rows()
        while (reason := ob.observe(self.chip.world, self.ppu, until, request, breakpoints, watched)) not in _names:
            assert reason != DONE
            self.chip.resolve(reason, self.locate)
        address = addresses[request[ob.CHANGED_ROW]] if reason == ob.WATCHED else 0
        return Stop(_names[reason], address)

    def _rows(self) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.int64]], list[int]]:
        """The watched words, and for each the address that the watchpoint was set at."""
        found = [
            (row, address)
            for address, length in sorted(self.watched)
            for row in watch_rows(self.chip.world.chip, self.ppu, address, length)
        ]
        rows = np.array([row for row, _ in found], np.int64).reshape(-1, ob.WATCH_COLUMNS)
        return rows, [address for _, address in found]
