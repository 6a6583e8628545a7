"""Sizes of the table of pipeline states, and what the kernel keeps with a decoded word; see pipestate.py."""

from __future__ import annotations

# A key and its place; for each state those that follow when a cycle passes, and when a prediction was wrong.
KEY_WORDS, STATE_CAPACITY, STATE_PLACES = 5, 60_000, 1 << 17
NEXT_CYCLE, AFTER_REDIRECT, FOLLOWERS = 0, 1, 2
STATES_USED = 0
NONE, UNTIMED_STATE, FIRST_STATE = range(3)  # numbers of states; in that of UNTIMED_STATE nothing is ever under way

# Column of a decoded word: the state that it was met in last, and from these bits on the cycles until it issued, from
# there to the slot of the next instruction, the state then, and what is special.
LEADS = 3
STATE_BITS, CYCLE_BITS = 16, 10
STALL_SHIFT, ADVANCE_SHIFT, OUT_SHIFT, SPECIAL_SHIFT = 16, 26, 36, 52
STATE_MASK, CYCLE_MASK = (1 << STATE_BITS) - 1, (1 << CYCLE_BITS) - 1

# What words lead to from states, behind the column above: the word and the state, and the same as there.
LEAD_PLACES, SCATTER = 1 << 15, 40503  # a power of 2; an odd number

# What is special: branches learn, accesses may meet a vector on the bus, some wait for the vector unit, vectors queue;
# how long they take that go over the parallel bus is known behind their execution only.
BRANCHES, ACCESSES, SYNCHRONISES, WAITS_FOR_INTERRUPT, VECTORS, BUS_VECTORS = range(1, 7)
