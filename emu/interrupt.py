"""Interrupts of a processor: requests from outside and from timers, who goes first, entry, and waking up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.special import (
    DEC,
    DOORBELL,
    EXTERNAL,
    FIT,
    alignment_vector,
    asynchronous_vectors,
    dec_enable,
    dec_status,
    enter_mask,
    esr,
    esr_trap,
    external_enable,
    fit_enable,
    fit_status,
    instruction_bytes,
    interrupting_pins,
    pin_control,
    pin_enable_shift,
    pin_level_shift,
    pin_low_shift,
    pins_in,
    program_vector,
    srr0,
    srr1,
    timer_control,
    timer_status,
)
from hicannx.emu.state import (
    ENTERED,
    EXCEPTION,
    MSR,
    NEVER,
    PINS,
    REQUESTS,
    SLEEP_TICK,
    SLEEPING,
    TICK,
    UNTIMED,
    WAKE_TICK,
    ChipState,
)
from hicannx.emu.timer import catch_up, next_due
from hicannx.isa.timing import load_model

# Values of the column EXCEPTION: the first two are those of the semantics; with LOOK the loop looks for interrupts.
ALIGNMENT, PROGRAM, FAULT, LOOK = 1, 2, 3, 4
_wake_ticks = load_model().interrupts["wake"] * ppu_cycle_ticks
_Row = NDArray[np.int64]


@inner
def enter(core: _Row, spr: _Row, address: int) -> None:
    """Keep where to go on and the machine state; what was asked for from outside is forgotten."""
    spr[srr0], spr[srr1] = address, core[MSR]
    core[MSR] &= enter_mask
    core[REQUESTS] = 0


@inner
def raise_exception(core: _Row, spr: _Row, pc: int) -> int:
    """Enter the handler of the instruction's own exception; the address of its vector."""
    program = core[EXCEPTION] == PROGRAM
    enter(core, spr, pc)
    spr[esr] = esr_trap if program else 0
    core[EXCEPTION] = 0
    return program_vector if program else alignment_vector


@inner
def take_interrupt(core: _Row, spr: _Row, pc: int, tick: int) -> int:
    """Enter the first of the interrupts that ask at a tick; where to go on. WAKE_TICK is when to look again."""
    catch_up(core, spr, tick)
    core[WAKE_TICK] = NEVER
    if core[MSR] & external_enable == 0:
        core[REQUESTS] = 0
        return pc
    asking = core[REQUESTS] | _timers(spr) | _levels(core, spr)
    for place in range(len(asynchronous_vectors)):
        if asking >> place & 1:
            enter(core, spr, pc)
            core[ENTERED] = 1
            return int(asynchronous_vectors[place])
    core[WAKE_TICK] = next_due(core, spr, tick)
    return pc


@inner
def _timers(spr: _Row) -> int:
    """Timers that ask."""
    control, status = spr[timer_control], spr[timer_status]
    asking = DEC if control & dec_enable and status & dec_status else 0
    return asking | (FIT if control & fit_enable and status & fit_status else 0)


@inner
def _levels(core: _Row, spr: _Row) -> int:
    """Pins that ask by their level."""
    control = spr[pin_control]
    active = (core[PINS] ^ control >> pin_low_shift) & control >> pin_level_shift & control >> pin_enable_shift
    return EXTERNAL if active & interrupting_pins else 0


@inner
def fall_asleep(core: _Row, spr: _Row, tick: int) -> None:
    """Note when it was, and when the processor wakes by itself: timers do that with EE = 0 as well."""
    catch_up(core, spr, tick)
    core[SLEEP_TICK] = tick
    ready = _timers(spr) or (core[MSR] & external_enable and core[REQUESTS])
    core[WAKE_TICK] = tick if ready else next_due(core, spr, tick)


@inner
def wake(core: _Row, pc: int) -> int:
    """Wake up at WAKE_TICK, at the wait itself when its interrupt comes next; the address to go on at."""
    core[SLEEPING] = 0
    core[TICK] = max(core[TICK], core[WAKE_TICK]) + (0 if core[UNTIMED] else _wake_ticks)
    return pc - instruction_bytes if core[MSR] & external_enable else pc


@njit
def set_pins(chip: ChipState, ppu: int, value: int, tick: int) -> None:
    """Set the input pins of a processor; an edge that finds EE = 0 is lost."""
    core, spr = chip.core[ppu], chip.spr[ppu]
    control = spr[pin_control]
    low, edge = control >> pin_low_shift, ~(control >> pin_level_shift)
    changed = (value ^ core[PINS]) & (value ^ low) & edge & control >> pin_enable_shift & interrupting_pins
    core[PINS], spr[pins_in] = value, value
    _request(core, tick, EXTERNAL if changed else _levels(core, spr))


@njit
def ring_doorbell(chip: ChipState, ppu: int, tick: int) -> None:
    """The doorbell of a processor rings; that is lost when EE = 0."""
    _request(chip.core[ppu], tick, DOORBELL)


@inner
def _request(core: _Row, tick: int, asking: int) -> None:
    if asking and core[MSR] & external_enable:
        core[REQUESTS] |= asking
        if core[SLEEPING]:
            core[WAKE_TICK] = min(core[WAKE_TICK], max(tick, core[TICK]))
