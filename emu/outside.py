"""What an instruction seldom needs, compiled once and called by address: memories, buses, interrupts and so on.

The processor's loop and every family of vector instructions would otherwise hold copies of all this.
"""

from __future__ import annotations

from hicannx.emu.busaccess import read_row, write_row
from hicannx.emu.columnquad import reset_neuron_quad, reset_sensor_quad, sample_quad
from hicannx.emu.interrupt import fall_asleep, raise_exception, take_interrupt, wake
from hicannx.emu.omnibus import read, write
from hicannx.emu.request import (
    EXCEPTION,
    FETCH,
    INTERRUPT,
    LOAD,
    READ_ROW,
    READ_SPR,
    READ_WORD,
    RESET_NEURONS,
    RESET_SENSORS,
    SAMPLE_QUAD,
    SLEEP,
    STORE,
    WAKE,
    WRITE_ROW,
    WRITE_SPR,
    WRITE_WORD,
)
from hicannx.emu.state import ChipState
from hicannx.emu.surroundings import fetch_far, load_far, read_special, store_far, write_special


def outside(chip: ChipState, ppu: int, what: int, place: int, mask: int, value: int, tick: int) -> int:
    """Do what `request.py` names; `place` is an address, a number of a register or quad, or where a PPU stands.

    The FPGA, which is no processor, is -1.
    """
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
    elif what == READ_ROW:
        return read_row(chip, ppu, place, tick)
    elif what == WRITE_ROW:
        return write_row(chip, ppu, place, tick)
    elif what == SAMPLE_QUAD:
        return sample_quad(chip, place)
    elif what == RESET_SENSORS:
        reset_sensor_quad(chip, place, mask)
    elif what == RESET_NEURONS:
        reset_neuron_quad(chip, place, mask, tick)
    elif what == READ_WORD:
        return read(chip, place, ppu, tick)
    elif what == WRITE_WORD:
        write(chip, place, value, mask, ppu, tick)
    return 0
