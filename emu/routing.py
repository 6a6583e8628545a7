"""The way of spikes through the chip: crossbar, PADI buses, synapse drivers, synapses, and out to the FPGA.

    tables = new_tables(); record = new_record(capacity)
    set_nodes / set_outputs / set_padi_buses / set_drivers / set_neuron_labels  # routingtables.py, after writes
    push(queue, tick + fpga_to_crossbar_ticks, FROM_FPGA, label16)              # a spike sent by the FPGA at `tick`
    push(queue, tick + crossbar_ticks + padi_to_synapse_ticks, PADI, pack(bus, label11))  # a PADIEvent write at `tick`
    push(queue, tick, CROSSBAR, pack(input, label14))                           # anything else, at the crossbar then
    handle_event(chip, tables, record, queue, step_begin, tick, kind, payload)
    emit_spikes(chip, tables, queue)                                            # after `neuron.step`

Bus b of hemisphere h has the number 4 h + b, neuron c of hemisphere h 256 h + c. Synapses are `weights` and `labels`
[hemisphere, row, column]. Functions that push return False, and have then done nothing, when the queue or the record
has not enough room; `event_room` entries are enough for one event. Recorded ticks are those of the time stamps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.charge import inject_row
from hicannx.emu.analog.driver import pulse, pulse_noise
from hicannx.emu.analog.neuron import fire
from hicannx.emu.analog.sensor import note_event, note_spike
from hicannx.emu.analog.state import BYPASS, BYPASSES, NOISY, SEED, SPIKE_OUT, SPIKES, STEP_TICKS, NeuronState
from hicannx.emu.backendstate import LINKED, most_events
from hicannx.emu.entry import call_entry
from hicannx.emu.eventqueue import EventQueue, next_kind, next_tick, pop, pop_in_order, push, room, tick_in_order
from hicannx.emu.kernelcache import inner, merged, njit
from hicannx.emu.machine import NEVER
from hicannx.emu.routingtables import WAY_COUNTS, WAY_MASK, WAY_OUTPUT, WAY_TARGET, RoutingTables
from hicannx.emu.state import LINKS, STEP_BEGIN, ChipState
from hicannx.emu.wiring import (
    CROSSBAR,
    FROM_FPGA,
    PADI,
    TO_FPGA,
    buses_per_hemisphere,
    bypass_minimum_weight,
    columns,
    crossbar_ticks,
    first_fpga_input,
    first_fpga_output,
    label_mask,
    neuron_slot_ticks,
    neuron_to_crossbar_ticks,
    outputs,
    padi_mask,
    padi_to_synapse_ticks,
    place_shift,
    row_select_mask,
    row_select_shift,
    spl1_mask,
    spl1_shift,
    synapse_label_mask,
    waiting_places,
)

event_room = outputs
LOST = -1


class SpikeRecord(NamedTuple):
    """Spikes that have left the chip: `used[0]` ticks of their stamps and 16-bit labels, roughly in order."""

    tick: NDArray[np.int64]
    label: NDArray[np.int64]
    used: NDArray[np.int64]


def new_record(capacity: int) -> SpikeRecord:
    """An empty record."""
    return SpikeRecord(np.zeros(capacity, np.int64), np.zeros(capacity, np.int64), np.zeros(1, np.int64))


def grow_record(record: SpikeRecord, capacity: int) -> SpikeRecord:
    """A copy with room for `capacity` spikes."""
    larger = new_record(max(capacity, len(record.tick)))
    larger.tick[: len(record.tick)] = record.tick
    larger.label[: len(record.tick)] = record.label
    larger.used[:] = record.used
    return larger


@njit
def record_room(record: SpikeRecord) -> int:
    """How many more spikes fit."""
    return len(record.tick) - int(record.used[0])


@njit
def pack(place: int, label: int) -> int:
    """The payload of an event at a crossbar input or on a bus."""
    return place << place_shift | label


@njit
def handle_event(
    chip: ChipState,
    tables: RoutingTables,
    record: SpikeRecord,
    queue: EventQueue,
    step_begin: int,
    tick: int,
    kind: int,
    payload: int,
) -> bool:
    """Do what an event does at its tick; `step_begin` is the tick up to which the neurons have been advanced."""
    if room(queue) < event_room or record_room(record) < 1:
        return False
    place, label = payload >> place_shift, payload & ((1 << place_shift) - 1)
    if kind == FROM_FPGA:
        channel = payload >> spl1_shift & spl1_mask
        route_crossbar(tables, queue, tick, first_fpga_input + channel, payload & label_mask)
    elif kind == CROSSBAR:
        route_crossbar(tables, queue, tick, place, label)
    elif kind == PADI:
        padi_event(chip, tables, step_begin, tick, place, label)
    else:
        _record(record, tick, payload)
    return True


@njit
def route_crossbar(tables: RoutingTables, queue: EventQueue, tick: int, source: int, label: int) -> int:
    """Send a 14-bit label from an input to the outputs that its nodes let it pass to; the number of these outputs.

    The queue must have room for `event_room` events. Events that find their output taken wait for the next slot, or are
    lost where too many wait.
    """
    passed = 0
    for output in range(outputs):
        if not tables.node_exists[source, output]:
            continue
        if label & tables.node_mask[source, output] != tables.node_target[source, output]:
            tables.drops[source] += tables.node_counts_drops[source, output]
            continue
        when = _take_slot(tables, queue, tick, output, label)
        if when == LOST:
            tables.drops[source] += tables.node_counts_drops[source, output]
            continue
        passed += 1
        if output >= first_fpga_output:
            push(queue, when, TO_FPGA, _sent_label(output, label))
    return passed


@merged
def _take_slot(tables: RoutingTables, queue: EventQueue, tick: int, output: int, label: int) -> int:
    """When an output sends what comes to the crossbar at a tick, or LOST; on its way to a bus it is then."""
    slot = tables.slot_ticks[output]
    when = max(tick + crossbar_ticks, tables.output_free_tick[output])
    if when - (tick + crossbar_ticks) > waiting_places * slot:
        return LOST
    tables.events[output] += tables.output_counts_events[output]
    if output >= first_fpga_output:
        tables.output_free_tick[output] = when + slot
    elif tables.bus_takes_crossbar[output]:
        tables.output_free_tick[output] = when + slot
        push(queue, when + padi_to_synapse_ticks, PADI, pack(output, label & padi_mask))
    return int(when)


@merged
def _sent_label(output: int, label: int) -> int:
    """The label of a spike on its way to the FPGA."""
    return (output - first_fpga_output) << spl1_shift | label


@njit
def pass_spikes(tables: RoutingTables, record: SpikeRecord, queue: EventQueue, is_recording: int, until: int) -> None:
    """Spikes from and to the FPGA before `until`, while they are the next events and nothing else happens until then.

    As `handle_event` for each, but what leaves for the FPGA before `until` is recorded at once: not in the order of its
    ticks where an output is busy.
    """
    while room(queue) >= event_room and record_room(record) >= event_room:
        tick = tick_in_order(queue)
        if tick < until:
            _pass_spike(tables, record, queue, is_recording, until, tick, pop_in_order(queue))
        elif tick == NEVER and next_tick(queue) < until and next_kind(queue) == TO_FPGA:
            tick, _, label = pop(queue)
            if is_recording:
                _record(record, tick, label)
        else:
            break


@merged
def _record(record: SpikeRecord, tick: int, label: int) -> None:
    used = record.used[0]
    record.tick[used] = tick
    record.label[used] = label
    record.used[0] = used + 1


@merged
def _pass_spike(
    tables: RoutingTables,
    record: SpikeRecord,
    queue: EventQueue,
    is_recording: int,
    until: int,
    tick: int,
    payload: int,
) -> None:
    """Where a spike from the FPGA goes; as `route_crossbar`."""
    source, label = first_fpga_input + (payload >> spl1_shift & spl1_mask), payload & label_mask
    for place in range(tables.ways[source]):
        way = tables.way[source, place]
        output = way[WAY_OUTPUT]
        if label & way[WAY_MASK] != way[WAY_TARGET]:
            tables.drops[source] += way[WAY_COUNTS]
            continue
        when = _take_slot(tables, queue, tick, output, label)
        if when == LOST:
            tables.drops[source] += way[WAY_COUNTS]
        if when == LOST or output < first_fpga_output:
            continue
        if when >= until:
            push(queue, when, TO_FPGA, _sent_label(output, label))
        elif is_recording:
            _record(record, when, _sent_label(output, label))


@njit
def padi_event(chip: ChipState, tables: RoutingTables, step_begin: int, tick: int, bus: int, label: int) -> None:
    """An event on a bus, arrived at the synapses: every driver that it selects sends it along its two rows."""
    hemisphere = bus // buses_per_hemisphere
    selected = tables.bus_drivers[bus, label >> row_select_shift & row_select_mask]
    index = -1
    while selected:
        index += 1
        answers = selected & 1
        selected >>= 1
        if not answers:
            continue
        driver = buses_per_hemisphere * index + bus % buses_per_hemisphere
        forwarded = label & synapse_label_mask & tables.driver_label_mask[hemisphere, driver]
        length = tables.bus_pulse[bus] * pulse(chip.drivers, hemisphere, driver, label, tick)
        if chip.neurons.counts[NOISY]:
            length *= pulse_noise(chip.neurons.counts[SEED], hemisphere, driver, tick)
        for row in (2 * driver, 2 * driver + 1):
            lines = tables.row_lines[hemisphere, row]
            if lines:
                note_event(chip, hemisphere, row, forwarded, tick)
                _row_event(chip, hemisphere, row, forwarded, lines, length, tick, step_begin)


@inner
def _row_event(
    chip: ChipState, hemisphere: int, row: int, label: int, lines: int, length: float, tick: int, step_begin: int
) -> None:
    """The synapses of one row whose label matches act on the lines of their columns."""
    weights, labels, first = chip.weights[hemisphere, row], chip.labels[hemisphere, row], hemisphere * columns
    gains = chip.variation.synapse_gain[hemisphere, row]
    for line in range(2):
        if lines >> line & 1:
            inject_row(chip.neurons, line, first, weights, gains, labels, label, length, tick - step_begin)
            if chip.neurons.counts[BYPASSES] >> line & 1:
                _bypass(chip.neurons, weights, labels, label, line, first, tick)


@inner
def _bypass(
    neurons: NeuronState,
    weights: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    label: int,
    line: int,
    first: int,
    tick: int,
) -> None:
    """Neurons that spike with every event do so."""
    for column in range(columns):
        hit = labels[column] == label and weights[column] >= bypass_minimum_weight
        if hit and neurons.flag[BYPASS + line, first + column]:
            fire(neurons, first + column, tick)


@njit
def emit_spikes(chip: ChipState, tables: RoutingTables, queue: EventQueue) -> bool:
    """Send the spikes of a step to the crossbar, to neighbours and to the sensors, and empty their list."""
    neurons = chip.neurons
    count, is_linked = neurons.counts[SPIKES], chip.backend.counts[LINKED]
    if room(queue) < (most_events if is_linked else count):
        return False
    if is_linked:
        step_end = chip.clock[STEP_BEGIN] + neurons.counts[STEP_TICKS]
        for event in range(call_entry(chip.entry[LINKS], chip, step_end)):
            _send(chip, tables, queue, int(chip.backend.event_neuron[event]), int(chip.backend.event_tick[event]))
    else:
        for spike in range(count):
            n, tick = int(neurons.spike_neuron[spike]), int(neurons.spike_tick[spike])
            note_spike(chip, n, tick)
            tables.spikes[n] += 1
            _send(chip, tables, queue, n, tick)
    neurons.counts[SPIKES] = 0
    return True


@merged
def _send(chip: ChipState, tables: RoutingTables, queue: EventQueue, n: int, tick: int) -> None:
    """An event of a neuron on its way to the crossbar; the neurons of an event output wait for each other."""
    if chip.neurons.flag[SPIKE_OUT, n]:
        source = tables.neuron_input[n]
        when = max(tick + neuron_to_crossbar_ticks, tables.input_free_tick[source])
        tables.input_free_tick[source] = when + neuron_slot_ticks
        push(queue, when, CROSSBAR, pack(source, tables.neuron_label[n]))
