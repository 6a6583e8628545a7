"""When instructions issue: the scalar pipeline and its bus; vectorpipe.py and prediction.py have the rest.

Nothing here knows values: what instructions wait for and give (demand.py), their addresses, and where branches went
give the times. `s` is a row of score.py, `d` a decoded word.
"""

from __future__ import annotations

import numpy as np

from hicannx.emu.bits import trailing_zeros
from hicannx.emu.demand import base_shift, first_shift
from hicannx.emu.kernelcache import inner
from hicannx.emu.prediction import forget_branches
from hicannx.emu.score import (
    BRANCH,
    COMING,
    COMING_FOR,
    COMMAND,
    COMMANDS,
    CONDITION,
    CONDITIONS,
    DIVIDER,
    DONE,
    ENTRY,
    FLAGS_SHIFT,
    GENERAL,
    GIVES,
    LAST_COMMAND,
    LATENCY,
    LR,
    MEMORY_DONE,
    NOTHING,
    OUTSTANDING,
    PENDING,
    PORT,
    READY,
    SECOND_SHIFT,
    SLOT,
    SYSTEM,
    TARGET_SHIFT,
    VECTOR,
    VECTOR_DONE,
    WAITS,
    WORD_MASK,
    WRITES_XER,
    Row,
    farthest,
    ring,
)
from hicannx.isa.timing import load_model, timing_classes

_model = load_model()
_scalar, _bus = _model.scalar, _model.bus
classes = {name: number for number, name in enumerate(timing_classes())}
_RING = ring - 1

ALU, MULTIPLY, DIVIDE, UPDATE = (_scalar.to_use[name] for name in ("alu", "multiply", "divide", "update"))
_latency: Row = np.full(len(classes), ALU, np.int64)
_latency[classes["multiply"]], _latency[classes["divide"]] = MULTIPLY, DIVIDE
_BRANCH, _DIVIDE_CLASS, _WAIT = classes["branch"], classes["divide"], classes["wait"]
_LOAD, _LOAD_UPDATE, _STORE_UPDATE = classes["load"], classes["load_update"], classes["store_update"]
_LOAD_MULTIPLE, _STORE_MULTIPLE = classes["load_multiple"], classes["store_multiple"]
_least: Row = np.zeros(len(classes), np.int64)
for _name, _cycles in _scalar.least.items():
    _least[classes[_name]] = _cycles
LEAST = min(_scalar.least.values())
_least[_WAIT] = LEAST
_is_memory: Row = np.array([name.startswith(("load", "store")) for name in classes], np.int64)
_second_slot: Row = np.array([name in _scalar.update_slot for name in classes], np.int64)
FIRST_ISSUE, APART, SERIAL, DIVIDER_READY = (
    _scalar.first_issue,
    _scalar.apart,
    _scalar.serial_after_xer,
    _scalar.divider_ready,
)
DRAIN, MEMORY_DRAIN = _scalar.drain, _scalar.memory_drain
TO_BUS, FROM_BUS, _WAITING = _bus.command, _bus.to_use, _bus.waiting
EIGHTHS = 8  # of a cycle: times of the vector unit


@inner
def reset(s: Row, cycle: int) -> None:
    """The state after the release of the reset at a cycle, in surroundings that stay as they are."""
    for place in range(SYSTEM):
        s[place] = 0
    for place in range(READY, BRANCH):
        s[place] = 0
    for place in range(VECTOR, len(s)):  # places of branches may stay, since these are forgotten
        s[place] = 0
    s[SLOT] = cycle + FIRST_ISSUE
    s[READY + DIVIDER], s[PENDING] = cycle + DIVIDER_READY, np.int64(1) << DIVIDER
    forget_branches(s)


@inner
def move_to(s: Row, cycle: int) -> None:
    """The next instruction issues at a cycle, not before."""
    shift = min(cycle - s[SLOT], farthest + 1)
    s[PORT] >>= shift
    s[COMING] >>= shift
    s[SLOT] = cycle


@inner
def is_memory(d: Row) -> bool:
    """Whether an instruction is a scalar load or store."""
    return bool(_is_memory[d[GIVES] & 0xFF])


@inner
def is_branch(d: Row) -> bool:
    """Whether an instruction is a branch."""
    return bool(d[GIVES] & 0xFF == _BRANCH)


@inner
def is_wait(d: Row) -> bool:
    """Whether an instruction may let the processor sleep."""
    return bool(d[GIVES] & 0xFF == _WAIT)


@inner
def synchronises(d: Row) -> bool:
    """Whether an instruction waits until everything is done."""
    return bool(_least[d[GIVES] & 0xFF])


@inner
def registers_ready(s: Row, d: Row) -> int:
    """The first cycle at which an instruction can issue as far as its registers are concerned."""
    at, waits = s[SLOT], d[WAITS] & s[PENDING]
    s[PENDING] &= ~waits
    while waits:
        number = trailing_zeros(waits)
        waits &= waits - 1
        if s[READY + number] > s[SLOT]:
            s[PENDING] |= np.int64(1) << number
            at = max(at, s[READY + number])
    return int(at)


@inner
def earliest_scalar(s: Row, d: Row) -> int:
    """The first cycle at which an instruction can issue that is not for the vector unit."""
    at, kind = registers_ready(s, d), d[GIVES] & 0xFF
    if _least[kind] or kind in (_LOAD_MULTIPLE, _STORE_MULTIPLE):
        return at
    if _is_memory[kind]:
        return max(at, _sent(s, at) - _WAITING)
    if kind != _DIVIDE_CLASS and (d[GIVES] >> TARGET_SHIFT & 63) < GENERAL:
        return _free_port(s, at, _latency[kind])
    return at


@inner
def issue_scalar(s: Row, d: Row) -> None:
    """Issue an instruction in its slot; a branch as if it had been predicted rightly."""
    at, kind = s[SLOT], d[GIVES] & 0xFF
    target, second = d[GIVES] >> TARGET_SHIFT & 63, d[GIVES] >> SECOND_SHIFT & 63
    if _least[kind]:
        _synchronise(s, kind, target, at)
    elif kind in (_LOAD_MULTIPLE, _STORE_MULTIPLE):
        _multiple(s, d, kind == _LOAD_MULTIPLE)
    elif _is_memory[kind]:
        _access(s, kind, target, second)
    else:
        latency = _latency[kind]
        _give(s, target, at, latency)
        _give(s, second, at, latency)
        slot = at + (DIVIDE if kind == _DIVIDE_CLASS else 1)
        if kind == _BRANCH:
            s[DONE] = max(s[DONE], at + 1)
        if d[GIVES] >> FLAGS_SHIFT & WRITES_XER:
            slot = at + latency + SERIAL
        move_to(s, slot)


@inner
def _is_marked(bits: int, place: int) -> bool:
    return place <= farthest and bits >> place & 1 != 0


@inner
def _mark(place: int) -> int:
    return int(np.int64(1) << place) if place <= farthest else 0


@inner
def _free_port(s: Row, at: int, latency: int) -> int:
    """The first cycle from `at` on whose result finds the write port free of others of fixed latency."""
    while _is_marked(s[PORT], at + latency - s[SLOT]):
        at += 1
    return at


@inner
def _expect(s: Row, number: int, cycle: int) -> None:
    """A resource can be used from a cycle on."""
    s[READY + number] = cycle
    s[PENDING] |= np.int64(1) << number


@inner
def _give(s: Row, number: int, at: int, latency: int) -> None:
    """A resource gets a result of fixed latency."""
    if number == NOTHING:
        return
    come = at + latency
    if number < GENERAL:
        s[PORT] |= _mark(come - s[SLOT])
        give_way(s, come)
    else:
        come += APART
    s[DONE] = max(s[DONE], come)
    if number == CONDITIONS:
        for field in range(CONDITION, LR):
            _expect(s, field, come)
    else:
        _expect(s, number, come)


@inner
def give_way(s: Row, cycle: int) -> None:
    """A result from memory that would come at this cycle comes later, and others behind it."""
    place = cycle - s[SLOT]
    if not _is_marked(s[COMING], place):
        return
    s[COMING] ^= _mark(place)
    number, is_taken = s[COMING_FOR + (cycle & _RING)], True
    while is_taken:
        cycle, place = cycle + 1, place + 1
        s[READY + number] = max(s[READY + number], cycle + 1)
        other, is_taken = s[COMING_FOR + (cycle & _RING)], _is_marked(s[COMING], place)
        s[COMING] |= _mark(place)
        s[COMING_FOR + (cycle & _RING)] = number
        number = other
    s[MEMORY_DONE] = max(s[MEMORY_DONE], cycle - 1)


@inner
def _synchronise(s: Row, kind: int, target: int, at: int) -> None:
    """Hold the next instruction until everything is done."""
    until = max(at + _least[kind], s[DONE] + DRAIN, s[MEMORY_DONE] + MEMORY_DRAIN)
    until = max(until, -(-s[VECTOR_DONE] // EIGHTHS) + DRAIN)
    _give(s, target, at, ALU)
    move_to(s, at if kind == _WAIT else until)


@inner
def _access(s: Row, kind: int, target: int, second: int) -> None:
    """A load or store of one register; an update of the base has its own result."""
    at, answer = s[SLOT], _command(s, s[SLOT])
    if kind in (_LOAD, _LOAD_UPDATE):
        _load(s, target, answer)
    else:
        s[MEMORY_DONE] = max(s[MEMORY_DONE], answer - 1)
    slot = at + 1
    if _second_slot[kind]:
        slot = _free_port(s, slot, UPDATE)
        _give(s, second, slot, UPDATE)
        slot += 1
    elif kind == _STORE_UPDATE:
        _give(s, target, at, UPDATE)
    move_to(s, slot)


@inner
def _multiple(s: Row, d: Row, is_load: bool) -> None:
    """Loads or stores of all registers from one on, one slot a register; the base is read again for each."""
    word = d[ENTRY] & WORD_MASK
    first, base = word >> first_shift & GENERAL - 1, word >> base_shift & GENERAL - 1
    for number in range(first, GENERAL):
        at = max(s[SLOT], _ready(s, base) if base else 0)
        if not is_load:
            at = max(at, _ready(s, number))
        move_to(s, max(at, _sent(s, at) - _WAITING))
        answer = _command(s, at)
        if is_load:
            _load(s, number, answer)
        else:
            s[MEMORY_DONE] = max(s[MEMORY_DONE], answer - 1)
        move_to(s, s[SLOT] + 1)


@inner
def _ready(s: Row, number: int) -> int:
    return int(s[READY + number]) if s[PENDING] >> number & 1 else 0


@inner
def _sent(s: Row, at: int) -> int:
    """When the command of an access that issues at a cycle goes: one a cycle, and not too many without answer."""
    sent = max(at + TO_BUS, s[LAST_COMMAND] + 1)
    if s[COMMANDS] >= s[OUTSTANDING]:
        sent = max(sent, s[COMMAND + s[COMMANDS] % s[OUTSTANDING]] + s[LATENCY] + 1)
    return int(sent)


@inner
def _command(s: Row, at: int) -> int:
    """Send a command; the cycle of its answer."""
    sent = _sent(s, at)
    s[COMMAND + s[COMMANDS] % s[OUTSTANDING]] = s[LAST_COMMAND] = sent
    s[COMMANDS] += 1
    return int(sent + s[LATENCY])


@inner
def _load(s: Row, number: int, answer: int) -> None:
    """A result from memory takes the first free cycle of the write port."""
    cycle = answer + FROM_BUS - 1
    while _is_marked(s[PORT] | s[COMING], cycle - s[SLOT]):
        cycle += 1
    s[COMING] |= _mark(cycle - s[SLOT])
    s[COMING_FOR + (cycle & _RING)] = number
    _expect(s, number, cycle + 1)
    s[MEMORY_DONE] = max(s[MEMORY_DONE], cycle - 1)
