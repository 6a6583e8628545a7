"""When vector instructions issue, start and end: the queue, the stations, the units, the port of the register file."""

from __future__ import annotations

import numpy as np

from hicannx.emu.demand import CLASS, FLAGS, NOTHING, READS_ACC, READS_VCR, VA, VB, VT, WRITES_ACC, WRITES_VCR
from hicannx.emu.kernelcache import inner
from hicannx.emu.scoreboard import (
    ACC_READY,
    ACCEPT,
    EIGHTHS,
    IS_TARGET,
    LAST_COMMAND,
    LAST_DISPATCH,
    LATENCY,
    OUTSTANDING,
    QUEUED,
    READ_SETUP,
    ROW_READ,
    ROW_WRITE,
    SLOT,
    TRANSFER_END,
    TRANSFER_TARGET,
    VCR_READ,
    VCR_READY,
    VECTOR,
    VECTOR_DONE,
    WRITE_SETUP,
    Row,
    classes,
    operands_ready,
)
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.state import word_bytes
from hicannx.isa.timing import load_model

_model = load_model()
_units = list(_model.units)
_hazards, _queue = _model.vector_hazards, _model.queue
_MADD, _MEMORY, _BUS = (_units.index(name) for name in ("madd", "memory", "bus"))
_IN, _OUT, _LOAD, _STORE = (classes[name] for name in ("v_pin", "v_pout", "v_lax", "v_stax"))
_words = load_facts().vector_bytes // word_bytes()

# Figures of a class and of a unit; times in eighths of a cycle.
_unit: Row = np.full(len(classes), -1, np.int64)
_interval, _result, _done = (np.zeros(len(classes), np.int64) for _ in range(3))
for _name, _one in _model.vector.items():
    _number = classes[_name]
    _unit[_number] = _units.index(_one.unit)
    _interval[_number], _result[_number], _done[_number] = (
        round(EIGHTHS * value) for value in (_one.interval, _one.result, _one.done)
    )
_stations: Row = np.array([one.stations for one in _model.units.values()], np.int64)
_held: Row = np.array([EIGHTHS * one.held for one in _model.units.values()], np.int64)
_guards: Row = np.array([EIGHTHS * one.guards for one in _model.units.values()], np.int64)
_operand: Row = np.array([EIGHTHS * one.operand for one in _model.units.values()], np.int64)
_READY_BELOW, _SEEN_AFTER = _queue.ready_below, _queue.seen_after
_AGAIN, _GUARD = EIGHTHS * _queue.station_again, EIGHTHS * _hazards.read_guard
_OVERWRITES = round(EIGHTHS * _hazards.overwrites_after)
_OWN, _PER_ACCEPT = EIGHTHS * _hazards.own_operand, _hazards.pin_per_accept

# Places of the state behind those of the scalar pipeline.
_entries, _stations_each, _port_cycles = 8, 16, 512
_ISSUED = VECTOR  # of the last instructions that went through the queue: when they issued, and when they left it
_DISPATCHED = _ISSUED + _entries
_STATION = _DISPATCHED + _entries  # a ring a unit: when its entries are free
_STATION_NEXT = _STATION + len(_units) * _stations_each
_UNIT_FREE = _STATION_NEXT + len(_units)
_WRITTEN = _UNIT_FREE + len(_units)  # a place a register: when its content can be used, when it has been read
_READ = _WRITTEN + 64
_PORT = _READ + 64  # cycles at which the port of the register file is taken, and by which unit
_PORT_UNIT = _PORT + _port_cycles
SCORE_PLACES = _PORT_UNIT + _port_cycles


@inner
def is_vector(d: Row) -> bool:
    """Whether an instruction is for the vector unit."""
    return bool(_unit[d[CLASS]] >= 0)


@inner
def issue_vector(s: Row, d: Row, more: int) -> int:
    """Issue a vector instruction whose transfer takes `more` cycles than to the nearest memory; the cycle of issue."""
    at = _queue_ready(s, operands_ready(s, d))
    s[SLOT], s[IS_TARGET] = at + 1, 0
    begin = _start(s, d, _dispatch(s, d, at))
    begin = _read_operands(s, d, begin)
    unit, kind = _unit[d[CLASS]], d[CLASS]
    interval, result, done = _interval[kind], _result[kind], _done[kind]
    if unit == _MEMORY:
        words = EIGHTHS * _transfer(s, READ_SETUP if kind == _LOAD else WRITE_SETUP)
        interval, result, done = interval + words, result + words, done + words
    elif kind == _IN:
        interval = max(interval, (_PER_ACCEPT + s[ACCEPT]) * EIGHTHS)
        answer = (s[ROW_READ] + s[ACCEPT] + more) * EIGHTHS
        result, done = result + answer, done + answer
    elif kind == _OUT:
        interval, done = interval + s[ACCEPT] * EIGHTHS, done + (s[ROW_WRITE] + s[ACCEPT] + more) * EIGHTHS
    late = _write_port(s, unit, begin + result) if d[VT] != NOTHING else 0
    _note(s, d, begin, interval, result + late)
    s[VECTOR_DONE] = max(s[VECTOR_DONE], begin + done + late)
    return at


@inner
def _queue_ready(s: Row, at: int) -> int:
    """The first cycle at which the queue takes an instruction."""
    while True:
        count = 0
        for place in range(_entries):
            count += s[_ISSUED + place] <= at - _SEEN_AFTER and s[_DISPATCHED + place] > at * EIGHTHS
        if count < _READY_BELOW:
            return at
        at += 1


@inner
def _dispatch(s: Row, d: Row, at: int) -> int:
    """When it leaves the queue: in order, to a free station, and not before what it overwrites is no longer needed."""
    unit = _unit[d[CLASS]]
    station = _STATION + unit * _stations_each + s[_STATION_NEXT + unit] % _stations[unit]
    when = max(at * EIGHTHS, s[LAST_DISPATCH] + EIGHTHS, s[station] + _AGAIN)
    if d[VT] != NOTHING:
        again = _OVERWRITES if unit in (_MEMORY, _BUS) else 0
        when = max(when, s[_WRITTEN + d[VT]] + again, s[_READ + d[VT]] + _GUARD)
    if d[FLAGS] & WRITES_VCR:
        when = max(when, s[VCR_READ], s[VCR_READY] + _OVERWRITES)
    s[LAST_DISPATCH] = when
    place = s[QUEUED] % _entries
    s[_ISSUED + place], s[_DISPATCHED + place] = at, when
    s[QUEUED] += 1
    return int(when)


@inner
def _start(s: Row, d: Row, when: int) -> int:
    """When the unit starts with it: in order, with all operands."""
    unit = _unit[d[CLASS]]
    begin = max(when, s[_UNIT_FREE + unit], max(s[_WRITTEN + d[VA]], s[_WRITTEN + d[VB]]) + _operand[unit])
    if unit == _MADD:
        if d[VA] == d[VT] and d[VA] != NOTHING and s[_WRITTEN + d[VA]] == begin:
            begin += _OWN
        if d[FLAGS] & READS_ACC:
            begin = max(begin, s[ACC_READY])
    if d[FLAGS] & READS_VCR:
        begin = max(begin, s[VCR_READY])
    return int(begin)


@inner
def _read_operands(s: Row, d: Row, begin: int) -> int:
    """The start, later by the cycles in which other units have the port of the register file."""
    cycle = begin // EIGHTHS
    for place in range(VA, VB + 1):
        if d[place] != NOTHING:
            late = _take_port(s, _unit[d[CLASS]], cycle)
            begin, cycle = begin + late * EIGHTHS, cycle + late + 1
    return begin


@inner
def _write_port(s: Row, unit: int, ready: int) -> int:
    """How much later a result comes because of the port, in eighths."""
    return EIGHTHS * _take_port(s, unit, ready // EIGHTHS - 1)


@inner
def _take_port(s: Row, unit: int, cycle: int) -> int:
    first = cycle
    while s[_PORT + cycle % _port_cycles] == cycle and s[_PORT_UNIT + cycle % _port_cycles] != unit:
        cycle += 1
    s[_PORT + cycle % _port_cycles], s[_PORT_UNIT + cycle % _port_cycles] = cycle, unit
    return cycle - first


@inner
def _transfer(s: Row, setup: int) -> int:
    """Cycles of a vector's words on the bus: one a cycle, but not too many without answer, and the last answer."""
    together, turn = s[OUTSTANDING], s[LATENCY] + 1
    last = _words - 1
    if turn > together:
        last = last // together * turn + last % together
    return int(last + s[LATENCY] + s[setup])


@inner
def delay_transfer(s: Row) -> None:
    """A scalar command goes before the words of a vector that are on the bus."""
    if s[LAST_COMMAND] * EIGHTHS >= s[TRANSFER_END]:
        return
    s[TRANSFER_END] += EIGHTHS
    s[_UNIT_FREE + _MEMORY] += EIGHTHS
    s[_WRITTEN + s[TRANSFER_TARGET]] += EIGHTHS
    s[VECTOR_DONE] = max(s[VECTOR_DONE], s[TRANSFER_END] + _done[_LOAD] - _interval[_LOAD])
    station = (s[_STATION_NEXT + _MEMORY] - 1) % _stations[_MEMORY]
    s[_STATION + _MEMORY * _stations_each + station] += EIGHTHS


@inner
def _note(s: Row, d: Row, begin: int, interval: int, result: int) -> None:
    """Remember what later instructions have to wait for."""
    unit, flags = _unit[d[CLASS]], d[FLAGS]
    s[_UNIT_FREE + unit] = begin + interval
    station = s[_STATION_NEXT + unit]
    s[_STATION + unit * _stations_each + station % _stations[unit]] = begin + (_held[unit] or interval)
    s[_STATION_NEXT + unit] = station + 1
    for place in range(VA, VB + 1):
        if d[place] != NOTHING:
            read = begin + (place - VA + 1) * EIGHTHS
            s[_READ + d[place]] = max(s[_READ + d[place]], read)
    if d[VT] != NOTHING:
        s[_WRITTEN + d[VT]] = begin + result
    if unit == _MEMORY:
        s[TRANSFER_END], s[TRANSFER_TARGET] = begin + interval, min(d[VT], NOTHING - 1)
    if flags & WRITES_VCR:
        s[VCR_READY] = begin + result
    if flags & READS_VCR:
        s[VCR_READ] = max(s[VCR_READ], begin + _guards[unit])
    if flags & WRITES_ACC:
        s[ACC_READY] = begin + interval
