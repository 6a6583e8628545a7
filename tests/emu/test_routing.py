"""Events on their way: crossbar nodes, buses, drivers, synapses, and back out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from hicannx.emu import wiring
from hicannx.emu.analog.neuron import step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import DECAY_EXC, EXC, I_EXC, I_INH, INH, SPIKE_OUT, SPIKES, NeuronState, row
from hicannx.emu.eventqueue import EventQueue, new_queue, next_tick, pop, push
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.routing import (
    CROSSBAR,
    FROM_FPGA,
    PADI,
    TO_FPGA,
    SpikeRecord,
    emit_spikes,
    grow_record,
    handle_event,
    new_record,
    pack,
    record_room,
    route_crossbar,
)
from hicannx.emu.routingtables import (
    RoutingTables,
    new_tables,
    set_drivers,
    set_neuron_labels,
    set_nodes,
    set_outputs,
    set_padi_buses,
)
from hicannx.emu.state import ChipState, new_state
from hicannx.regmodel.transfer import neuron_quantities, preset

_step = 25
_open = {"mask": 0, "target": 0, "enable_drop_counter": 1}
_closed = {"mask": 0, "target": 1, "enable_drop_counter": 1}
_driver = {
    "enable_receiver": 1,
    "row_address_compare_mask": 31,
    "enable_address_out": 1,
    "row_mode_top": 0,
    "row_mode_bottom": 1,
}


def crossings() -> list[tuple[int, int]]:
    """The crossings of the crossbar that exist."""
    return [
        *((i, o) for i in range(8) for o in (i % 4, 4 + i % 4, 8 + i % 4)),
        *((8 + k, o) for k in range(4) for o in (*range(8), 8 + k)),
        *((12 + b, o) for b in range(8) for o in (b, 8 + b % 4)),
    ]


@attrs.frozen
class Bench:
    """A chip reduced to its spikes."""

    chip: ChipState
    tables: RoutingTables
    record: SpikeRecord
    queue: EventQueue

    @property
    def neurons(self) -> NeuronState:
        return self.chip.neurons

    @property
    def weights(self) -> NDArray[np.uint8]:
        return self.chip.weights

    @property
    def labels(self) -> NDArray[np.uint8]:
        return self.chip.labels

    def send(self, tick: int, kind: int, payload: int) -> None:
        assert push(self.queue, tick, kind, payload)

    def run(self, end: int) -> list[tuple[int, int]]:
        """Everything up to `end`, step by step; the recorded (tick, label)."""
        for begin in range(0, end, _step):
            while next_tick(self.queue) < begin + _step:
                assert handle_event(*attrs.astuple(self, recurse=False), begin, *pop(self.queue))
            step(self.neurons, begin)
            assert emit_spikes(self.chip, self.tables, self.queue)
        used = self.record.used[0]
        return list(zip(self.record.tick[:used].tolist(), self.record.label[:used].tolist()))


def build(nodes: Mapping[str, Any] = _open, **fields: Any) -> Bench:
    """All 76 nodes alike, all buses on, drivers off, synapses empty; neurons of the spiking preset."""
    tables = new_tables()
    source, output = zip(*crossings())
    set_nodes(tables, source, output, nodes)
    for hemisphere in range(2):
        set_padi_buses(tables, hemisphere, {"enable_spl1": [1] * 4, "dacen_pulse_extension": [0] * 4})
    set_outputs(tables, {"enable_event_counter": [1] * 12})
    chip = new_state(omnibus_table())
    own, cells = preset("spiking")
    update_parameters(
        chip.neurons, neuron_quantities({k: np.full(512, v) for k, v in {**own, **fields}.items()}, cells)
    )
    return Bench(chip, tables, new_record(10000), new_queue(10000))


def popped(queue: EventQueue) -> list[tuple[int, int, int]]:
    found = []
    while next_tick(queue) < 10**9:
        found.append(pop(queue))
    return found


def test_76_crossings_exist() -> None:
    assert len(crossings()) == len(set(crossings())) == 76


@pytest.mark.parametrize("source", range(20))
def test_open_nodes_let_every_label_pass_to_every_output_that_exists(source: int) -> None:
    bench = build()
    expected = [output for i, output in crossings() if i == source]
    assert route_crossbar(bench.tables, bench.queue, 100, source, 0x2ABC) == len(expected)
    arrived = popped(bench.queue)
    later = {PADI: wiring.padi_to_synapse_ticks, TO_FPGA: 0}
    assert all(tick == 100 + wiring.crossbar_ticks + later[kind] for tick, kind, _ in arrived)
    buses = [(PADI, pack(output, 0x2BC)) for output in expected if output < 8]
    links = [(TO_FPGA, (output - 8) << 14 | 0x2ABC) for output in expected if output >= 8]
    assert sorted(event[1:] for event in arrived) == sorted(buses + links)
    assert np.flatnonzero(bench.tables.events).tolist() == sorted(expected)
    assert not bench.tables.drops.any()


def test_a_blocking_node_drops_and_counts() -> None:
    bench = build(_closed)
    assert route_crossbar(bench.tables, bench.queue, 0, 8, 0) == 0
    assert popped(bench.queue) == []
    assert bench.tables.drops.tolist() == [9 if i == 8 else 0 for i in range(20)]
    assert not bench.tables.events.any()


def test_a_node_compares_the_masked_label() -> None:
    bench = build(_closed)
    set_nodes(bench.tables, [9], [3], {"mask": 0x2000, "target": 0x2000, "enable_drop_counter": 0})
    assert route_crossbar(bench.tables, bench.queue, 0, 9, 0x1FFF) == 0
    assert route_crossbar(bench.tables, bench.queue, 0, 9, 0x2001) == 1
    assert [event[1:] for event in popped(bench.queue)] == [(PADI, pack(3, 1))]


def test_events_that_come_together_wait_for_the_next_slot_and_none_is_lost() -> None:
    bench = build()
    for label in range(5):
        route_crossbar(bench.tables, bench.queue, 50, 12, label)
    ticks = [tick for tick, kind, payload in popped(bench.queue) if kind == PADI]
    slot = wiring.padi_slot_ticks
    first = 50 + wiring.crossbar_ticks + wiring.padi_to_synapse_ticks
    assert ticks == [first + slot * k for k in range(5)]


def test_events_that_wait_for_too_long_are_lost_and_counted() -> None:
    """No public figure says how many an output holds; what passes keeps its order and its slots."""
    bench = build()
    sent = wiring.waiting_places + 10
    passed = [route_crossbar(bench.tables, bench.queue, 50, 12, label) for label in range(sent)]
    kept = wiring.waiting_places + 1  # one is on its way
    assert passed == [2] * kept + [0] * (sent - kept)
    assert bench.tables.drops[12] == 2 * (sent - kept)
    assert bench.tables.events[[0, 8]].tolist() == [kept, kept]
    labels = [payload & 0x7FF for _, kind, payload in popped(bench.queue) if kind == PADI]
    assert labels == list(range(kept))
    assert route_crossbar(bench.tables, bench.queue, 50 + 4 * kept, 12, 0) == 2


def test_slow_outputs_and_buses_with_extended_timing_have_longer_slots() -> None:
    bench = build()
    set_outputs(bench.tables, {"enable_event_counter": [1] * 12, "enable_slow": [1, 0, 0, 0]})
    fields = {"enable_spl1": [1] * 4, "dacen_pulse_extension": [0] * 4, "enable_extended_timing": [1, 0, 0, 0]}
    set_padi_buses(bench.tables, 0, fields)
    for label in range(2):
        route_crossbar(bench.tables, bench.queue, 0, 12, label)
        route_crossbar(bench.tables, bench.queue, 0, 13, label)
    gaps = {}
    for tick, kind, payload in popped(bench.queue):
        place = (kind, payload >> 16 if kind == PADI else payload >> 14)
        gaps.setdefault(place, []).append(tick)
    gap = {place: ticks[1] - ticks[0] for place, ticks in gaps.items()}
    assert gap == {(PADI, 0): 8, (PADI, 1): 4, (TO_FPGA, 0): 32, (TO_FPGA, 1): 4}


def test_neurons_of_an_event_output_wait_for_each_other() -> None:
    bench = build()
    neurons = bench.neurons
    neurons.spike_neuron[:4], neurons.spike_tick[:4] = [0, 1, 256, 32], 7
    neurons.counts[SPIKES] = 4
    neurons.flag[SPIKE_OUT] = 1
    assert emit_spikes(bench.chip, bench.tables, bench.queue)
    found = sorted(
        (payload >> 16, tick - 7 - wiring.neuron_to_crossbar_ticks) for tick, _, payload in popped(bench.queue)
    )
    assert found == [(0, 0), (0, 4), (0, 8), (1, 0)]


def test_a_bus_that_does_not_listen_to_the_crossbar_gets_nothing_from_it() -> None:
    bench = build()
    set_padi_buses(bench.tables, 0, {"enable_spl1": [0, 1, 1, 1], "dacen_pulse_extension": [0] * 4})
    route_crossbar(bench.tables, bench.queue, 0, 12, 1)
    assert [event[1] for event in popped(bench.queue)] == [TO_FPGA]


def test_a_full_queue_or_record_refuses_the_event() -> None:
    bench = build()
    small = attrs.evolve(bench, queue=new_queue(11))
    assert not handle_event(*attrs.astuple(small, recurse=False), 0, 0, FROM_FPGA, 0)
    assert next_tick(small.queue) > 10**9
    none_left = attrs.evolve(bench, record=new_record(0))
    assert not handle_event(*attrs.astuple(none_left, recurse=False), 0, 0, TO_FPGA, 0)
    larger = attrs.evolve(bench, record=grow_record(none_left.record, 1))
    assert record_room(larger.record) == 1
    assert handle_event(*attrs.astuple(larger, recurse=False), 0, 7, TO_FPGA, 9)
    assert (larger.record.tick[0], larger.record.label[0], larger.record.used[0]) == (7, 9, 1)


@pytest.mark.parametrize("mask", [0, 1, 16, 21, 31])
def test_drivers_answer_to_the_masked_row_select(mask: int) -> None:
    bench = build()
    drivers = np.arange(256)
    alike = {name: np.full(256, value) for name, value in {**_driver, "row_address_compare_mask": mask}.items()}
    set_drivers(bench.tables, drivers, alike)
    for select in (0, 5, 31):
        for bus in (0, 6):
            expected = sum(1 << index for index in range(32) if index & mask == select & mask)
            assert bench.tables.bus_drivers[bus, select] == expected
    set_drivers(bench.tables, drivers[:1], {**_driver, "enable_receiver": [0]})
    assert not bench.tables.bus_drivers[0, 0] & 1


def _touched(bench: Bench, bus: int, label: int) -> tuple[set[int], set[int]]:
    """The neurons whose excitatory and inhibitory lines an event on a bus moves."""
    row(bench.neurons, I_EXC)[:] = row(bench.neurons, I_INH)[:] = 0
    assert handle_event(*attrs.astuple(bench, recurse=False), 0, 0, PADI, pack(bus, label))
    step(bench.neurons, 0)
    lines = [np.flatnonzero(row(bench.neurons, line)).tolist() for line in (I_EXC, I_INH)]
    return set(lines[0]), set(lines[1])


def test_an_event_reaches_the_synapses_of_its_driver_with_its_label() -> None:
    bench = build()
    set_drivers(bench.tables, [128 + 4 * 3 + 2], {**_driver, "row_mode_top": [2], "row_mode_bottom": [1]})
    bottom, top = 2 * 14, 2 * 14 + 1
    bench.weights[1, bottom, [10, 200, 255]] = 63
    bench.labels[1, bottom, [10, 200]] = 9
    bench.weights[1, top, 77] = 1
    bench.labels[1, top, 77] = 9
    assert _touched(bench, 6, 3 << 6 | 9) == ({256 + 10, 256 + 200}, {256 + 77})
    assert _touched(bench, 6, 3 << 6 | 0) == ({256 + 255}, set())
    assert _touched(bench, 6, 4 << 6 | 9) == (set(), set())
    assert _touched(bench, 5, 3 << 6 | 9) == (set(), set())
    set_drivers(bench.tables, [128 + 14], {**_driver, "row_mode_top": [3], "row_mode_bottom": [0]})
    assert _touched(bench, 6, 3 << 6 | 9) == ({256 + 77}, {256 + 77})


def test_without_address_output_only_the_highest_label_bit_reaches_the_synapses() -> None:
    bench = build()
    set_drivers(bench.tables, [0], {**_driver, "enable_address_out": [0]})
    bench.weights[0, 0, :3] = 20
    bench.labels[0, 0, :3] = [0, 32, 33]
    assert _touched(bench, 0, 33) == ({1}, set())
    assert _touched(bench, 0, 5) == ({0}, set())


def test_the_line_current_is_proportional_to_weight_and_pulse() -> None:
    bench = build()
    set_drivers(bench.tables, [0], _driver)
    bench.weights[0, 0] = np.arange(256) % 64
    _touched(bench, 0, 0)
    plain = row(bench.neurons, I_EXC)[:256].copy()
    assert plain / row(bench.neurons, DECAY_EXC)[:256] == pytest.approx(65 / 63 * (np.arange(256) % 64), rel=1e-6)
    set_padi_buses(bench.tables, 0, {"enable_spl1": [1] * 4, "dacen_pulse_extension": [4, 0, 0, 0]})
    _touched(bench, 0, 0)
    assert row(bench.neurons, I_EXC)[:256] == pytest.approx(2 * plain, rel=1e-6)


def _one_to_one(bench: Bench, weight: int = 63) -> None:
    """64 synapses of row 0, label i at column i; only input 8 to bus 0, and the neurons to the FPGA."""
    source, output = zip(*crossings())
    set_nodes(bench.tables, source, output, _closed)
    set_nodes(bench.tables, [8, 0, 1], [0, 8, 9], _open)
    set_drivers(bench.tables, [0], _driver)
    bench.weights[0, 0, :64] = weight
    bench.labels[0, 0] = 63
    bench.labels[0, 0, :64] = np.arange(64)
    set_neuron_labels(bench.tables, np.arange(64), np.arange(64))


def test_bypassed_neurons_answer_each_event_with_a_spike_at_the_expected_time() -> None:
    bench = build(enable_bypass_excitatory=1, enable_threshold_comparator=0, refractory_time=30)
    _one_to_one(bench)
    sent = [(1000 + 37 * k, (k * 11) % 64) for k in range(200)]
    for tick, label in sent:
        bench.send(tick + wiring.fpga_to_crossbar_ticks, FROM_FPGA, label)
    found = bench.run(20000)
    onset = wiring.fpga_to_crossbar_ticks + wiring.crossbar_ticks + wiring.padi_to_synapse_ticks
    assert onset * 2e-3 == pytest.approx(0.40, abs=0.01)
    back = wiring.neuron_to_crossbar_ticks + wiring.crossbar_ticks
    expected = [(tick + onset + back, (n // 32) << 14 | (n // 32) << 8 | n) for tick, n in sent]
    assert found == expected


@pytest.mark.parametrize(
    ("weight", "count"), [(0, 0), (wiring.bypass_minimum_weight - 1, 0), (wiring.bypass_minimum_weight, 1)]
)
def test_bypass_needs_a_minimum_weight(weight: int, count: int) -> None:
    bench = build(enable_bypass_excitatory=1)
    _one_to_one(bench, weight)
    bench.send(0, FROM_FPGA, 5)
    assert len(bench.run(5000)) == count


def test_a_bypassed_neuron_ignores_events_while_refractory() -> None:
    bench = build(enable_bypass_excitatory=1, enable_threshold_comparator=0, refractory_time=100)
    _one_to_one(bench)
    for tick in (0, 200, 396, 400, 1000):
        bench.send(tick, FROM_FPGA, 3)
    ticks = [tick for tick, _ in bench.run(5000)]
    assert [tick - ticks[0] for tick in ticks] == [0, 400, 1000]


def test_spikes_without_output_enable_stay_inside() -> None:
    bench = build(enable_bypass_excitatory=1, enable_spike_out=0)
    _one_to_one(bench)
    bench.send(0, FROM_FPGA, 3)
    assert bench.run(5000) == []
    assert bench.neurons.spike_count[3] == 1


def test_a_neuron_drives_another_one_through_the_chip() -> None:
    bench = build(enable_bypass_excitatory=1)
    _one_to_one(bench)
    set_nodes(bench.tables, [1], [1], _open)
    set_drivers(bench.tables, [4 * 4 + 1], {**_driver, "row_address_compare_mask": [28]})
    bench.weights[0, 2 * 17, 100] = 63
    bench.labels[0, 2 * 17, 100] = 40
    bench.send(0, FROM_FPGA, 40)  # neuron 40 has event output 1: row select 001.., its two low bits from address_out
    bench.run(5000)
    assert bench.neurons.spike_count[[40, 100]].tolist() == [1, 1]
    assert SPIKES >= 0 and bench.neurons.spike_count.sum() == 2


def test_an_event_at_a_crossbar_input_and_on_a_bus_can_be_injected() -> None:
    bench = build(enable_bypass_excitatory=1)
    _one_to_one(bench)
    bench.send(10, CROSSBAR, pack(8, 7))
    bench.send(20, PADI, pack(0, 8))
    assert sorted(label & 0xFF for _, label in bench.run(3000)) == [7, 8]


def test_lines_are_numbered_as_the_row_modes() -> None:
    assert (1 << EXC, 1 << INH) == (1, 2)
