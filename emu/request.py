"""What `outside.outside` is asked for; it is compiled once and called by address."""

from __future__ import annotations

from typing import Any

from hicannx.emu.entry import call_entry
from hicannx.emu.kernelcache import inner
from hicannx.emu.state import OUTSIDE

# fmt: off
(
    LOAD, STORE, FETCH, READ_SPR, WRITE_SPR, INTERRUPT, EXCEPTION, SLEEP, WAKE,
    READ_ROW, WRITE_ROW, SAMPLE_QUAD, RESET_SENSORS, RESET_NEURONS,
) = range(14)
# fmt: on


@inner
def ask(chip: Any, ppu: int, what: int, place: int, tick: int) -> int:
    """`outside` for what needs neither mask nor value."""
    return int(call_entry(chip.entry[OUTSIDE], chip, ppu, what, place, 0, 0, tick))


@inner
def ask_masked(chip: Any, ppu: int, what: int, place: int, mask: int, tick: int) -> int:
    """`outside` for what needs a mask."""
    return int(call_entry(chip.entry[OUTSIDE], chip, ppu, what, place, mask, 0, tick))
