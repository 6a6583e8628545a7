"""The lock-step: processors, events and analog core advance together by the smallest thing that happens next."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.emu.analog.neuron import is_settled, step
from hicannx.emu.analog.state import STEP_TICKS
from hicannx.emu.backendstate import PENDING, most_events
from hicannx.emu.background import emit_due, next_due
from hicannx.emu.entry import call_entry
from hicannx.emu.eventqueue import next_tick, pop, room
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.machine import longest_step_ticks, ppu_count
from hicannx.emu.monitorring import is_full, sample
from hicannx.emu.prepared import Prepared, place_of, prepare
from hicannx.emu.readoutstate import NEXT_TICK, SAMPLE_CAPACITY
from hicannx.emu.routing import emit_spikes, handle_event, pass_spikes, record_room
from hicannx.emu.state import (
    ATTENTION,
    CHANGED,
    CHANGES_DUE,
    FAULT_CODE,
    NEVER,
    NOW,
    RUN,
    RUNNING,
    SAMPLES,
    SLEEPING,
    STEP_BEGIN,
    TICK,
    WAKE_TICK,
    ChipState,
)
from hicannx.emu.wiring import TO_FPGA, background_sources, outputs, waiting_places
from hicannx.emu.world import World

# Why `advance` returns: the tick is reached, or Python is needed first and a further call goes on.
DONE, FAULTED, REFRESH, QUEUE_FULL, RECORD_FULL = range(5)
_nobody: Any = np.int64(-1)  # a plain -1 is a type of its own to numba: all kernels would be compiled twice
# Of a turn: an output takes only as many events as may wait at it, and those of the ticks by which a step may be late.
_most_due = (outputs + background_sources) * (waiting_places + longest_step_ticks)
reserve = most_events + _most_due
_most_sampled_ticks = reserve  # in one stretch: a sample takes several ticks
UNTIL, REASON = place_of(1), place_of(2)  # of a prepared call of `advance`


@njit
def advance(world: World, until: int) -> int:
    """Go on to tick `until`: all that is due before it has happened, nothing that is due at it; the reason to return.

    At equal ticks the analog step that ends there comes first, then events, then instructions. Writes that Python has
    to digest (REFRESH) take effect at the end of the instruction that made them; those of the FPGA wait until something
    comes that could tell the difference, since digesting many at once takes little longer than one. Cells of the CapMem
    follow when they are refreshed next, or behind the last write in a row.
    """
    chip, step_ticks = world.chip, world.neurons.counts[STEP_TICKS]
    while chip.clock[NOW] < until:
        reason = _reason(world, until)
        if reason != DONE:
            return reason
        now = chip.clock[NOW]
        if now == chip.clock[STEP_BEGIN] + step_ticks:
            _finish_step(world)
        _handle_due(world, now)
        limit = until if chip.readout.madc[NEXT_TICK] == NEVER else min(until, now + _most_sampled_ticks)
        stop = min(limit, next_tick(world.queue), next_due(world.background))
        settled = now == chip.clock[STEP_BEGIN] and is_settled(world.neurons) and not chip.clock[CHANGED]
        if not settled:
            may_leap = now == chip.clock[STEP_BEGIN] and not chip.clock[CHANGED]
            stop = _leap(world, stop) if may_leap else min(stop, chip.clock[STEP_BEGIN] + step_ticks)
        elif _is_quiet(world, limit):
            pass_spikes(world.routing, world.record, world.queue, world.recording[0], limit)
            stop = min(limit, next_tick(world.queue))
        while not chip.fault[ATTENTION]:
            ppu, turn = _next_turn(chip, stop)
            if ppu < 0:
                break
            call_entry(chip.entry[RUN], chip, ppu, turn)
        chip.clock[NOW] = _behind(chip, stop)
        if settled:
            _skip_steps(world)
            _sample(world)
    return DONE


def prepare_advance(world: World) -> Prepared:
    """The call of `advance` for a world; the tick stands at UNTIL then, the reason comes at REASON."""
    return prepare(advance, world, 0)


@inner
def _reason(world: World, until: int) -> int:
    """Why Python is needed before anything else happens; DONE where it is not."""
    chip = world.chip
    if chip.fault[FAULT_CODE]:
        return FAULTED
    if chip.fault[ATTENTION] or (chip.clock[CHANGED] and _needs_tables(world, until)):
        return REFRESH
    if room(world.queue) < reserve:
        return QUEUE_FULL
    has_room = record_room(world.record) >= reserve and SAMPLE_CAPACITY - chip.readout.samples[0] >= reserve
    return DONE if has_room and not is_full(world.monitor) else RECORD_FULL


@inner
def _needs_tables(world: World, until: int) -> bool:
    """Whether an analog step ends now, or an event is due, or a processor goes on before a tick."""
    chip = world.chip
    now = chip.clock[NOW]
    if now < chip.clock[CHANGES_DUE]:
        return False
    due = min(
        next_tick(world.queue), next_due(world.background), chip.clock[STEP_BEGIN] + world.neurons.counts[STEP_TICKS]
    )
    return bool(due <= now or _behind(chip, until) < until)


@inner
def _is_quiet(world: World, until: int) -> bool:
    """Whether nothing but events in the queue happens before a tick."""
    return (
        _next_turn(world.chip, until)[0] < 0 and next_due(world.background) >= until and not world.chip.fault[ATTENTION]
    )


@inner
def _finish_step(world: World) -> None:
    """The analog step that ends now."""
    begin = world.chip.clock[STEP_BEGIN]
    if step(world.neurons, begin) or world.chip.backend.counts[PENDING]:
        emit_spikes(world.chip, world.routing, world.queue)
    _pass_time(world, begin + world.neurons.counts[STEP_TICKS])
    _sample(world)


@inner
def _sample(world: World) -> None:
    """What the MADC has sampled up to the end of the last step."""
    if world.chip.readout.madc[NEXT_TICK] != NEVER:
        until = world.chip.clock[STEP_BEGIN]
        call_entry(world.chip.entry[SAMPLES], world.chip, np.int64(world.recording[0]), until)


@inner
def _leap(world: World, until: int) -> int:
    """Do all steps before a tick in which processors and events do nothing; the end of the step that comes then."""
    clock, length = world.chip.clock, world.neurons.counts[STEP_TICKS]
    quiet = _behind(world.chip, until)
    while clock[STEP_BEGIN] + length < quiet and not is_settled(world.neurons) and _has_room(world):
        _finish_step(world)
        until = min(until, next_tick(world.queue))
        quiet = min(quiet, until)
    clock[NOW] = clock[STEP_BEGIN]
    return int(max(min(until, clock[STEP_BEGIN] + length), clock[NOW]))  # events of a long step may be late


@inner
def _has_room(world: World) -> bool:
    """Whether what a step leaves finds room."""
    return bool(room(world.queue) >= most_events and not is_full(world.monitor))


@inner
def _skip_steps(world: World) -> None:
    """Settled neurons stay as they are: all steps that fit are over, but for the one that ends right now."""
    begin, length = world.chip.clock[STEP_BEGIN], world.neurons.counts[STEP_TICKS]
    _pass_time(world, begin + (world.chip.clock[NOW] - begin) // length * length)


@inner
def _pass_time(world: World, end: int) -> None:
    """All steps up to a tick are over."""
    clock = world.chip.clock
    sample(world.monitor, world.neurons.values, clock[STEP_BEGIN], end)
    clock[STEP_BEGIN] = end


@inner
def _handle_due(world: World, now: int) -> None:
    """Events of this tick, in the order in which they were made."""
    if next_due(world.background) <= now:
        emit_due(world.background, world.queue, now)
    chip = world.chip
    while next_tick(world.queue) <= now:
        tick, kind, payload = pop(world.queue)
        if kind == TO_FPGA and not world.recording[0]:
            continue
        begin = int(chip.clock[STEP_BEGIN])
        handle_event(chip, world.routing, world.record, world.queue, begin, tick, kind, payload)


@inner
def _next_turn(chip: ChipState, until: int) -> tuple[int, int]:
    """The processor whose turn it is and the tick at which its turn ends; -1 when all have reached `until`.

    Two running processors take turns, the one that is behind first, so that each sees what the other has stored.
    """
    first, limit = _nobody, until
    for ppu in range(ppu_count):
        if turn_tick(chip, ppu) < limit:
            first, limit = ppu, turn_tick(chip, ppu)
    limit = until
    for ppu in range(ppu_count):
        if ppu != first and turn_tick(chip, ppu) < limit:
            limit = turn_tick(chip, ppu) + (1 if first < ppu else 0)
    return first, limit


@inner
def turn_tick(chip: ChipState, ppu: int) -> int:
    """The tick at which a processor goes on: now, when it wakes, or never."""
    core = chip.core[ppu]
    if not core[RUNNING]:
        return NEVER
    return int(max(core[TICK], core[WAKE_TICK]) if core[SLEEPING] else core[TICK])


@inner
def _behind(chip: ChipState, until: int) -> int:
    """The earliest tick at which a processor goes on."""
    reached = until
    for ppu in range(ppu_count):
        reached = min(reached, turn_tick(chip, ppu))
    return reached
