"""The playback executor of the FPGA: instructions in order, one a cycle unless one blocks.

Sources of the timing rules: hxcomm:tests/hw/hxcomm/test-throughput.cpp (one cycle an instruction), stadls
absolute-time builder (the instruction after WaitUntil(v) runs at v + 1), fisch:tests (barrier, polling, timeout).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.advance import DONE, FAULTED, QUEUE_FULL, advance, reserve
from hicannx.emu.behaviour import PLAYBACK_TIMER
from hicannx.emu.eventqueue import EventQueue, push, room
from hicannx.emu.instructioncodes import (
    BARRIER,
    LOOPBACK,
    OMNIBUS_ADDRESS,
    OMNIBUS_DATA,
    POLL,
    SPIKE_PACK_1,
    SPIKE_PACK_3,
    SYSTIME_INIT,
    TIMER_SETUP,
    WAIT_UNTIL,
    barrier_omnibus_mask,
    byte_enables_shift,
    fpga_space,
    is_read_shift,
    label_bits,
)
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.machine import fpga_cycle_ticks, link_from_chip_ticks, link_to_chip_ticks, poll_gap_ticks
from hicannx.emu.omnibus import find
from hicannx.emu.request import read_word, write_word
from hicannx.emu.response import HALT, READ, SYSTIME, TICK
from hicannx.emu.routing import FROM_FPGA
from hicannx.emu.state import FAULT_CODE, ChipState
from hicannx.emu.wiring import fpga_to_crossbar_ticks
from hicannx.emu.world import World

# Columns of `Playback.cursor`.
INDEX, CYCLE, ORIGIN, LAST_RESPONSE, ADDRESS, ENABLES, POLL_TICK, DEADLINE, RESPONSES, PACKED = range(10)
CURSOR_COLUMNS = 10

# Reasons to return to Python, beside those of `advance`.
HALTED, RESPONSES_FULL, TIMED_OUT, UNSUPPORTED, PAUSED, RESOLVED = 10, 11, 12, 13, 14, 15


class Playback(NamedTuple):
    """A program being executed: `code` and `payload` a word, the cursor, and `response` rows (kind, tick, value)."""

    code: NDArray[np.uint8]
    payload: NDArray[np.int64]
    cursor: NDArray[np.int64]
    response: NDArray[np.int64]
    register: NDArray[np.int64]


# Columns of `Playback.register`: addresses of the executor's own registers.
POLL_ADDRESS, POLL_TARGET, POLL_MASK, INSTRUCTION_TIMEOUT = range(4)


@njit
def play(world: World, playback: Playback, pause_cycle: int) -> int:
    """Execute until the program halts or Python is needed; the reason says which, and a further call goes on."""
    cursor = playback.cursor
    while cursor[INDEX] < len(playback.code):
        if cursor[RESPONSES] >= len(playback.response):
            return RESPONSES_FULL
        if cursor[CYCLE] >= pause_cycle:
            return PAUSED
        crowded = room(world.queue) < reserve
        reason = advance(world, _due_tick(world.chip, playback, crowded))
        if reason == DONE:
            reason = _perform(world.chip, world.queue, playback)
        if reason != DONE:
            return reason
    return HALTED


@inner
def _due_tick(chip: ChipState, playback: Playback, crowded: bool) -> int:
    """The tick up to which the chip must have advanced before the next instruction can do its work."""
    cursor = playback.cursor
    code, payload = int(playback.code[cursor[INDEX]]), int(playback.payload[cursor[INDEX]])
    tick = cursor[CYCLE] * fpga_cycle_ticks
    if code == POLL:
        cursor[POLL_TICK] = max(cursor[POLL_TICK], tick)
        return int(cursor[POLL_TICK] + link_to_chip_ticks)
    if code == OMNIBUS_DATA:
        return int(tick if cursor[ADDRESS] & fpga_space else tick + link_to_chip_ticks)
    if code == OMNIBUS_ADDRESS and payload >> is_read_shift & 1:
        return int(tick if payload & fpga_space else tick + link_to_chip_ticks)
    if code == LOOPBACK:
        return int(max(tick, cursor[LAST_RESPONSE]))
    return int(tick) if crowded else 0


@inner
def _perform(chip: ChipState, queue: EventQueue, playback: Playback) -> int:
    """Do the work of the next instruction and go on to the one behind it, but for a polling block that has to wait."""
    cursor = playback.cursor
    code, payload = int(playback.code[cursor[INDEX]]), int(playback.payload[cursor[INDEX]])
    if code == POLL:
        reason = _poll(chip, playback, payload & 1)
        if reason != RESOLVED:
            return reason
    elif code in (OMNIBUS_ADDRESS, OMNIBUS_DATA):
        _access(chip, playback, code, payload)
    elif SPIKE_PACK_1 <= code <= SPIKE_PACK_3:
        if room(queue) < reserve:
            return QUEUE_FULL
        _inject(queue, cursor, code - SPIKE_PACK_1 + 1, payload)
    else:
        reason = _system(playback, code, payload)
        if reason != DONE:
            return reason
    cursor[INDEX] += 1
    return FAULTED if chip.fault[FAULT_CODE] else DONE


@inner
def _inject(queue: EventQueue, cursor: NDArray[np.int64], count: int, payload: int) -> None:
    """Send the spikes of a pack to the chip."""
    tick = cursor[CYCLE] * fpga_cycle_ticks
    for index in range(count):
        label = payload >> label_bits * (count - 1 - index) & ((1 << label_bits) - 1)
        push(queue, tick + fpga_to_crossbar_ticks, FROM_FPGA, label)
    cursor[CYCLE] += 1


@inner
def _access(chip: ChipState, playback: Playback, code: int, payload: int) -> None:
    """Omnibus address and data; a read answers after the way back."""
    cursor = playback.cursor
    arrival = cursor[CYCLE] * fpga_cycle_ticks
    if code == OMNIBUS_ADDRESS:
        cursor[ADDRESS] = payload & 0xFFFFFFFF
        cursor[ENABLES] = payload >> byte_enables_shift & 15
        if payload >> is_read_shift & 1:
            if not payload & fpga_space:
                arrival += link_to_chip_ticks + link_from_chip_ticks
            arrival = max(arrival, cursor[LAST_RESPONSE])
            cursor[LAST_RESPONSE] = arrival
            _respond(playback, READ, arrival, _read(chip, cursor))
    else:
        tick = arrival if cursor[ADDRESS] & fpga_space else arrival + link_to_chip_ticks
        write_word(chip, int(cursor[ADDRESS]), payload, int(cursor[ENABLES]), tick)
        cursor[LAST_RESPONSE] = max(tick, cursor[LAST_RESPONSE])
    cursor[CYCLE] += 1


@inner
def _read(chip: ChipState, cursor: NDArray[np.int64]) -> int:
    row = find(chip, int(cursor[ADDRESS]))
    if row >= 0 and chip.behaviour[row] == PLAYBACK_TIMER:
        return int((cursor[CYCLE] - cursor[ORIGIN]) & 0xFFFFFFFF)
    return int(read_word(chip, int(cursor[ADDRESS]), cursor[CYCLE] * fpga_cycle_ticks))


@inner
def _respond(playback: Playback, kind: int, tick: int, value: int) -> None:
    used = playback.cursor[RESPONSES]
    playback.response[used, 0] = kind
    playback.response[used, 1] = tick
    playback.response[used, 2] = value
    playback.cursor[RESPONSES] = used + 1


@inner
def _poll(chip: ChipState, playback: Playback, equal: int) -> int:
    """One read of a polling block: RESOLVED when the condition holds, TIMED_OUT when the time is over."""
    cursor, register = playback.cursor, playback.register
    start = cursor[CYCLE] * fpga_cycle_ticks
    timeout = read_word(chip, register[INSTRUCTION_TIMEOUT], start) * fpga_cycle_ticks
    if cursor[POLL_TICK] >= start + timeout:
        cursor[CYCLE] += timeout // fpga_cycle_ticks
        return TIMED_OUT
    target, mask = read_word(chip, register[POLL_TARGET], start), read_word(chip, register[POLL_MASK], start)
    value = read_word(chip, read_word(chip, register[POLL_ADDRESS], start), cursor[POLL_TICK] + link_to_chip_ticks)
    answered = cursor[POLL_TICK] + link_to_chip_ticks + link_from_chip_ticks
    if chip.fault[FAULT_CODE]:
        return FAULTED
    if (value & mask == target) == (equal == 1):
        cursor[CYCLE] = -(-answered // fpga_cycle_ticks)
        return RESOLVED
    cursor[POLL_TICK] = answered + poll_gap_ticks
    return DONE


@inner
def _system(playback: Playback, code: int, payload: int) -> int:
    """Timer, waits, barriers, synchronisation and loopback; what is not emulated yet goes back to Python."""
    cursor = playback.cursor
    tick = cursor[CYCLE] * fpga_cycle_ticks
    if code == TIMER_SETUP:
        cursor[ORIGIN] = cursor[CYCLE]
    elif code == WAIT_UNTIL:
        cursor[CYCLE] = max(cursor[CYCLE], cursor[ORIGIN] + payload)
    elif code == BARRIER:
        if payload & barrier_omnibus_mask:
            cursor[CYCLE] = max(cursor[CYCLE], -(-cursor[LAST_RESPONSE] // fpga_cycle_ticks))
    elif code == SYSTIME_INIT:
        _respond(playback, SYSTIME, tick, cursor[CYCLE])
    elif code == LOOPBACK:
        tick = max(tick, cursor[LAST_RESPONSE])
        _respond(playback, TICK if payload & 1 else HALT, tick, payload & 1)
        if not payload & 1:
            return HALTED
    else:
        return UNSUPPORTED
    cursor[CYCLE] += 1
    return DONE
