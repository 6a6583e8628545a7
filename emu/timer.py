"""Time base, decrementer and fixed interval timer of a processor, worked out when somebody looks.

Nothing counts from instruction to instruction: the tick at which the decrementer becomes 0 and the difference between
the cycle and the time base are kept, and what happened since the last look is added to TSR by `catch_up`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.special import (
    auto_reload,
    dec_enable,
    dec_status,
    decrementer,
    decrementer_reload,
    fit_bits,
    fit_enable,
    fit_period_mask,
    fit_period_shift,
    fit_status,
    time_base_high,
    time_base_low,
    timer_control,
    timer_status,
)
from hicannx.emu.state import DEC_ZERO, NEVER, TIME_BASE, TIMED

_Row = NDArray[np.int64]
_low = 0xFFFFFFFF


@inner
def catch_up(core: _Row, spr: _Row, tick: int) -> None:
    """Bring TSR and the decrementer to a tick; what happens at that tick has happened."""
    zero = core[DEC_ZERO]
    if zero <= tick:
        spr[timer_status] |= dec_status
        period = spr[decrementer_reload] * ppu_cycle_ticks if spr[timer_control] & auto_reload else 0
        core[DEC_ZERO] = zero + ((tick - zero) // period + 1) * period if period else NEVER
    if _next_interval(core, spr, core[TIMED]) <= tick:
        spr[timer_status] |= fit_status
    core[TIMED] = max(core[TIMED], tick)


@inner
def next_due(core: _Row, spr: _Row, tick: int) -> int:
    """The tick at which an enabled timer asks next; NEVER when it does not."""
    due = NEVER
    if spr[timer_control] & dec_enable:
        due = core[DEC_ZERO]
    if spr[timer_control] & fit_enable:
        due = min(due, _next_interval(core, spr, tick))
    return due


@inner
def _next_interval(core: _Row, spr: _Row, tick: int) -> int:
    """The tick behind the given one at which the selected bit of the time base rises."""
    half = np.int64(1) << fit_bits[(spr[timer_control] & fit_period_mask) >> fit_period_shift]
    count = tick // ppu_cycle_ticks - core[TIME_BASE]
    return int((tick // ppu_cycle_ticks + half - (count - half) % (2 * half) + half) * ppu_cycle_ticks)


@inner
def read_timer(core: _Row, spr: _Row, number: int, tick: int) -> int:
    """A timer register as it is at a tick."""
    catch_up(core, spr, tick)
    count = tick // ppu_cycle_ticks - core[TIME_BASE]
    if number == time_base_low:
        return int(count & _low)
    if number == time_base_high:
        return int(count >> 32 & _low)
    if number == decrementer:
        return int((core[DEC_ZERO] - tick) // ppu_cycle_ticks) if core[DEC_ZERO] != NEVER else 0
    return int(spr[number])


@inner
def write_timer(core: _Row, spr: _Row, number: int, value: int, tick: int) -> None:
    """Write a timer register at a tick; a 1 clears in TSR."""
    catch_up(core, spr, tick)
    if number == decrementer:
        core[DEC_ZERO] = tick + value * ppu_cycle_ticks if value else NEVER
    elif number == timer_status:
        spr[timer_status] &= ~value
    elif number in (time_base_low, time_base_high):
        _set_time_base(core, spr, number, value, tick)
    else:
        spr[number] = value


@inner
def _set_time_base(core: _Row, spr: _Row, number: int, value: int, tick: int) -> None:
    """A bit that rises by the write ends an interval, too."""
    old = tick // ppu_cycle_ticks - core[TIME_BASE]
    count = (old & ~_low) | value if number == time_base_low else (old & _low) | value << 32
    core[TIME_BASE] = tick // ppu_cycle_ticks - count
    bit = fit_bits[(spr[timer_control] & fit_period_mask) >> fit_period_shift]
    if count & ~old & np.int64(1) << bit:
        spr[timer_status] |= fit_status
