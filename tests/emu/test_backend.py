"""Fire lines between neurons and the logic of their backends: who spikes, who sends events, who gives post pulses."""

import numpy as np
import pytest

from hicannx.emu.advance import reserve
from hicannx.emu.analog.neuron import fire
from hicannx.emu.analog.state import ARMED, PHASE, REFRACTORY_TICKS, RESET_END, RESETTING, SPIKE_OUT, SPIKES
from hicannx.emu.backendstate import EVENTS, XNOR, most_events, shortest_state_ticks
from hicannx.emu.chip import Chip
from hicannx.emu.eventqueue import new_queue, pop, room
from hicannx.emu.machine import longest_step_ticks
from hicannx.emu.omnibus import write
from hicannx.emu.ppukernel import enter_later
from hicannx.emu.routing import emit_spikes
from hicannx.emu.state import LINKS
from hicannx.emu.wiring import crossbar_ticks, neuron_to_crossbar_ticks, neurons
from hicannx.regmodel.codec import encode
from hicannx.regmodel.geometry import backend_of_neuron
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import neuron_quantities

_maps = load_registers().containers
_refractory_ticks = 100 * 4  # of a clock of 125 MHz
_way = neuron_to_crossbar_ticks + crossbar_ticks
_operations = {"local": (0, 0), "and": (1, 0), "xnor": (0, 1), "muller_c": (1, 1)}


class Bench:
    """A chip whose neurons spike when they are told to, and a way to their events and post pulses."""

    def __init__(self):
        self.chip = Chip()
        self.origin = 0

    def set(self, neuron, operation="local", fires=True, **fields):
        first, second = _operations[operation]
        backend = {"refractory_time": 100, "enable_spike_out": True, "address_out": neuron % 256, **fields}
        backend |= {"enable_bayesian_0": first, "enable_bayesian_1": second}
        self._write("NeuronBackendConfig", int(backend_of_neuron()[neuron]), backend)
        self._write("NeuronConfig", neuron, {"enable_fire": fires})

    def _write(self, name, instance, fields):
        container = _maps[name]
        for address, word in zip(container.addresses(instance), encode(container, fields, instance), strict=True):
            write(self.chip.world.chip, address, word, 15, -1, self.chip.now_tick)
        self.chip.advance(self.chip.now_tick + 1)

    def run(self, spikes, until=2000):
        """Events [(neuron column, tick)] of what is told to spike [(neuron, tick)], ticks from now on."""
        start = -(-self.chip.now_tick // 25) * 25 + 25
        self.chip.advance(start)
        self.chip.take_spikes()
        before = self.chip.world.chip.sensors.pulse_tick.copy()
        for neuron, tick in sorted(spikes, key=lambda one: one[1]):
            self.chip.advance(start + tick // 25 * 25)
            fire(self.chip.world.neurons, neuron, start + tick)
        self.chip.advance(start + until)
        stamps, labels, _ = self.chip.take_spikes()
        after = self.chip.world.chip.sensors.pulse_tick
        self.pulses = {int(n): int(after[n] - start) for n in np.flatnonzero(after != before)}
        return [(int(label) & 255, int(2 * stamp - _way - start)) for stamp, label in zip(stamps, labels, strict=True)]

    @property
    def counts(self):
        return self.chip.world.routing.spikes


@pytest.fixture
def bench():
    return Bench()


def test_a_neuron_by_itself_sends_its_spikes_and_post_pulses(bench):
    bench.set(3)
    assert bench.run([(3, 110)]) == [(3, 110)]
    assert bench.pulses == {3: 110}
    assert bench.chip.world.chip.backend.plain.all()


def test_a_slave_is_refractory_with_its_master_and_spikes_with_it(bench):
    """Its own comparator and bypasses do nothing."""
    bench.set(10, enable_neuron_master=True, connect_fire_to_right=True)
    bench.set(11, enable_neuron_slave=True)
    bench.set(12)
    found = bench.run([(10, 110), (12, 110)], 200)
    assert sorted(found, key=lambda one: one[1]) == [(12, 110), (10, 114), (11, 118)]  # their output takes one in 8 ns
    neurons = bench.chip.world.neurons
    assert (neurons.flag[PHASE, 10:13] == RESETTING).all()
    assert neurons.timer[RESET_END, 10] == neurons.timer[RESET_END, 11]
    assert bench.pulses == {10: 110, 11: 110, 12: 110}
    assert bench.run([(11, 600)]) == []
    assert (neurons.flag[PHASE, 10:13] == ARMED).all()
    assert bench.counts[10:13].tolist() == [1, 1, 1]


def test_lines_go_to_the_right_and_between_hemispheres(bench):
    """Not from the right, which haldls calls broken, and not from one quadrant to the next."""
    for neuron in (5, 6, 7, 256 + 6, 256 + 7, 126, 127, 128):
        bench.set(neuron, enable_neuron_slave=True, connect_fire_to_right=neuron not in (256 + 6, 7))
    bench.set(6, enable_neuron_master=True, connect_fire_to_right=True, connect_fire_bottom=True)
    bench.set(4, enable_neuron_slave=True, connect_fire_from_right=True)
    bench.set(126, enable_neuron_master=True, connect_fire_to_right=True)
    neurons = bench.chip.world.neurons
    bench.run([(6, 50), (126, 50)], 100)
    assert np.flatnonzero(neurons.flag[PHASE] != ARMED).tolist() == [6, 7, 126, 127, 256 + 6]


def test_without_a_master_nothing_is_on_the_line(bench):
    bench.set(10, connect_fire_to_right=True)
    bench.set(11, enable_neuron_slave=True)
    assert bench.run([(10, 100)]) == [(10, 100)]


def test_post_pulses_from_the_line_need_a_master(bench):
    """haldls:include/haldls/vx/neuron.h, enable_neuron_master."""
    bench.set(10, enable_bayesian_extension=False)
    assert bench.run([(10, 100)]) == [(10, 100)]
    assert bench.pulses == {}
    bench.set(10, enable_bayesian_extension=False, enable_neuron_master=True, connect_fire_to_right=True)
    bench.set(11, enable_bayesian_extension=False)
    assert bench.run([(10, 100)]) == [(10, 100)]
    assert bench.pulses == {10: 100, 11: 100}


def test_post_pulses_can_be_left_to_the_block(bench):
    bench.set(10, enable_neuron_master=True, connect_fire_to_right=True, post_overwrite=True)
    bench.set(11, enable_neuron_slave=True)
    assert bench.run([(10, 100)], 500)
    assert bench.pulses == {11: 100}


_end = _refractory_ticks


@pytest.mark.parametrize(
    ("operation", "left", "right", "expected"),
    [
        ("local", [0], [100], [100]),
        ("and", [0], [], []),
        ("and", [], [100], []),
        ("and", [0], [_end - 6], [_end - 6]),
        ("and", [100], [0], [100]),
        ("and", [0], [_end + 6], []),
        ("and", [0, 1000], [50, 1030], [50, 1030]),
        ("and", [0, _end + 30], [_end - 100], [_end - 100, _end + 30]),
        ("muller_c", [0], [100], [100]),
        ("muller_c", [0], [], []),
        ("muller_c", [0, 1000], [50, 1030], [50, 1030]),
        ("muller_c", [0, _end + 30], [_end - 100], [_end - 100]),
        ("xnor", [0], [], [_end]),
        ("xnor", [], [30], [_end + 30]),
        ("xnor", [0], [100], [100, _end + 100]),
        ("xnor", [0], [0], []),
        ("xnor", [0, _end + 30], [_end - 100], [_end - 100, _end + 30, 2 * _end + 30]),
    ],
)
def test_logic_of_the_own_state_and_the_line(bench, operation, left, right, expected):
    """A neuron and its left neighbour: haldls:include/lola/vx/v3/neuron.h, struct Bayesian."""
    bench.set(20, enable_neuron_master=True, connect_fire_to_right=True, enable_spike_out=False)
    bench.set(21, operation)
    found = bench.run([*((20, 100 + one) for one in left), *((21, 100 + one) for one in right)])
    assert found == [(21, 100 + one) for one in expected]
    if expected and operation != "local":
        assert bench.pulses[21] == 100 + expected[-1]
    assert bench.counts[21] == len(right)


def test_a_split_run_gives_the_events_of_the_whole_run():
    found = []
    for stops in ((2000,), range(7, 2001, 13)):
        bench = Bench()
        bench.set(20, enable_neuron_master=True, connect_fire_to_right=True)
        bench.set(21, "xnor", enable_neuron_master=True, connect_fire_to_right=True)
        bench.set(22, enable_neuron_slave=True)
        start = -(-bench.chip.now_tick // 25) * 25
        bench.chip.advance(start)
        for neuron, tick in ((20, 3), (21, 17)):
            fire(bench.chip.world.neurons, neuron, start + tick)
        for stop in stops:
            bench.chip.advance(start + stop)
        found.append([one.tolist() for one in bench.chip.take_spikes()])
    assert found[0] == found[1]
    assert len(found[0][0]) == 3


def crowded(chip, second):
    """All neurons spike as often as they can in the longest step, every second one drives the line of its neighbour.

    Neurons with numbers that are odd begin their first spike and all others at `second`.
    """
    state, backend = chip.world.neurons, chip.world.chip.backend
    enter_later(chip.world.chip, LINKS)
    number, period = np.arange(neurons), 2 * shortest_state_ticks
    state.flag[SPIKE_OUT], state.duration[REFRACTORY_TICKS] = 1, shortest_state_ticks
    backend.plain[:], backend.operation[:], backend.drives[:] = 0, XNOR, number % 2 == 0
    backend.first[:], backend.count[:], backend.reached[:neurons] = number | 1, 1, number
    backend.counts[0] = neurons
    ticks = [(tick, n) for n in range(neurons) for tick in range(second * (n % 2), longest_step_ticks + 1, period)]
    state.spike_tick[: len(ticks)], state.spike_neuron[: len(ticks)] = np.array(ticks).T
    state.counts[SPIKES] = len(ticks)
    return len(ticks)


def test_a_neuron_that_spikes_often_in_one_step_ends_as_many_exclusive_ors(bench):
    """Two ticks apart, so that two exclusive ors of both states end in the time of a spike."""
    crowded(bench.chip, 2)
    world = bench.chip.world
    assert emit_spikes(world.chip, world.routing, world.queue)
    state = world.chip.backend
    found = [int(tick) for n, tick in zip(state.event_neuron, state.event_tick, strict=True) if n == 21][:13]
    assert found == [*sorted(2 + tick + offset for tick in range(0, 48, 8) for offset in (0, 4)), 50]


def test_all_events_of_the_busiest_step_find_room(bench):
    """No state is shorter than the fastest refractory clock lets it be, and the queue has room for `reserve` events."""
    shortest = neuron_quantities({"refractory_time": 0, "enable_clocks": 1}, {})["refractory_ticks"]
    assert shortest == shortest_state_ticks
    world = bench.chip.world
    queue = new_queue(reserve)
    spikes = crowded(bench.chip, 2)
    assert emit_spikes(world.chip, world.routing, queue)
    left = int(world.chip.backend.counts[EVENTS])
    assert spikes < left <= most_events
    assert reserve - room(queue) == left
    assert sum(1 for _ in range(left) if pop(queue)) == left
    crowded(bench.chip, 2)
    assert not emit_spikes(world.chip, world.routing, new_queue(most_events - 1))
    assert world.neurons.counts[SPIKES] == spikes
