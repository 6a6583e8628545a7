"""The playback executor of the FPGA: instructions in order, one a cycle unless one blocks.

Sources of the timing rules: hxcomm:tests/hw/hxcomm/test-throughput.cpp (one cycle an instruction), stadls
absolute-time builder (the instruction after WaitUntil(v) runs at v + 1), fisch:tests (barrier, polling, timeout).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.advance import DONE, FAULTED, QUEUE_FULL, REASON, REFRESH, UNTIL, reserve
from hicannx.emu.eventqueue import EventQueue, push_behind, room
from hicannx.emu.instructioncodes import (
    BARRIER,
    JTAG_DATA,
    JTAG_INIT,
    LOOPBACK,
    OMNIBUS_ADDRESS,
    OMNIBUS_DATA,
    POLL,
    RESET,
    SPIKE_PACK_1,
    SPIKE_PACK_3,
    SYSTIME_INIT,
    TIMER_SETUP,
    WAIT_UNTIL,
    address_mask,
    barrier_correction_mask,
    barrier_jtag_mask,
    barrier_omnibus_mask,
    barrier_systime_mask,
    byte_enables_mask,
    byte_enables_shift,
    fpga_space,
    is_read_shift,
    label_bits,
)
from hicannx.emu.kernelcache import inner, merged, njit
from hicannx.emu.link import synchronise, systime_mask, timer_value
from hicannx.emu.machine import (
    NEVER,
    fpga_cycle_ticks,
    link_from_chip_ticks,
    link_to_chip_ticks,
    poll_gap_ticks,
)
from hicannx.emu.prepared import call_prepared
from hicannx.emu.request import read_word, write_word
from hicannx.emu.response import HALT, JTAG, ORIGIN, READ, SYSTIME, TICK, WRITE
from hicannx.emu.state import (
    ACCESS_TICKS,
    CHANGED,
    FAULT_CODE,
    LINK_UP,
    NOW,
    SPIKES_TO_CHIP,
    SYNC_END,
    SYSTIME_ORIGIN,
    TAP_DONE,
    TAP_WAITING,
    TIMER_ORIGIN,
    WORDS_FROM_CHIP,
    WORDS_TO_CHIP,
    ChipState,
)
from hicannx.emu.tap import enqueue, finish_first, tap_is_full, tap_tick
from hicannx.emu.wiring import FROM_FPGA, fpga_to_crossbar_ticks
from hicannx.emu.world import World

# Columns of `Playback.cursor`; LOST counts accesses that nobody answers, LOST_READS the reads among them.
INDEX, CYCLE, LAST_RESPONSE, ADDRESS, ENABLES, POLL_TICK, RESPONSES, LOST, LOST_READS = range(9)
CURSOR_COLUMNS = 9

# Reasons to return to Python, beside those of `advance`.
HALTED, RESPONSES_FULL, TIMED_OUT, RESETS, PAUSED, RESOLVED = 10, 11, 12, 13, 14, 15
_crowded = 2 * reserve  # below this room in the queue the chip advances, which needs `reserve`
_turns = 1 << 20  # of the loop, at most, before Python has a look


class Playback(NamedTuple):
    """A program being executed: `code` and `payload` a word, the cursor, and `response` rows (kind, tick, value).

    `register` holds places in `ChipState.register`, in the order of `own_registers`; `advance` are the words of
    the prepared call of `advance` for the world.
    """

    code: NDArray[np.uint8]
    payload: NDArray[np.int64]
    cursor: NDArray[np.int64]
    response: NDArray[np.int64]
    register: NDArray[np.int64]
    advance: NDArray[np.int64]


# Columns of `Playback.register`: where the executor's own registers stand.
(
    POLL_ADDRESS, POLL_TARGET, POLL_MASK, INSTRUCTION_TIMEOUT, CORRECTION, RETRIES, BASE_LOW, BASE_HIGH, FILTER,
) = range(9)  # fmt: skip
REGISTERS = 9
_rows_of_one = 2  # responses that one instruction may give at once


@njit
def play(world: World, playback: Playback, pause_tick: int) -> int:
    """Execute until the program halts or Python is needed; the reason says which, and a further call goes on.

    The chip advances to `pause_tick` at most.
    """
    cursor, chip = playback.cursor, world.chip
    for _ in range(_turns):
        if cursor[INDEX] >= len(playback.code):
            return HALTED
        if cursor[RESPONSES] + _rows_of_one > len(playback.response):
            return RESPONSES_FULL
        code, payload = int(playback.code[cursor[INDEX]]), int(playback.payload[cursor[INDEX]])
        until = _blocked_until(chip, playback, code, payload)
        if _is_timed(code) and until - cursor[CYCLE] > _own(chip, playback, INSTRUCTION_TIMEOUT):
            return TIMED_OUT
        due = _due_tick(chip, playback, code, payload, until, room(world.queue) < _crowded)
        shifted = tap_tick(chip)
        stop = min(due, shifted, pause_tick)
        reason = _advance(playback, stop) if chip.clock[NOW] < stop else DONE
        if reason != DONE:
            return reason
        if chip.clock[CHANGED] and (stop == shifted or not _is_write(code, payload)):
            return REFRESH
        if stop == shifted:
            _finish_shift(chip, playback, code, payload)
        elif stop < due:
            return PAUSED
        else:
            cursor[CYCLE] = max(cursor[CYCLE], until)
            reason = _perform(chip, world.queue, playback, code, payload)
            if reason != DONE:
                return reason
        if chip.fault[FAULT_CODE]:
            return FAULTED
    return PAUSED


@merged
def _advance(playback: Playback, until: int) -> int:
    playback.advance[UNTIL] = until
    call_prepared(playback.advance)
    return int(playback.advance[REASON])


@merged
def _own(chip: ChipState, playback: Playback, column: int) -> int:
    """One of the executor's own registers."""
    return int(chip.register[playback.register[column]])


@inner
def _cycle_of(tick: int) -> int:
    """The first FPGA cycle that begins at a tick or later; never stays never."""
    return NEVER if tick == NEVER else -(-tick // fpga_cycle_ticks)


@merged
def _is_timed(code: int) -> bool:
    """Whether an instruction that blocks for too long times out here; a polling block does so elsewhere."""
    return code == BARRIER or JTAG_INIT <= code <= JTAG_DATA


@inner
def _is_write(code: int, payload: int) -> bool:
    """Whether an instruction is of a write over the Omnibus."""
    return code == OMNIBUS_DATA or (code == OMNIBUS_ADDRESS and not payload >> is_read_shift & 1)


@merged
def _blocked_until(chip: ChipState, playback: Playback, code: int, payload: int) -> int:
    """The cycle at which an instruction can do its work, as far as that is known before."""
    cursor = playback.cursor
    if code == BARRIER:
        return _barrier_end(chip, playback, payload)
    if JTAG_INIT <= code <= JTAG_DATA and tap_is_full(chip):
        return max(int(cursor[CYCLE]), _cycle_of(tap_tick(chip)))
    if code == LOOPBACK and not payload & 1:
        tick = max(cursor[LAST_RESPONSE], chip.tap[TAP_DONE])
        tick = max(tick, chip.fpga[SYNC_END] if chip.fpga[SYNC_END] != NEVER else 0)
        return max(int(cursor[CYCLE]), _cycle_of(tick))
    if not chip.fpga[LINK_UP] and chip.tap[TAP_WAITING] and _is_far(playback, code, payload):
        return max(int(cursor[CYCLE]), _cycle_of(tap_tick(chip)))  # what waits there may bring the link up
    return int(cursor[CYCLE])


@inner
def _barrier_end(chip: ChipState, playback: Playback, payload: int) -> int:
    """When everything that a barrier selects is done."""
    cursor = playback.cursor
    tick = cursor[CYCLE] * fpga_cycle_ticks
    if payload & barrier_omnibus_mask:
        tick = NEVER if cursor[LOST] else max(tick, cursor[LAST_RESPONSE])
    if payload & barrier_jtag_mask:
        tick = max(tick, chip.tap[TAP_DONE])
    if payload & barrier_systime_mask:
        tick = max(tick, chip.fpga[SYNC_END])
    if payload & barrier_correction_mask and _own(chip, playback, CORRECTION) & 1:
        tick = NEVER  # the interrupt that it waits for comes from other FPGAs
    return _cycle_of(tick)


@inner
def _is_far(playback: Playback, code: int, payload: int) -> bool:
    """Whether an instruction goes over the link."""
    if code == OMNIBUS_DATA:
        return not playback.cursor[ADDRESS] & fpga_space
    if code == OMNIBUS_ADDRESS:
        return bool(payload >> is_read_shift & 1) and not payload & fpga_space
    return SPIKE_PACK_1 <= code <= SPIKE_PACK_3 or code == SYSTIME_INIT


@merged
def _due_tick(chip: ChipState, playback: Playback, code: int, payload: int, until: int, crowded: bool) -> int:
    """The tick up to which the chip must have advanced before an instruction can do its work."""
    cursor = playback.cursor
    tick = until * fpga_cycle_ticks
    if code == POLL:
        cursor[POLL_TICK] = max(cursor[POLL_TICK], tick)
        return int(cursor[POLL_TICK] + link_to_chip_ticks)
    if code in (OMNIBUS_ADDRESS, OMNIBUS_DATA):
        if code == OMNIBUS_ADDRESS and _is_write(code, payload):
            return 0
        return int(tick + link_to_chip_ticks if _is_far(playback, code, payload) else tick)
    if code in (LOOPBACK, RESET) or (chip.tap[TAP_WAITING] and (until > cursor[CYCLE] or tap_is_full(chip))):
        return tick
    return tick if crowded or not chip.fpga[LINK_UP] else 0


@inner
def _finish_shift(chip: ChipState, playback: Playback, code: int, payload: int) -> None:
    """The first JTAG instruction that waits is done; what has waited for it goes on then, at the earliest."""
    cursor, tick = playback.cursor, tap_tick(chip)
    if tap_is_full(chip) or (not chip.fpga[LINK_UP] and _is_far(playback, code, payload)):
        cursor[CYCLE] = max(cursor[CYCLE], _cycle_of(tick))
    bits = finish_first(chip)
    if bits >= 0:
        _respond(playback, JTAG, tick, bits)


@inner
def _perform(chip: ChipState, queue: EventQueue, playback: Playback, code: int, payload: int) -> int:
    """Do the work of an instruction and go on to the one behind it, but for a polling block that has to wait."""
    cursor = playback.cursor
    if code == POLL:
        reason = _poll(chip, playback, payload & 1)
        if reason != RESOLVED:
            return reason
    elif code in (OMNIBUS_ADDRESS, OMNIBUS_DATA):
        _access(chip, playback, code, payload)
    elif SPIKE_PACK_1 <= code <= SPIKE_PACK_3:
        if room(queue) < reserve:
            return QUEUE_FULL
        if chip.fpga[LINK_UP]:
            _inject(queue, cursor, code - SPIKE_PACK_1 + 1, payload)
            chip.fpga[SPIKES_TO_CHIP] += code - SPIKE_PACK_1 + 1
    elif code == RESET:
        return RESETS
    elif code == LOOPBACK:
        tick = max(int(cursor[CYCLE] * fpga_cycle_ticks), int(cursor[LAST_RESPONSE]))
        _respond(playback, TICK if payload & 1 else HALT, tick, payload & 1)
        if not payload & 1:
            return HALTED
    else:
        _system(chip, playback, code, payload)
    cursor[INDEX] += 1
    if code != POLL:
        cursor[CYCLE] += 1
    return DONE


@merged
def _inject(queue: EventQueue, cursor: NDArray[np.int64], count: int, payload: int) -> None:
    """Send the spikes of a pack to the chip."""
    tick = cursor[CYCLE] * fpga_cycle_ticks
    for index in range(count):
        label = payload >> label_bits * (count - 1 - index) & ((1 << label_bits) - 1)
        push_behind(queue, tick + fpga_to_crossbar_ticks, FROM_FPGA, label)


@inner
def _access(chip: ChipState, playback: Playback, code: int, payload: int) -> None:
    """Omnibus address and data; a read answers after the way back, and one that fails never does."""
    cursor = playback.cursor
    is_read = code == OMNIBUS_ADDRESS
    if is_read:
        cursor[ADDRESS] = payload & address_mask
        cursor[ENABLES] = payload >> byte_enables_shift & byte_enables_mask
        if not payload >> is_read_shift & 1:
            return
    address, tick, value = int(cursor[ADDRESS]), cursor[CYCLE] * fpga_cycle_ticks, 0
    is_far = not address & fpga_space
    is_answered = not is_far or chip.fpga[LINK_UP]
    chip.clock[ACCESS_TICKS] = 0
    if is_answered and is_read:
        value = read_word(chip, address, tick)
    elif is_answered:
        write_word(chip, address, payload, int(cursor[ENABLES]), tick + link_to_chip_ticks if is_far else tick)
    if not is_answered or chip.fault[FAULT_CODE]:
        cursor[LOST] += 1
        cursor[LOST_READS] += 1 if is_read else 0
        return
    if is_far:
        tick += link_to_chip_ticks + chip.clock[ACCESS_TICKS]
        chip.fpga[WORDS_TO_CHIP] += 1
        chip.fpga[WORDS_FROM_CHIP] += 1
    is_shown = is_read or not _own(chip, playback, FILTER) & 1
    if is_shown and is_far:
        tick += link_from_chip_ticks
    cursor[LAST_RESPONSE] = max(tick, cursor[LAST_RESPONSE])
    if is_shown:
        _respond(playback, READ if is_read else WRITE, int(cursor[LAST_RESPONSE]), value)


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
    cursor = playback.cursor
    start, timeout = cursor[CYCLE] * fpga_cycle_ticks, _own(chip, playback, INSTRUCTION_TIMEOUT) * fpga_cycle_ticks
    if cursor[POLL_TICK] >= start + timeout:
        return TIMED_OUT
    address, target, mask = (
        _own(chip, playback, POLL_ADDRESS),
        _own(chip, playback, POLL_TARGET),
        _own(chip, playback, POLL_MASK),
    )
    answered = cursor[POLL_TICK] + link_to_chip_ticks + link_from_chip_ticks
    if not address & fpga_space and not chip.fpga[LINK_UP]:
        cursor[POLL_TICK] = start + timeout  # it would wait for the answer all the time
        return DONE
    value = read_word(chip, address, cursor[POLL_TICK] + link_to_chip_ticks)
    if chip.fault[FAULT_CODE]:
        return FAULTED
    if (value & mask == target) == (equal == 1):
        cursor[CYCLE] = _cycle_of(answered)
        return RESOLVED
    cursor[POLL_TICK] = answered + poll_gap_ticks
    return DONE


@inner
def _system(chip: ChipState, playback: Playback, code: int, payload: int) -> None:
    """Timer, waits, synchronisation, and what goes to the test access port; barriers are over when they get here."""
    cursor = playback.cursor
    if code == TIMER_SETUP:
        chip.fpga[TIMER_ORIGIN] = cursor[CYCLE]
    elif code == WAIT_UNTIL:
        cursor[CYCLE] += max(payload - timer_value(chip, cursor[CYCLE] * fpga_cycle_ticks), 0)
    elif code == SYSTIME_INIT:
        _tell_systime(chip, playback, payload & 1)
    elif code != BARRIER:
        enqueue(chip, cursor[CYCLE] * fpga_cycle_ticks, code, payload)


@inner
def _tell_systime(chip: ChipState, playback: Playback, synchronises: int) -> None:
    """Tell the system time, with synchronisation when that is over; it does not end while the chip does not answer."""
    cycle, tick = playback.cursor[CYCLE], playback.cursor[CYCLE] * fpga_cycle_ticks
    if synchronises and not chip.fpga[LINK_UP]:
        chip.fpga[SYNC_END] = NEVER
        return
    if synchronises:
        base = _own(chip, playback, BASE_HIGH) << 32 | _own(chip, playback, BASE_LOW)
        synchronise(chip, cycle, _own(chip, playback, RETRIES) & 15, base & systime_mask)
        origin = int(chip.fpga[SYSTIME_ORIGIN])
        _respond(playback, ORIGIN, (origin + (base & systime_mask)) * fpga_cycle_ticks, origin)
        tick = chip.fpga[SYNC_END]
    _respond(playback, SYSTIME, tick, (tick // fpga_cycle_ticks - chip.fpga[SYSTIME_ORIGIN]) & systime_mask)
