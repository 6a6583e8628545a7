"""Places of the timing model's state, one row of numbers a processor; times are cycles of its clock from power-up.

Scalar part first (scoreboard.py), then the vector unit's (vectorpipe.py). Results that come to the general registers
later are bits: bit k stands for the cycle `SLOT` + k.
"""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.isa.semantics.state import load_state
from hicannx.isa.timing import System, load_model

Row = NDArray[np.int64]

# Resources that instructions wait for, bits of a number: general registers, condition fields, and these. CONDITIONS are
# all fields; NOTHING is the highest number of a place in GIVES.
_arrays = load_state().arrays
CONDITION = GENERAL = _arrays["GPR"].count  # registers of lower numbers share the write port
LR = CONDITION + _arrays["CRF"].count
CTR, OTHER, CONDITIONS, DIVIDER, NOTHING = LR + 1, LR + 2, LR + 3, LR + 4, 63

# When the next instruction can issue; resources that may not be ready; results of fixed latency, and from memory.
SLOT, PENDING, PORT, COMING = range(4)
# When all results, and all of memory, have come; commands; where a wrong prediction has led to; a branch's next place.
DONE, MEMORY_DONE, COMMANDS, LAST_COMMAND, REDIRECTED, NEXT_BRANCH = range(4, 10)
ACC_READY, VCR_READY, VCR_READ, LAST_DISPATCH, VECTOR_DONE, QUEUED, TRANSFER_END, TRANSFER_TARGET = range(10, 18)
STATE, ISSUE = 18, 19  # of the kernel: the number of its pipeline state, and when it will issue the next instruction
SYSTEM = 20  # the surroundings, in the order of System
LATENCY, OUTSTANDING, READ_SETUP, WRITE_SETUP, ROW_READ, ROW_WRITE, ACCEPT = range(SYSTEM, SYSTEM + 7)
# Of the last vector over the parallel bus: when it comes, and what it found in its place of the port.
ANSWERED, PORT_FOUND = range(SYSTEM + 7, SYSTEM + 9)
READY = 32  # when a resource can be used

_branches, _units = load_model().branches, load_model().units
farthest = 62  # bits of PORT and COMING
ring = 128  # cycles that results from memory are told apart, a power of 2
commands = 16
places = 4096  # of instructions that are told apart, a power of 2
COMING_FOR = READY + 64  # the registers of results from memory
COMMAND = COMING_FOR + ring  # the last commands
BRANCH = COMMAND + commands  # predicted branches, see prediction.py
BRANCH_PLACE = BRANCH + _branches.entries  # where the branch of an address may stand, to find it at once
VECTOR = BRANCH_PLACE + places

entries, stations_each, port_cycles = 8, 16, 512
ISSUED = VECTOR  # of the last instructions that went through the queue: when they issued, and when they left it
DISPATCHED = ISSUED + entries
STATION = DISPATCHED + entries  # a ring a unit: when its entries are free
STATION_NEXT = STATION + len(_units) * stations_each
UNIT_FREE = STATION_NEXT + len(_units)
WRITTEN = UNIT_FREE + len(_units)  # a place a register: when its content can be used, when it has been read
READ = WRITTEN + 64
FILE_PORT = READ + 64  # cycles at which the port of the register file is taken, and in the lowest bits by which unit
UNIT_BITS = 3
SCORE_PLACES = FILE_PORT + port_cycles

# Columns of a decoded word. ENTRY: the word, and from these bits on the state of which statetable.py tells, as it does
# of the second column.
ENTRY, LEADS, WAITS, GIVES = range(4)
DECODED_COLUMNS = 4  # so that none lies in two lines of the host's cache
STATE_SHIFT = 32
WORD_MASK = (1 << STATE_SHIFT) - 1
# GIVES: its class, and from these bits on the resources that it gives, vector registers, flags, and its row.
TARGET_SHIFT, SECOND_SHIFT, VA_SHIFT, VB_SHIFT, VT_SHIFT, FLAGS_SHIFT, ROW_SHIFT = 8, 14, 20, 26, 32, 38, 48
READS_ACC, WRITES_ACC, READS_VCR, WRITES_VCR, WRITES_XER, JUMPS_ON = 1, 2, 4, 8, 16, 32


@cache
def system_row(name: str, **changed: int) -> tuple[int, ...]:
    """The places from SYSTEM on, in surroundings of timing.yaml, with some of their figures changed."""
    system: System = attrs.evolve(load_model().systems[name], **changed)
    return attrs.astuple(system)
