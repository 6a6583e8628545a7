"""One processor alone, without the rest of the chip."""

from __future__ import annotations

from hicannx.emu.entry import call_entry
from hicannx.emu.kernelcache import njit
from hicannx.emu.state import ATTENTION, INSTRUCTIONS, RUN, SLEEPING, TICK, WAKE_TICK, ChipState
from hicannx.emu.timer import catch_up


@njit
def step_alone(chip: ChipState, ppu: int) -> int:
    """Execute one instruction, or go on until something asks for attention or the processor sleeps."""
    core = chip.core[ppu]
    before = core[INSTRUCTIONS]
    while core[INSTRUCTIONS] == before and not core[SLEEPING] and not chip.fault[ATTENTION]:
        call_entry(chip.entry[RUN], chip, ppu, core[TICK] + 1)
    catch_up(core, chip.spr[ppu], core[TICK])
    return 0


@njit
def run_alone(chip: ChipState, ppu: int, until: int, through_sleep: bool) -> int:
    """Run to a tick, or until something asks for attention; sleep ends it unless it is to be gone through."""
    core = chip.core[ppu]
    while not chip.fault[ATTENTION]:
        if core[SLEEPING] and (not through_sleep or core[WAKE_TICK] >= until):
            break
        if not core[SLEEPING] and core[TICK] >= until:
            break
        call_entry(chip.entry[RUN], chip, ppu, until)
    catch_up(core, chip.spr[ppu], max(core[TICK], until if core[SLEEPING] and through_sleep else 0))
    return 0
