"""States of the scalar pipeline, as numbers: what is still under way, relative to the slot of the next instruction.

A program meets few of them, again and again, so the kernel keeps for every instruction where it led from the state that
it was met in last, and asks the model only for what is new. The states are kept in a table, and found in it by a hash.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.emu.bits import trailing_zeros
from hicannx.emu.kernelcache import inner
from hicannx.emu.score import (
    COMING,
    COMING_FOR,
    DONE,
    ENTRY,
    LAST_COMMAND,
    MEMORY_DONE,
    PENDING,
    PORT,
    READY,
    SLOT,
    WORD_MASK,
    Row,
    ring,
)
from hicannx.emu.scoreboard import DIVIDE, DIVIDER_READY, DRAIN, LEAST, MEMORY_DRAIN, MULTIPLY, TO_BUS, UPDATE
from hicannx.emu.statetable import (
    FIRST_STATE,
    KEY_WORDS,
    LEAD_PLACES,
    NONE,
    SCATTER,
    STATE_CAPACITY,
    STATE_PLACES,
    STATES_USED,
)

# Of a key: the results of fixed latency that are to come; when results and memory are done and the last command went,
# from the earliest moment on that matters; then what is pending, four to a word, each with its resource, its time, and
# whether it comes from memory.
_port_bits, _time_bits, _pending_bits, _each = 40, 7, 13, 4
_time_mask, _resource_bits = (1 << _time_bits) - 1, 6
_entry_mask, _from_memory = (1 << _pending_bits) - 1, 12
_DONE, _MEMORY, _COMMAND = LEAST - DRAIN, LEAST - MEMORY_DRAIN, TO_BUS - 1
# What does not fit into its bits would give wrong times without a word.
assert max(DIVIDE, MULTIPLY, UPDATE) < _port_bits, "a result of fixed latency comes too late for a key"
assert 1 << _resource_bits > DIVIDER_READY, "the divider is ready too late for a key"
_spread = np.int64(0x9E3779B97F4A7C1)  # any odd number


@inner
def bring_back(chip: Any, s: Row, slot: int, state: int) -> None:
    """Let the model be in a state, with the next instruction in a slot."""
    key = chip.state_key[state]
    s[SLOT], s[PENDING], s[COMING], s[PORT] = slot, 0, 0, (key[0] & (1 << _port_bits) - 1) << 1
    times = key[0] >> _port_bits
    s[DONE] = slot + (times & _time_mask) + _DONE
    s[MEMORY_DONE] = slot + (times >> _time_bits & _time_mask) + _MEMORY
    s[LAST_COMMAND] = slot + (times >> 2 * _time_bits & _time_mask) + _COMMAND
    for place in range(_each * (KEY_WORDS - 1)):
        entry = key[1 + place // _each] >> place % _each * _pending_bits & _entry_mask
        if entry == 0:
            break
        number, ready = entry & (1 << _resource_bits) - 1, entry >> _resource_bits & (1 << _resource_bits) - 1
        s[PENDING] |= np.int64(1) << number
        s[READY + number] = slot + ready
        if entry >> _from_memory:
            s[COMING] |= np.int64(1) << (ready - 1)
            s[COMING_FOR + (slot + ready - 1 & ring - 1)] = number


@inner
def find_state(chip: Any, s: Row) -> int:
    """The number of the state that the model is in, a new one if it has never been; NONE when there is no room."""
    used = chip.state_count[STATES_USED]
    if used >= STATE_CAPACITY:
        return NONE
    key = chip.state_key[used]  # where it belongs if it is new
    _describe(s, key)
    place = 0
    for word in range(KEY_WORDS):
        place = (place ^ key[word]) * _spread
        place ^= place >> 29 & 0x7FFFFFFFF
    place &= STATE_PLACES - 1
    while True:
        state = chip.state_place[place]
        if state == NONE:
            chip.state_place[place] = used
            chip.state_count[STATES_USED] = used + 1
            for follower in range(chip.state_next.shape[1]):
                chip.state_next[used, follower] = NONE
            return int(used)
        if _is_same(chip.state_key[state], key):
            return int(state)
        place = place + 1 & STATE_PLACES - 1


@inner
def _is_same(first: Row, second: Row) -> bool:
    differ = 0
    for word in range(KEY_WORDS):
        differ |= first[word] ^ second[word]
    return bool(differ == 0)


@inner
def _describe(s: Row, key: Row) -> None:
    slot = s[SLOT]
    done, memory, command = s[DONE] - slot - _DONE, s[MEMORY_DONE] - slot - _MEMORY, s[LAST_COMMAND] - slot - _COMMAND
    times = max(done, 0) | max(memory, 0) << _time_bits | max(command, 0) << 2 * _time_bits
    key[0] = s[PORT] >> 1 & (1 << _port_bits) - 1 | times << _port_bits
    for word in range(1, KEY_WORDS):
        key[word] = 0
    pending, place = s[PENDING], 0
    while pending and place < _each * (KEY_WORDS - 1):
        number = trailing_zeros(pending)
        pending &= pending - 1
        ready = s[READY + number] - slot
        if ready > 0:
            is_loaded = s[COMING] >> (ready - 1) & 1 and s[COMING_FOR + (slot + ready - 1 & ring - 1)] == number
            entry = number | ready << _resource_bits | np.int64(is_loaded) << _from_memory
            key[1 + place // _each] |= entry << place % _each * _pending_bits
            place += 1


@inner
def forget_states(chip: Any) -> None:
    """Make room: no state is known, and no instruction leads anywhere."""
    chip.state_count[STATES_USED] = FIRST_STATE
    for place in range(STATE_PLACES):
        chip.state_place[place] = NONE
    for place in range(LEAD_PLACES):
        chip.lead[place, 0] = NONE
    for ppu in range(chip.decoded.shape[0]):
        for place in range(chip.decoded.shape[1]):
            chip.decoded[ppu, place, ENTRY] &= WORD_MASK


@inner
def lead_place(word: int, state: int) -> int:
    """Where the table of leads has a word met in a state."""
    return int((word ^ word >> 16 ^ state * SCATTER) & LEAD_PLACES - 1)
