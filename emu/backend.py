"""The digital backends of neurons: what becomes of a spike beside its reset.

    link(chip, step_end)   # the spikes of a step, and what becomes due in it: leaves events in `chip.backend`

A master puts its refractory state on its fire line; a slave takes its own from there, with the end of the step in which
the master spikes. Logic of a neuron's own state and that of its line makes the events for the crossbar, and post pulses
where these are to come from there: AND when both begin to be high, XNOR when an exclusive or of both ends, Muller-C
when both are high for the first time since both were low (haldls:include/lola/vx/v3/neuron.h).
"""

from __future__ import annotations

from hicannx.emu.analog.refractory import follow
from hicannx.emu.analog.sensor import note_spike
from hicannx.emu.analog.state import REFRACTORY_TICKS, SPIKES, NeuronState
from hicannx.emu.backendstate import EVENTS, LOCAL, MULLER_C, PENDING, XNOR
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import NEVER
from hicannx.emu.state import ChipState
from hicannx.emu.wiring import inputs, outputs
from hicannx.emu.wiring import neurons as neuron_count

_first_spike_counter = inputs + outputs


def link(chip: ChipState, step_end: int) -> int:
    """Let the spikes of a step act on sensors and neighbours, and leave its events; how many these are."""
    neurons, backend = chip.neurons, chip.backend
    count, backend.counts[EVENTS] = int(neurons.counts[SPIKES]), 0
    _sort_spikes(neurons, count)
    for spike in range(count):
        n, tick = int(neurons.spike_neuron[spike]), int(neurons.spike_tick[spike])
        chip.counters[_first_spike_counter + n] += 1
        if backend.plain[n]:
            note_spike(chip, n, tick)
            _leave(chip, n, tick)
        else:
            _link(chip, n, tick, step_end)
    if backend.counts[PENDING]:
        for n in range(neuron_count):
            _settle(chip, n, step_end)
    return int(backend.counts[EVENTS])


@inner
def _sort_spikes(neurons: NeuronState, count: int) -> None:
    """Bring the spikes of a step into the order of their ticks."""
    for last in range(1, count):
        place = last
        while place > 0 and neurons.spike_tick[place - 1] > neurons.spike_tick[place]:
            for column in (neurons.spike_tick, neurons.spike_neuron):
                column[place - 1], column[place] = column[place], column[place - 1]
            place -= 1


@inner
def _link(chip: ChipState, n: int, tick: int, step_end: int) -> None:
    """A spike of a neuron whose line or logic matters; others of it may follow in this step."""
    backend, end = chip.backend, tick + int(chip.neurons.duration[REFRACTORY_TICKS, n])
    _rise(chip, n, tick, end)
    if not backend.drives[n]:
        return
    for place in range(backend.first[n], backend.first[n] + backend.count[n]):
        other = int(backend.reached[place])
        _rise_line(chip, other, tick, end)
        if backend.follows[other] and other != n and follow(chip.neurons, other, n, step_end):
            chip.counters[_first_spike_counter + other] += 1
            _rise(chip, other, tick, end)


@inner
def _rise(chip: ChipState, n: int, tick: int, end: int) -> None:
    """The own refractory state begins."""
    backend = chip.backend
    _settle(chip, n, tick)
    if backend.operation[n] == LOCAL:
        _emit(chip, n, tick)
    else:
        _combine(chip, n, tick, backend.line_begin[n], backend.line_end[n])
    backend.local_begin[n], backend.local_end[n] = tick, end
    _expect(chip, n)


@inner
def _rise_line(chip: ChipState, n: int, tick: int, end: int) -> None:
    """Somebody drives the line, perhaps beside others."""
    backend = chip.backend
    _settle(chip, n, tick)
    if backend.line_end[n] <= tick:
        if backend.pulses_by_line[n]:
            note_spike(chip, n, tick)
        if backend.operation[n] != LOCAL:
            _combine(chip, n, tick, backend.local_begin[n], backend.local_end[n])
        backend.line_begin[n] = tick
    backend.line_end[n] = max(backend.line_end[n], end)
    _expect(chip, n)


@inner
def _combine(chip: ChipState, n: int, tick: int, begin: int, end: int) -> None:
    """One of both states begins; the other one has begun, and ends or has ended."""
    backend = chip.backend
    other_is_high = end > tick and (begin < tick or backend.operation[n] != XNOR)
    is_low = backend.local_end[n] <= tick and backend.line_end[n] <= tick
    if is_low:
        backend.is_set[n] = 0
    if other_is_high and not (backend.operation[n] == MULLER_C and backend.is_set[n]):
        backend.is_set[n] = 1
        _emit(chip, n, tick)


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
def _settle(chip: ChipState, n: int, until: int) -> None:
    """The end of an exclusive or that is due."""
    backend = chip.backend
    if backend.pending[n] <= until:
        _emit(chip, n, int(backend.pending[n]))
        backend.pending[n] = NEVER
        backend.counts[PENDING] -= 1


@inner
def _emit(chip: ChipState, n: int, tick: int) -> None:
    """An event of the logic, which is a post pulse where these come from it."""
    if not chip.backend.pulses_by_line[n]:
        note_spike(chip, n, tick)
    _leave(chip, n, tick)


@inner
def _leave(chip: ChipState, n: int, tick: int) -> None:
    """An event for the crossbar."""
    backend = chip.backend
    place = int(backend.counts[EVENTS])
    if place < len(backend.event_tick):
        backend.event_neuron[place], backend.event_tick[place] = n, tick
        backend.counts[EVENTS] = place + 1
