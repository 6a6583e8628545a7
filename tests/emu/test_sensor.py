"""Correlation sensors through the chip: events over the PADI bus, spikes by order, traces as the CADC sees them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import ACAUSAL, CAUSAL, settle, traces
from hicannx.emu.chip import Chip
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibus import write
from hicannx.regmodel.codec import encode
from hicannx.regmodel.geometry import shared_cell
from hicannx.regmodel.load import load_registers

containers = load_registers().containers
_lsb_v = 4.5e-3


class Bench:
    """A chip whose driver 0 of the top hemisphere listens; neurons fire only when told."""

    def __init__(self, **cells: int) -> None:
        self.chip = Chip()
        self.write("SynapseDriverConfig", [0], enable_receiver=True, row_mode_bottom="excitatory")
        self.write("NeuronConfig", range(512), enable_fire=True)
        self.write("NeuronBackendConfig", range(512), refractory_time=10)
        for name, code in {"syn_i_bias_ramp": 80, "syn_i_bias_store": 70, **cells}.items():
            self.write("CapMemCell", shared_cell(name), value=code)
        self.wait_us(0.1)

    def write(self, name: str, instances: Any, **fields: Any) -> None:
        for e in instances:
            words = encode(containers[name], fields, int(e))
            for address, word in zip(containers[name].addresses(int(e)), words, strict=True):
                write(self.chip.world.chip, address, word, 15, -1, self.chip.now_tick)

    def event(self, label: int = 0) -> None:
        self.write("PADIEvent", [0], fire_bus=[1, 0, 0, 0], event_address=label)

    def pulse(self, column: int = 0) -> None:
        views = containers["NeuronReset"].numbering.views()
        (e,) = np.flatnonzero(views["neuron"] == column)
        self.write("NeuronReset", [e])

    def wait_us(self, us: float) -> None:
        self.chip.advance(self.chip.now_tick + round(us / tick_us))

    @property
    def stored(self) -> NDArray[np.float32]:
        settle(self.chip.world.chip)
        return traces(self.chip.world.chip.sensors)


@pytest.mark.parametrize("delay_us", [1.0, 3.0, 10.0])
def test_a_pair_adds_what_is_left_of_an_exponential(delay_us: float) -> None:
    bench = Bench()
    bench.event()
    bench.wait_us(delay_us)
    bench.pulse()
    bench.wait_us(30)
    bench.event(label=0)
    bench.wait_us(1)
    stored = bench.stored
    assert stored[0, CAUSAL, 0, 0] == pytest.approx(0.5 * _lsb_v * np.exp(-delay_us / 5), rel=0.05)
    assert stored[0, ACAUSAL, 0, 0] == pytest.approx(0.5 * _lsb_v * np.exp(-30 / 5), rel=0.05)
    assert np.count_nonzero(stored[0, CAUSAL]) == 1
    assert np.count_nonzero(stored[1]) == 0


def test_nearest_neighbours_pair_once() -> None:
    bench = Bench()
    bench.event()
    bench.wait_us(2)
    bench.event()
    bench.wait_us(2)
    bench.pulse()
    bench.wait_us(2)
    bench.pulse()  # no further event in between
    bench.wait_us(2)
    bench.event()
    bench.wait_us(2)
    bench.event()
    bench.wait_us(1)
    single = 0.5 * _lsb_v * np.exp(-2 / 5)
    assert bench.stored[0, CAUSAL, 0, 0] == pytest.approx(single, rel=0.05)
    assert bench.stored[0, ACAUSAL, 0, 0] == pytest.approx(single, rel=0.05)


def test_only_synapses_with_the_label_of_the_event_see_it() -> None:
    bench = Bench()
    labels = bench.chip.world.chip.labels
    labels[0, 0] = np.arange(256) % 64
    bench.event(label=7)
    bench.wait_us(1)
    for column in (7, 8, 71):
        bench.pulse(column)
    bench.wait_us(1)
    assert np.flatnonzero(bench.stored[0, CAUSAL, 0]).tolist() == [7, 71]
    assert np.count_nonzero(bench.stored) == 2


def test_calibration_bits_and_bias_cells_act() -> None:
    bench = Bench(syn_i_bias_ramp=160, syn_i_bias_store=35)
    state = bench.chip.world.chip
    state.even_msb2[0, 0, :4] = state.odd_msb2[0, 0, :4] = np.arange(4)
    bench.event()
    bench.wait_us(2)
    for column in range(4):
        bench.pulse(column)
    bench.wait_us(1)
    code = np.arange(4)
    expected = 1.0 * _lsb_v * (1 - 0.25 * code) * np.exp(-2 / (2.5 * (1 - 0.15 * code)))
    assert bench.stored[0, CAUSAL, 0, :4] == pytest.approx(expected, rel=0.1)


def test_many_pairs_fill_the_sensor_up_to_its_end() -> None:
    bench = Bench(syn_i_bias_store=1)
    for _ in range(30):
        bench.event()
        bench.wait_us(0.5)
        bench.pulse()
        bench.wait_us(1)
    assert bench.stored[0, CAUSAL, 0, 0] == np.float32(0.72)


def test_the_stdp_window_has_the_right_signs() -> None:
    """30 pairs at 1 and 5 us, as calix tests it: causal above acausal and the other way round, and decaying."""
    found = {}
    for delay_us in (1.0, 5.0, -1.0, -5.0):
        bench = Bench()
        for _ in range(30):
            first, second = (bench.event, bench.pulse) if delay_us > 0 else (bench.pulse, bench.event)
            first()
            bench.wait_us(abs(delay_us))
            second()
            bench.wait_us(100)
        found[delay_us] = bench.stored[0, :, 0, 0] / _lsb_v
    assert found[1.0][CAUSAL] > found[5.0][CAUSAL] > 1 > found[1.0][ACAUSAL]
    assert found[-1.0][ACAUSAL] > found[-5.0][ACAUSAL] > 1 > found[-1.0][CAUSAL]
    assert found[1.0][CAUSAL] == pytest.approx(15 * np.exp(-1 / 5), rel=0.05)


def test_where_spikes_are_no_pulses_the_host_sends_them() -> None:
    bench = Bench()
    bench.write("NeuronBackendConfig", range(4), refractory_time=10, post_overwrite=True)
    bench.wait_us(0.1)
    bench.event()
    bench.wait_us(1)
    for column in range(6):
        bench.pulse(column)
    bench.wait_us(0.2)
    assert np.flatnonzero(bench.stored[0, CAUSAL, 0]).tolist() == [4, 5]
    bench.write("BlockPostPulse", [0])
    bench.wait_us(0.2)
    assert np.flatnonzero(bench.stored[0, CAUSAL, 0]).tolist() == [0, 1, 2, 3, 4, 5]
