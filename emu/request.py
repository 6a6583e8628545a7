"""What `outside.outside` is asked for, and by what functions; it is compiled once and called by address."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.emu.entry import ask_entry
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.nearrow import read_near, write_near
from hicannx.emu.reinterpret import seen_as
from hicannx.emu.state import OUTSIDE

# fmt: off
(
    LOAD, STORE, FETCH, READ_SPR, WRITE_SPR, INTERRUPT, EXCEPTION, SLEEP, WAKE,
    READ_ROW, WRITE_ROW, SAMPLE_QUAD, RESET_SENSORS, RESET_NEURONS, READ_WORD, WRITE_WORD,
) = range(16)
# fmt: on


@inner
def ask(chip: Any, ppu: int, what: int, place: int, tick: int) -> int:
    """`outside` for what needs neither mask nor value."""
    return int(ask_entry(chip.entry[OUTSIDE], chip, ppu, what, place, 0, 0, tick))


@inner
def ask_masked(chip: Any, ppu: int, what: int, place: int, mask: int, tick: int) -> int:
    """`outside` for what needs a mask."""
    return int(ask_entry(chip.entry[OUTSIDE], chip, ppu, what, place, mask, 0, tick))


@inner
def read_spr(chip: Any, ppu: int, number: int, tick: int) -> int:
    """A special register, from the kernel."""
    return ask(chip, ppu, READ_SPR, number, tick)


@inner
def write_spr(chip: Any, ppu: int, number: int, value: int, tick: int) -> None:
    """Write a special register, from the kernel."""
    ask_entry(chip.entry[OUTSIDE], chip, ppu, WRITE_SPR, number, 0, value, tick)


@inner
def load_word(chip: Any, ppu: int, address: int, tick: int) -> int:
    """The word around an address outside the SRAM."""
    return ask(chip, ppu, LOAD, address, tick)


@inner
def store_bits(chip: Any, ppu: int, address: int, mask: int, data: int, tick: int) -> None:
    """Store the bits of a mask in the word around an address outside the SRAM."""
    ask_entry(chip.entry[OUTSIDE], chip, ppu, STORE, address, mask, data, tick)


@merged
def pbus_write(chip: Any, ppu: int, address: int, row: Any, on: Any, tick: int) -> int:
    """Write the enabled bytes of `row`; an exception code, and EXTRA_CYCLES what it takes beside a near row.

    `on` is the second row of `chip.row`; the function behind the address knows only these.
    """
    if write_near(chip, ppu, address, row, on, tick):
        return 0
    _copy(row, chip.row[0])
    return ask(chip, ppu, WRITE_ROW, address, tick)


@merged
def pbus_read(chip: Any, ppu: int, address: int, row: Any, tick: int) -> int:
    """Read into `row`, unless that fails; otherwise as `pbus_write`."""
    if read_near(chip, ppu, address, row):
        return 0
    exception = ask(chip, ppu, READ_ROW, address, tick)
    if exception == 0:
        _copy(chip.row[0], row)
    return exception


@inner
def _copy(row: Any, other: Any) -> None:
    """Copy a vector, eight bytes at a time."""
    words, others = seen_as(row, np.int64), seen_as(other, np.int64)
    for place in range(len(words)):
        others[place] = words[place]


@inner
def read_word(chip: Any, address: int, tick: int) -> int:
    """`omnibus.read` for the FPGA."""
    return ask(chip, -1, READ_WORD, address, tick)


@inner
def write_word(chip: Any, address: int, value: int, enables: int, tick: int) -> None:
    """`omnibus.write` for the FPGA."""
    ask_entry(chip.entry[OUTSIDE], chip, -1, WRITE_WORD, address, enables, value, tick)
