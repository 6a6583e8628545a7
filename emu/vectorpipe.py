"""When vector instructions issue, start and end: the queue, the stations, the units, the port of the register file."""

from __future__ import annotations

import numpy as np

from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.score import (
    ACC_READY,
    ACCEPT,
    ANSWERED,
    DISPATCHED,
    FILE_PORT,
    FLAGS_SHIFT,
    GIVES,
    ISSUED,
    LAST_COMMAND,
    LAST_DISPATCH,
    LATENCY,
    NOTHING,
    OUTSTANDING,
    PORT_FOUND,
    QUEUED,
    READ,
    READ_SETUP,
    READS_ACC,
    READS_VCR,
    ROW_READ,
    ROW_WRITE,
    STATION,
    STATION_NEXT,
    TRANSFER_END,
    TRANSFER_TARGET,
    UNIT_BITS,
    UNIT_FREE,
    VA_SHIFT,
    VB_SHIFT,
    VCR_READ,
    VCR_READY,
    VECTOR_DONE,
    VT_SHIFT,
    WRITE_SETUP,
    WRITES_ACC,
    WRITES_VCR,
    WRITTEN,
    Row,
    entries,
    port_cycles,
    stations_each,
)
from hicannx.emu.scoreboard import EIGHTHS, classes, registers_ready
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.state import word_bytes
from hicannx.isa.timing import load_model

_model = load_model()
_units = list(_model.units)
assert len(_units) <= 1 << UNIT_BITS, "there are more units than the port can tell apart"
_hazards, _queue = _model.vector_hazards, _model.queue
_MADD, _MEMORY, _BUS = (_units.index(name) for name in ("madd", "memory", "bus"))
_IN, _OUT, _LOAD = (classes[name] for name in ("v_pin", "v_pout", "v_lax"))
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
_UNIT = (1 << UNIT_BITS) - 1  # with such masks LLVM sees that a place is not counted from the end
assert stations_each & (stations_each - 1) == 0, "places of a station are not those of whole bits"
_ENTRIES, _PORT, _ENDLESS = entries - 1, port_cycles - 1, np.int64(1 << 62)
_READY_BELOW, _SEEN_AFTER = _queue.ready_below, _queue.seen_after
_AGAIN, _GUARD = EIGHTHS * _queue.station_again, EIGHTHS * _hazards.read_guard
_OVERWRITES = round(EIGHTHS * _hazards.overwrites_after)
_OWN, _PER_ACCEPT = EIGHTHS * _hazards.own_operand, _hazards.pin_per_accept


@inner
def is_vector(d: Row) -> bool:
    """Whether an instruction is for the vector unit."""
    return bool(_unit[d[GIVES] & 0xFF] >= 0)


@inner
def uses_bus(d: Row) -> bool:
    """Whether a vector instruction goes over the parallel bus."""
    return bool(_unit[d[GIVES] & 0xFF] == _BUS)


@inner
def earliest_vector(s: Row, d: Row) -> int:
    """The first cycle at which a vector instruction can issue: with its registers, and a place in the queue."""
    return queue_ready(s, registers_ready(s, d))


@merged
def issue_vector(s: Row, d: Row, at: int) -> None:
    """Issue a vector instruction in a cycle; over the parallel bus, as if it went to a near row."""
    kind = d[GIVES] & 0xFF
    unit, va, vb, vt = (
        _unit[kind] & _UNIT,
        d[GIVES] >> VA_SHIFT & 63,
        d[GIVES] >> VB_SHIFT & 63,
        d[GIVES] >> VT_SHIFT & 63,
    )
    flags = d[GIVES] >> FLAGS_SHIFT
    begin = _start(s, unit, va, vb, vt, flags, _dispatch(s, at, unit, vt, flags))
    begin = _read_operands(s, unit, va, vb, begin)
    interval, result, done = _interval[kind], _result[kind], _done[kind]
    if unit == _MEMORY:
        words = EIGHTHS * _transfer(s, READ_SETUP if kind == _LOAD else WRITE_SETUP)
        interval, result, done = interval + words, result + words, done + words
    elif kind == _IN:
        interval = max(interval, (_PER_ACCEPT + s[ACCEPT]) * EIGHTHS)
        answer = (s[ROW_READ] + s[ACCEPT]) * EIGHTHS
        result, done = result + answer, done + answer
    elif kind == _OUT:
        interval, done = interval + s[ACCEPT] * EIGHTHS, done + (s[ROW_WRITE] + s[ACCEPT]) * EIGHTHS
    late = _write_port(s, unit, begin + result) if vt != NOTHING else 0
    if unit == _BUS:
        s[ANSWERED] = begin + (result if kind == _IN else done)
    s[VECTOR_DONE] = max(s[VECTOR_DONE], begin + done + late)
    s[UNIT_FREE + unit] = begin + interval
    _note_registers(s, va, vb, vt, begin, result + late)
    _note_station(s, unit, begin, interval)
    _note_state(s, unit, flags, begin, interval, result + late)
    if unit == _MEMORY:
        s[TRANSFER_END], s[TRANSFER_TARGET] = begin + interval, min(vt, NOTHING - 1)


@inner
def delay_answer(s: Row, d: Row, more: int) -> None:
    """The vector that was issued last is so many cycles longer on the parallel bus than one from or to a near row."""
    kind, vt, end = d[GIVES] & 0xFF, d[GIVES] >> VT_SHIFT & 63, s[ANSWERED] + more * EIGHTHS
    if kind == _IN:
        place = (s[WRITTEN + vt] // EIGHTHS - 1) & _PORT
        s[FILE_PORT + place] = s[PORT_FOUND]
        end += _write_port(s, _BUS, end)
        s[WRITTEN + vt] = end
        end += _done[kind] - _result[kind]
    s[VECTOR_DONE] = max(s[VECTOR_DONE], end)


@merged
def queue_ready(s: Row, at: int) -> int:
    """The first cycle at which the queue takes an instruction: most entries are new, or have left it."""
    while True:
        newest = s[QUEUED] - 1
        oldest = newest - entries
        while newest > oldest and s[ISSUED + (newest & _ENTRIES)] > at - _SEEN_AFTER:
            newest -= 1
        last = newest - _READY_BELOW + 1  # when this one has left, few enough are queued
        if last <= oldest or s[DISPATCHED + (last & _ENTRIES)] <= at * EIGHTHS:
            return at
        at = max(at + 1, min(-(-s[DISPATCHED + (last & _ENTRIES)] // EIGHTHS), _next_seen(s, newest)))


@inner
def _next_seen(s: Row, newest: int) -> int:
    """The cycle at which the entry behind this one is counted."""
    if newest + 1 >= s[QUEUED]:
        return int(_ENDLESS)
    return int(s[ISSUED + (newest + 1 & _ENTRIES)] + _SEEN_AFTER)


@inner
def _dispatch(s: Row, at: int, unit: int, vt: int, flags: int) -> int:
    """When it leaves the queue: in order, to a free station, and not before what it overwrites is no longer needed."""
    station = STATION + unit * stations_each + (s[STATION_NEXT + unit] & stations_each - 1)
    when = max(at * EIGHTHS, s[LAST_DISPATCH] + EIGHTHS, s[station] + _AGAIN)
    if vt != NOTHING:
        again = _OVERWRITES if unit in (_MEMORY, _BUS) else 0
        when = max(when, s[WRITTEN + vt] + again, s[READ + vt] + _GUARD)
    if flags & WRITES_VCR:
        when = max(when, s[VCR_READ], s[VCR_READY] + _OVERWRITES)
    s[LAST_DISPATCH] = when
    place = s[QUEUED] & _ENTRIES
    s[ISSUED + place], s[DISPATCHED + place] = at, when
    s[QUEUED] += 1
    return int(when)


@inner
def _start(s: Row, unit: int, va: int, vb: int, vt: int, flags: int, when: int) -> int:
    """When the unit starts with it: in order, with all operands."""
    begin = max(when, s[UNIT_FREE + unit], max(s[WRITTEN + va], s[WRITTEN + vb]) + _operand[unit])
    if unit == _MADD:
        if va == vt and va != NOTHING and s[WRITTEN + va] == begin:
            begin += _OWN
        if flags & READS_ACC:
            begin = max(begin, s[ACC_READY])
    if flags & READS_VCR:
        begin = max(begin, s[VCR_READY])
    return int(begin)


@inner
def _read_operands(s: Row, unit: int, va: int, vb: int, begin: int) -> int:
    """The start, later by the cycles in which other units have the port of the register file."""
    cycle = begin // EIGHTHS
    if va != NOTHING:
        late = _take_port(s, unit, cycle)
        begin, cycle = begin + late * EIGHTHS, cycle + late + 1
    if vb != NOTHING:
        begin += _take_port(s, unit, cycle) * EIGHTHS
    return int(begin)


@inner
def _write_port(s: Row, unit: int, ready: int) -> int:
    """How much later a result comes because of the port, in eighths."""
    return EIGHTHS * _take_port(s, unit, ready // EIGHTHS - 1)


@inner
def _take_port(s: Row, unit: int, cycle: int) -> int:
    first = cycle
    while 0 < s[FILE_PORT + (cycle & _PORT)] ^ (cycle << UNIT_BITS | unit) < 1 << UNIT_BITS:  # another unit's
        cycle += 1
    s[PORT_FOUND] = s[FILE_PORT + (cycle & _PORT)]
    s[FILE_PORT + (cycle & _PORT)] = cycle << UNIT_BITS | unit
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
    s[UNIT_FREE + _MEMORY] += EIGHTHS
    s[WRITTEN + s[TRANSFER_TARGET]] += EIGHTHS
    s[VECTOR_DONE] = max(s[VECTOR_DONE], s[TRANSFER_END] + _done[_LOAD] - _interval[_LOAD])
    station = (s[STATION_NEXT + _MEMORY] or _stations[_MEMORY]) - 1
    s[STATION + _MEMORY * stations_each + station] += EIGHTHS


@inner
def _note_registers(s: Row, va: int, vb: int, vt: int, begin: int, result: int) -> None:
    """Remember when operands have been read, and when the result can be used."""
    if va != NOTHING:
        s[READ + va] = max(s[READ + va], begin + EIGHTHS)
    if vb != NOTHING:
        s[READ + vb] = max(s[READ + vb], begin + 2 * EIGHTHS)
    if vt != NOTHING:
        s[WRITTEN + vt] = begin + result


@inner
def _note_station(s: Row, unit: int, begin: int, interval: int) -> None:
    """Remember until when it keeps its entry of the station."""
    station = s[STATION_NEXT + unit] & stations_each - 1
    s[STATION + unit * stations_each + station] = begin + (_held[unit] or interval)
    s[STATION_NEXT + unit] = station + 1 if station + 1 < _stations[unit] else 0


@inner
def _note_state(s: Row, unit: int, flags: int, begin: int, interval: int, result: int) -> None:
    """Remember what conditions and accumulator have to wait for."""
    if flags & WRITES_VCR:
        s[VCR_READY] = begin + result
    if flags & READS_VCR:
        s[VCR_READ] = max(s[VCR_READ], begin + _guards[unit])
    if flags & WRITES_ACC:
        s[ACC_READY] = begin + interval
