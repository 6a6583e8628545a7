"""Sizes of the table of pipeline states, and what the kernel keeps with a decoded word; see pipestate.py."""

from __future__ import annotations

from hicannx.emu.score import STATE_SHIFT

# A key and its place; for each state those that follow when a cycle passes, and when a prediction was wrong.
KEY_WORDS, STATE_CAPACITY, STATE_PLACES = 5, 60_000, 1 << 17
NEXT_CYCLE, AFTER_REDIRECT, FOLLOWERS = 0, 1, 2
STATES_USED = 0
NONE, UNTIMED_STATE, FIRST_STATE = range(3)  # numbers of states; in that of UNTIMED_STATE nothing is ever under way

# With a decoded word the kernel keeps the state that it was met in last (in ENTRY, see score.py), and what it led to
# (in LEADS): its number in the jump table, what is special, the cycles from its issue to the slot of the next
# instruction, the state then, where ENTRY has it, too, and the cycles until it issued.
SPECIAL_SHIFT, ADVANCE_SHIFT, STALL_SHIFT = 8, 16, 48
CASE_MASK, SPECIAL_MASK = 0xFF, 0xF << SPECIAL_SHIFT
STATE_BITS, CYCLE_BITS = 16, 10
STATE_MASK, CYCLE_MASK = (1 << STATE_BITS) - 1, (1 << CYCLE_BITS) - 1
OUT_MASK = STATE_MASK << STATE_SHIFT

# What words lead to from states, behind the column above: the word and the state as in ENTRY, and LEADS.
LEAD_PLACES, SCATTER = 1 << 15, 40503  # a power of 2; an odd number

# What is special: branches learn, accesses may meet a vector on the bus, some wait for the vector unit, vectors queue;
# how long they take that go over the parallel bus is known behind their execution only.
BRANCHES, ACCESSES, SYNCHRONISES, WAITS_FOR_INTERRUPT, OBSERVED = range(1, 6)
VECTORS, BUS_VECTORS = 8, 9
IS_VECTOR = VECTORS << SPECIAL_SHIFT  # the bit of both
