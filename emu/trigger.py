"""What writes leave for Python to do: registers to be decoded again, and actions."""

from __future__ import annotations

from hicannx.emu.kernelcache import inner
from hicannx.emu.state import (
    ATTENTION,
    CHANGED,
    CHANGED_CAPACITY,
    CHANGES_DUE,
    TRIGGER_CAPACITY,
    TRIGGERS,
    ChipState,
)

ALL_SWITCHES = -1  # in the place of a row: the switches of all columns
FIRST_QUAD = -2  # those of a quad of columns: so much less its number among those of both hemispheres


@inner
def note_change(chip: ChipState, row: int, at_once: bool, due: int) -> None:
    """Ask Python to bring the derived tables up to date after a write to a mapped word, or to column switches.

    Where it is not at once, `advance` and `play` ask before anything happens that could tell the difference, from the
    tick `due` on.
    """
    used = chip.clock[CHANGED]
    chip.clock[CHANGES_DUE] = min(chip.clock[CHANGES_DUE], due) if used else due
    if used < CHANGED_CAPACITY:
        chip.changed[used] = row
    chip.clock[CHANGED] = used + 1
    chip.fault[ATTENTION] |= at_once


@inner
def set_off(chip: ChipState, kind: int, place: int, value: int, tick: int) -> None:
    """Ask Python for the action of a behaviour."""
    used = chip.clock[TRIGGERS]
    if used < TRIGGER_CAPACITY:
        chip.trigger[used, 0] = kind
        chip.trigger[used, 1] = place
        chip.trigger[used, 2] = value
        chip.trigger[used, 3] = tick
    chip.clock[TRIGGERS] = used + 1
    chip.fault[ATTENTION] = 1
