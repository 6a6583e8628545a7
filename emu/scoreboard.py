"""When instructions issue: the scalar pipeline, its branches and its bus; vectorpipe.py has the vector unit.

State of a processor is one row of numbers with the places below; times are cycles from the release of its reset.
Nothing here knows values: a stream of demands (demand.py), addresses of instructions, and where branches went give
the times.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.demand import (
    CLASS,
    CONDITION,
    CONDITIONS,
    FLAGS,
    LR,
    NOTHING,
    SOURCE,
    TARGET,
    WORD,
    WRITES_XER,
    first_register,
)
from hicannx.emu.kernelcache import inner
from hicannx.isa.semantics.state import word_bytes
from hicannx.isa.timing import System, load_model, timing_classes

Row = NDArray[np.int64]

_model = load_model()
_word_bytes = word_bytes()
_scalar, _branches, _bus = _model.scalar, _model.branches, _model.bus
classes = {name: number for number, name in enumerate(timing_classes())}
GENERAL = CONDITION  # registers of lower numbers share the write port

# Places of the state: when the next instruction can issue; when all results, and all of memory, have come; commands.
SLOT, DONE, MEMORY_DONE, COMMANDS, LAST_COMMAND, IS_TARGET, USED_BRANCHES, NEXT_BRANCH = range(8)
ACC_READY, VCR_READY, VCR_READ, LAST_DISPATCH, VECTOR_DONE, QUEUED, TRANSFER_END, TRANSFER_TARGET = range(8, 16)
SYSTEM = 16  # the surroundings, in the order of System
LATENCY, OUTSTANDING, READ_SETUP, WRITE_SETUP, ROW_READ, ROW_WRITE, ACCEPT = range(SYSTEM, SYSTEM + 7)
_ring = 128  # cycles that the write port is planned ahead, a power of 2
_RING = _ring - 1
_commands = 16
READY = 32  # when a register can be used; one place a number of demand.py
_PORT = READY + 64  # cycles at which results of fixed latency are written
_COMING = _PORT + _ring  # the same for results from memory, and their registers
_COMING_FOR = _COMING + _ring
_COMMAND = _COMING_FOR + _ring  # the last commands
_BRANCH = _COMMAND + _commands  # addresses of predicted branches, their targets, their counters
_BRANCH_TARGET = _BRANCH + _branches.entries
_BRANCH_COUNT = _BRANCH_TARGET + _branches.entries
_BRANCH_PLACE = _BRANCH_COUNT + _branches.entries  # where the branch of an address may stand, to find it at once
_places = 4096  # a power of 2
VECTOR = _BRANCH_PLACE + _places

ALU, MULTIPLY, DIVIDE, UPDATE = (_scalar.to_use[name] for name in ("alu", "multiply", "divide", "update"))
_latency: Row = np.full(len(classes), ALU, np.int64)
_latency[classes["multiply"]], _latency[classes["divide"]] = MULTIPLY, DIVIDE
_BRANCH_CLASS, _DIVIDE_CLASS, _WAIT = classes["branch"], classes["divide"], classes["wait"]
_LOAD, _LOAD_UPDATE, _STORE_UPDATE = classes["load"], classes["load_update"], classes["store_update"]
_LOAD_MULTIPLE, _STORE_MULTIPLE = classes["load_multiple"], classes["store_multiple"]
_least: Row = np.zeros(len(classes), np.int64)
for _name, _cycles in _scalar.least.items():
    _least[classes[_name]] = _cycles
_least[_WAIT] = min(_scalar.least.values())
_is_memory: Row = np.array([name.startswith(("load", "store")) for name in classes], np.int64)
_second_slot: Row = np.array([name in _scalar.update_slot for name in classes], np.int64)
FIRST_ISSUE, _APART, _SERIAL, _DIVIDER = (
    _scalar.first_issue,
    _scalar.apart,
    _scalar.serial_after_xer,
    _scalar.divider_ready,
)
DRAIN, _MEMORY_DRAIN = _scalar.drain, _scalar.memory_drain
_TO_BUS, _FROM_BUS, _WAITING = _bus.command, _bus.to_use, _bus.waiting
_ENTRIES, _REDIRECT, _HIGHEST, _PREDICTS = _branches.entries, _branches.redirect, _branches.highest, _branches.predicts
_FIRST_TAKEN, _FIRST_NOT_TAKEN = _branches.first_taken, _branches.first_not_taken
EIGHTHS = 8  # of a cycle: times of the vector unit
NO_TARGET = -1


@inner
def reset(s: Row) -> None:
    """The state after the release of the reset, in surroundings that stay as they are."""
    s[:SYSTEM] = 0
    s[READY:] = 0
    s[SLOT] = FIRST_ISSUE
    s[_BRANCH:_BRANCH_TARGET] = NO_TARGET
    s[IS_TARGET] = 1


def set_system(s: Row, system: System) -> None:
    """Choose the surroundings."""
    s[SYSTEM : ACCEPT + 1] = (
        system.latency,
        system.outstanding,
        system.read_setup,
        system.write_setup,
        system.row_read,
        system.row_write,
        system.accept,
    )


@inner
def is_memory(d: Row) -> bool:
    """Whether an instruction is a scalar load or store."""
    return bool(_is_memory[d[CLASS]])


@inner
def operands_ready(s: Row, d: Row) -> int:
    """The first cycle at which an instruction can issue as far as its registers are concerned."""
    at = s[SLOT]
    for place in range(SOURCE, TARGET):
        at = max(at, _all_conditions(s) if d[place] == CONDITIONS else s[READY + d[place]])
    for place in range(TARGET, TARGET + 2):
        if d[place] < GENERAL:
            at = max(at, s[READY + d[place]])
    return int(at)


@inner
def _all_conditions(s: Row) -> int:
    at = s[READY + CONDITION]
    for number in range(CONDITION + 1, LR):
        at = max(at, s[READY + number])
    return int(at)


@inner
def issue_plain(s: Row, d: Row) -> int:
    """Issue one instruction that `demand` calls plain, the way of most; -1 where a result is in the way of its own."""
    at = max(s[SLOT], s[READY + d[SOURCE]], s[READY + d[SOURCE + 1]], s[READY + d[SOURCE + 2]])
    general, other = d[TARGET], d[TARGET + 1]
    come = at + ALU
    if general < GENERAL:
        at = max(at, s[READY + general])
        come = at + ALU
        place = come & _RING
        if s[_PORT + place] == come or s[_COMING + place] == come:
            return -1
        s[_PORT + place] = s[READY + general] = come
    elif general != NOTHING:
        s[READY + general] = come + _APART
    if other != NOTHING:
        s[READY + other] = come + _APART
    s[SLOT], s[DONE], s[IS_TARGET] = at + 1, max(s[DONE], come + (_APART if general >= GENERAL else 0)), 0
    return int(at)


@inner
def issue_scalar(s: Row, d: Row, pc: int, nia: int, is_jump: int) -> int:
    """Issue one instruction that is not for the vector unit; the cycle at which it did.

    `nia` is where it went, `is_jump` whether a branch was taken (it may have been to the next instruction).
    """
    kind = d[CLASS]
    at = operands_ready(s, d)
    s[IS_TARGET] &= kind == _BRANCH_CLASS
    if _least[kind]:
        return _synchronise(s, d, at)
    if _is_memory[kind]:
        return _access(s, d, at)
    latency = _latency[kind]
    if kind == _DIVIDE_CLASS:
        at = max(at, _DIVIDER)
    elif d[TARGET] < GENERAL:
        at = _free_port(s, at, latency)
    s[SLOT] = at + (DIVIDE if kind == _DIVIDE_CLASS else 1)
    if kind == _BRANCH_CLASS:
        _branch(s, pc, nia, is_jump, at)
    _give(s, d[TARGET], at, latency)
    _give(s, d[TARGET + 1], at, latency)
    if d[FLAGS] & WRITES_XER:
        s[SLOT] = at + latency + _SERIAL
    return at


@inner
def _free_port(s: Row, at: int, latency: int) -> int:
    """The first cycle from `at` on whose result finds the write port free of others of fixed latency."""
    while s[_PORT + ((at + latency) & _RING)] == at + latency:
        at += 1
    return at


@inner
def _give(s: Row, number: int, at: int, latency: int) -> None:
    """A register gets a result of fixed latency."""
    if number == NOTHING:
        return
    come = at + latency
    if number < GENERAL:
        s[_PORT + (come & _RING)] = come
        _give_way(s, come)
    else:
        come += _APART
    s[DONE] = max(s[DONE], come)
    if number == CONDITIONS:
        s[READY + CONDITION : READY + LR] = come
    else:
        s[READY + number] = come


@inner
def _give_way(s: Row, cycle: int) -> None:
    """A result from memory that would come at this cycle comes later, and others behind it."""
    if s[_COMING + (cycle & _RING)] != cycle:
        return
    s[_COMING + (cycle & _RING)] = 0
    number = s[_COMING_FOR + (cycle & _RING)]
    while True:
        cycle += 1
        place = cycle & _RING
        s[READY + number] = max(s[READY + number], cycle + 1)
        other, taken = s[_COMING_FOR + place], s[_COMING + place] == cycle
        s[_COMING + place], s[_COMING_FOR + place] = cycle, number
        number = other
        if not taken:
            break
    s[MEMORY_DONE] = max(s[MEMORY_DONE], cycle - 1)


@inner
def _synchronise(s: Row, d: Row, at: int) -> int:
    """Hold the next instruction until everything is done."""
    until = max(at + _least[d[CLASS]], s[DONE] + DRAIN, s[MEMORY_DONE] + _MEMORY_DRAIN)
    s[SLOT] = max(until, -(-s[VECTOR_DONE] // EIGHTHS) + DRAIN)
    _give(s, d[TARGET], at, ALU)
    if d[CLASS] == _WAIT:
        s[SLOT] = at
    return at


@inner
def _access(s: Row, d: Row, at: int) -> int:
    """A load or store: one slot a register; an update of the base has its own result."""
    kind = d[CLASS]
    if kind in (_LOAD_MULTIPLE, _STORE_MULTIPLE):
        return _multiple(s, d, at)
    at = _command(s, at)
    answer = s[LAST_COMMAND] + s[LATENCY]
    s[SLOT] = at + 1
    if kind in (_LOAD, _LOAD_UPDATE):
        _load(s, d[TARGET], answer)
    else:
        s[MEMORY_DONE] = max(s[MEMORY_DONE], answer - 1)
    if _second_slot[kind]:
        second = _free_port(s, at + 1, UPDATE)
        s[SLOT] = second + 1
        _give(s, d[TARGET + 1], second, UPDATE)
    elif kind == _STORE_UPDATE:
        _give(s, d[TARGET], at, UPDATE)
    return at


@inner
def _multiple(s: Row, d: Row, at: int) -> int:
    """Loads or stores of all registers from one on; the base is read again for each."""
    is_load = d[CLASS] == _LOAD_MULTIPLE
    first, base = d[TARGET] if is_load else d[WORD] >> first_register & GENERAL - 1, d[SOURCE]
    begin = at
    for number in range(first, GENERAL):
        at = max(at, s[READY + base])
        if not is_load:
            at = max(at, s[READY + number])
        at = _command(s, at)
        answer = s[LAST_COMMAND] + s[LATENCY]
        if is_load:
            _load(s, number, answer)
        else:
            s[MEMORY_DONE] = max(s[MEMORY_DONE], answer - 1)
        at += 1
    s[SLOT] = at
    return begin


@inner
def _command(s: Row, at: int) -> int:
    """Send a command, as soon as not too many are without answer; the cycle of issue."""
    place = _COMMAND + s[COMMANDS] % s[OUTSTANDING]
    sent = max(at + _TO_BUS, s[LAST_COMMAND] + 1, s[place] + s[LATENCY] + 1 if s[COMMANDS] >= s[OUTSTANDING] else 0)
    s[place] = s[LAST_COMMAND] = sent
    s[COMMANDS] += 1
    return int(max(at, sent - _WAITING))


@inner
def _load(s: Row, number: int, answer: int) -> None:
    """A result from memory takes the first free cycle of the write port."""
    cycle = answer + _FROM_BUS - 1
    while s[_PORT + (cycle & _RING)] == cycle or s[_COMING + (cycle & _RING)] == cycle:
        cycle += 1
    s[_COMING + (cycle & _RING)], s[_COMING_FOR + (cycle & _RING)] = cycle, number
    s[READY + number] = cycle + 1
    s[MEMORY_DONE] = max(s[MEMORY_DONE], cycle - 1)


@inner
def _branch(s: Row, pc: int, nia: int, is_jump: int, at: int) -> None:
    """Compare what was predicted with what came, and learn."""
    told = _BRANCH_PLACE + (pc // _word_bytes & (_places - 1))
    place = s[told]
    if s[_BRANCH + place] != pc:
        place = NO_TARGET
    was = place != NO_TARGET and not s[IS_TARGET] and s[_BRANCH_COUNT + place] >= _PREDICTS
    right = was == is_jump and (not is_jump or s[_BRANCH_TARGET + place] == nia)
    if place == NO_TARGET:
        place = s[NEXT_BRANCH]
        s[NEXT_BRANCH] = (place + 1) % _ENTRIES
        s[_BRANCH + place], s[told] = pc, place
        s[_BRANCH_COUNT + place] = _FIRST_TAKEN if is_jump else _FIRST_NOT_TAKEN
    else:
        count = s[_BRANCH_COUNT + place] + (1 if is_jump else -1)
        s[_BRANCH_COUNT + place] = min(max(count, 0), _HIGHEST)
    s[_BRANCH_TARGET + place] = nia if is_jump else NO_TARGET
    if not right:
        s[SLOT] = at + _REDIRECT
    s[IS_TARGET] = not right
    s[DONE] = max(s[DONE], at + 1)
