"""The digital backends of neurons: what becomes of a spike beside its reset.

    pass_on(chip, tables, queue, neuron, tick, step_end)   # a spike, in the order of their ticks
    end_pending(chip, tables, queue, step_end)             # behind the spikes of a step

A master puts its refractory state on its fire line; a slave takes its own from there, with the end of the step in which
the master spikes. Logic of a neuron's own state and that of its line makes the events for the crossbar, and post pulses
where these are to come from there: AND when both begin to be high, XNOR when an exclusive or of both ends, Muller-C
when both are high for the first time since both were low (haldls:include/lola/vx/v3/neuron.h).
"""

from __future__ import annotations

from hicannx.emu.analog.refractory import follow
from hicannx.emu.analog.sensor import note_spike
from hicannx.emu.analog.state import REFRACTORY_END, SPIKE_OUT
from hicannx.emu.backendstate import AND, LOCAL, MULLER_C, PENDING, XNOR
from hicannx.emu.eventqueue import EventQueue, push
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import NEVER
from hicannx.emu.routingtables import RoutingTables
from hicannx.emu.state import ChipState
from hicannx.emu.wiring import (
    CROSSBAR,
    neuron_slot_ticks,
    neuron_to_crossbar_ticks,
    neurons,
    place_shift,
)


@inner
def pass_on(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int, step_end: int) -> None:
    """What a spike of a neuron sets off."""
    tables.spikes[n] += 1
    if chip.backend.plain[n]:
        note_spike(chip, n, tick)
        send(chip, tables, queue, n, tick)
    else:
        _link(chip, tables, queue, n, tick, step_end)


@inner
def send(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int) -> None:
    """An event of a neuron on its way to the crossbar; the neurons of an event output wait for each other."""
    if chip.neurons.flag[SPIKE_OUT, n]:
        source = tables.neuron_input[n]
        when = max(tick + neuron_to_crossbar_ticks, tables.input_free_tick[source])
        tables.input_free_tick[source] = when + neuron_slot_ticks
        push(queue, when, CROSSBAR, source << place_shift | tables.neuron_label[n])


@inner
def _link(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int, step_end: int) -> None:
    """A spike of a neuron whose line or logic matters."""
    backend, end = chip.backend, int(chip.neurons.timer[REFRACTORY_END, n])
    _rise(chip, tables, queue, n, tick, end)
    if not backend.drives[n]:
        return
    for place in range(backend.first[n], backend.first[n] + backend.count[n]):
        other = int(backend.reached[place])
        _rise_line(chip, tables, queue, other, tick, end)
        if backend.follows[other] and other != n and follow(chip.neurons, other, n, step_end):
            tables.spikes[other] += 1
            _rise(chip, tables, queue, other, tick, end)


@inner
def _rise(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int, end: int) -> None:
    """The own refractory state begins."""
    backend = chip.backend
    _settle(chip, tables, queue, n, tick)
    if backend.operation[n] == LOCAL:
        _emit(chip, tables, queue, n, tick)
    else:
        _combine(chip, tables, queue, n, tick, backend.line_begin[n], backend.line_end[n])
    backend.local_begin[n], backend.local_end[n] = tick, end
    _expect(chip, n)


@inner
def _rise_line(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int, end: int) -> None:
    """Somebody drives the line, perhaps beside others."""
    backend = chip.backend
    _settle(chip, tables, queue, n, tick)
    if backend.line_end[n] <= tick:
        if backend.pulses_by_line[n]:
            note_spike(chip, n, tick)
        if backend.operation[n] != LOCAL:
            _combine(chip, tables, queue, n, tick, backend.local_begin[n], backend.local_end[n])
        backend.line_begin[n] = tick
    backend.line_end[n] = max(backend.line_end[n], end)
    _expect(chip, n)


@inner
def _combine(
    chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int, begin: int, end: int
) -> None:
    """One of both states begins; the other one has begun, and ends or has ended."""
    backend = chip.backend
    other_is_high = end > tick and (begin < tick or backend.operation[n] != XNOR)
    is_low = backend.local_end[n] <= tick and backend.line_end[n] <= tick
    if is_low:
        backend.is_set[n] = 0
    if other_is_high and not (backend.operation[n] == MULLER_C and backend.is_set[n]):
        backend.is_set[n] = 1
        _emit(chip, tables, queue, n, tick)


@inner
def _expect(chip: ChipState, n: int) -> None:
    """When an exclusive or ends next: with the last of both states, unless both end at once."""
    backend = chip.backend
    if backend.operation[n] == XNOR:
        if backend.pending[n] == NEVER:
            backend.counts[PENDING] += 1
        local, line = backend.local_end[n], backend.line_end[n]
        backend.pending[n] = max(local, line) if local != line else NEVER
        if local == line:
            backend.counts[PENDING] -= 1


@inner
def _settle(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, until: int) -> None:
    """The end of an exclusive or that is due."""
    backend = chip.backend
    if backend.pending[n] <= until:
        _emit(chip, tables, queue, n, int(backend.pending[n]))
        backend.pending[n] = NEVER
        backend.counts[PENDING] -= 1


@inner
def end_pending(chip: ChipState, tables: RoutingTables, queue: EventQueue, step_end: int) -> None:
    """The ends of exclusive ors up to the end of a step."""
    if chip.backend.counts[PENDING]:
        for n in range(neurons):
            _settle(chip, tables, queue, n, step_end)


@inner
def _emit(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int) -> None:
    """An event of the logic, which is a post pulse where these come from it."""
    if not chip.backend.pulses_by_line[n]:
        note_spike(chip, n, tick)
    send(chip, tables, queue, n, tick)


assert (LOCAL, AND, XNOR, MULLER_C) == (0, 1, 2, 3)
