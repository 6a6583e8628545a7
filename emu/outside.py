"""What an instruction seldom needs, compiled once and called by address: far memory, special registers, interrupts.

The processor's loop and every family of vector instructions would otherwise hold copies of all this.
"""

from __future__ import annotations

from typing import Any

from hicannx.emu.entry import call_entry
from hicannx.emu.interrupt import fall_asleep, raise_exception, take_interrupt, wake
from hicannx.emu.kernelcache import inner
from hicannx.emu.ppubus import fetch_far, load_far, read_special, store_far, write_special
from hicannx.emu.state import OUTSIDE, ChipState

# What `outside` is asked to do.
LOAD, STORE, FETCH, READ_SPR, WRITE_SPR, INTERRUPT, EXCEPTION, SLEEP, WAKE = range(9)


def outside(chip: ChipState, ppu: int, what: int, place: int, mask: int, value: int, tick: int) -> int:
    """Do one of these; `place` is an address, the number of a special register, or where the processor stands."""
    core, spr = chip.core[ppu], chip.spr[ppu]
    if what == LOAD:
        return load_far(chip, ppu, place, tick)
    if what == STORE:
        store_far(chip, ppu, place, mask, value, tick)
    elif what == FETCH:
        return fetch_far(chip, ppu, place, tick)
    elif what == READ_SPR:
        return read_special(core, spr, place, tick)
    elif what == WRITE_SPR:
        write_special(core, spr, place, value, tick)
    elif what == INTERRUPT:
        return take_interrupt(core, spr, place, tick)
    elif what == EXCEPTION:
        return raise_exception(core, spr, place)
    elif what == SLEEP:
        fall_asleep(core, spr, tick)
    elif what == WAKE:
        return wake(core, place)
    return 0


@inner
def ask(chip: Any, ppu: int, what: int, place: int, tick: int) -> int:
    """`outside` for what needs neither mask nor value."""
    return int(call_entry(chip.entry[OUTSIDE], chip, ppu, what, place, 0, 0, tick))


@inner
def read_spr(chip: Any, ppu: int, number: int, tick: int) -> int:
    """A special register, from the kernel."""
    return int(call_entry(chip.entry[OUTSIDE], chip, ppu, READ_SPR, number, 0, 0, tick))


@inner
def write_spr(chip: Any, ppu: int, number: int, value: int, tick: int) -> None:
    """Write a special register, from the kernel."""
    call_entry(chip.entry[OUTSIDE], chip, ppu, WRITE_SPR, number, 0, value, tick)


@inner
def load_word(chip: Any, ppu: int, address: int, tick: int) -> int:
    """The word around an address outside the SRAM."""
    return int(call_entry(chip.entry[OUTSIDE], chip, ppu, LOAD, address, 0, 0, tick))


@inner
def store_bits(chip: Any, ppu: int, address: int, mask: int, data: int, tick: int) -> None:
    """Store the bits of a mask in the word around an address outside the SRAM."""
    call_entry(chip.entry[OUTSIDE], chip, ppu, STORE, address, mask, data, tick)
