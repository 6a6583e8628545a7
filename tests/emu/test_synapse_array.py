"""Settings of the synapse array through the chip's registers: what an event on a PADI bus does to lines and sensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hicannx.emu.analog.sensor import ACAUSAL, CAUSAL, settle, traces
from hicannx.emu.analog.state import I_EXC, I_INH, row
from hicannx.emu.chip import Chip
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibus import write
from hicannx.regmodel.codec import encode
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import preset

containers = load_registers().containers
_watched = (0, 1, 130, 257, 400)  # neurons of all quadrants
_full_na = 65.0  # an event of weight 63 on the excitatory line, with the settings of the preset
_row_modes = {"disabled": (0, 0), "excitatory": (1, 0), "inhibitory": (0, 0.9), "excitatory_and_inhibitory": (1, 0.9)}


class Bench:
    """A chip, whose neurons of all quadrants integrate what the rows of a driver of either hemisphere give them."""

    def __init__(self) -> None:
        self.chip = Chip()
        fields, codes = preset("spiking")
        known = containers["NeuronConfig"].by_name
        own = {name: value for name, value in fields.items() if name in known}
        shared = load_registers().cells.quadrant
        for neuron in _watched:
            self.write("NeuronConfig", neuron, **{**own, "enable_threshold_comparator": 0})
            for name in codes.keys() - shared.keys():
                self.write("CapMemCell", int(neuron_cell(name)[neuron]), value=codes[name])
        for name in codes.keys() & shared.keys():
            self.cell(name, codes[name])
        self.write_columns("ColumnCurrentQuad", excitatory=True, inhibitory=True)
        self.weights[:], self.labels[:] = 63, 5
        self.driver()

    @property
    def weights(self) -> Any:
        """Weights [hemisphere, row, column], as registers and processors write them."""
        return self.chip.world.chip.weights

    @property
    def labels(self) -> Any:
        return self.chip.world.chip.labels

    def write(self, name: str, e: int, **fields: Any) -> None:
        for address, word in zip(containers[name].addresses(e), encode(containers[name], fields, e), strict=True):
            write(self.chip.world.chip, address, word, 15, -1, self.chip.now_tick)

    def write_columns(self, name: str, **on: bool) -> None:
        for e in range(128):
            self.write(name, e, **{f"enable_synaptic_current_{line}": [value] * 4 for line, value in on.items()})

    def cell(self, name: str, code: int, quadrants: Any = slice(None)) -> None:
        for cell in np.atleast_1d(shared_cell(name)[quadrants]):
            self.write("CapMemCell", int(cell), value=code)

    def driver(self, e: int = 0, **fields: Any) -> None:
        """Driver 0 of both hemispheres, or another one of each, listens."""
        for hemisphere in (0, 1):
            self.write(
                "SynapseDriverConfig",
                128 * hemisphere + e,
                **{"enable_receiver": True, "row_mode_bottom": "excitatory", **fields},
            )

    def event(self, label: int = 5, buses: tuple[int, ...] = (1, 0, 0, 0), select: int = 0) -> tuple[Any, Any]:
        """What an event adds to both lines of the watched neurons, in units of a full excitatory one."""
        state = self.chip.world.neurons
        self.wait_us(0.1)
        row(state, I_EXC)[:], row(state, I_INH)[:] = 0, 0
        for hemisphere in (0, 1):
            fields = {"fire_bus": list(buses), "event_address": label, "row_select_address": select}
            self.write("PADIEvent", hemisphere, **fields)
        self.wait_us(0.15)
        return tuple(row(state, line)[list(_watched)].astype(float) / _full_na for line in (I_EXC, I_INH))

    def wait_us(self, us: float) -> None:
        self.chip.advance(self.chip.now_tick + round(us / tick_us))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_charge_is_proportional_to_the_weight(bench: Bench) -> None:
    found = []
    for weight in (0, 1, 21, 42, 63):
        bench.weights[:] = weight
        found.append(bench.event()[0])
    expected = np.array([0, 1, 21, 42, 63])[:, None] / 63 * np.ones(len(_watched))
    assert np.array(found) == pytest.approx(expected, abs=0.03)


def test_a_synapse_hears_its_own_label_alone(bench: Bench) -> None:
    bench.labels[:] = 5
    bench.labels[:, :, 1] = 37  # neurons 1 and 257: the highest of the six bits counts, too
    assert bench.event(5)[0] == pytest.approx([1, 0, 1, 0, 1], abs=0.03)
    assert bench.event(37)[0] == pytest.approx([0, 1, 0, 1, 0], abs=0.03)
    assert bench.event(4)[0] == pytest.approx([0] * 5)


@pytest.mark.parametrize(("mode", "lines"), _row_modes.items())
@pytest.mark.parametrize("place", ["bottom", "top"])
def test_the_mode_of_a_row_chooses_its_lines(bench: Bench, mode: str, lines: tuple[float, float], place: str) -> None:
    other = {"bottom": "top", "top": "bottom"}[place]
    bench.driver(**{f"row_mode_{place}": mode, f"row_mode_{other}": "disabled"})
    for found, expected in zip(bench.event(), lines, strict=True):
        assert found == pytest.approx([expected] * 5, abs=0.03)


def test_the_bottom_row_is_the_even_one(bench: Bench) -> None:
    bench.weights[:, 1] = 0
    assert bench.event()[0] == pytest.approx([1] * 5, abs=0.03)
    bench.driver(row_mode_bottom="disabled", row_mode_top="excitatory")
    assert bench.event()[0] == pytest.approx([0] * 5)


def test_events_of_both_rows_add_up(bench: Bench) -> None:
    bench.driver(row_mode_top="excitatory")
    bench.weights[:, 1] = 21
    assert bench.event()[0] == pytest.approx([4 / 3] * 5, abs=0.03)


def test_the_bias_of_the_dac_scales_the_quadrant(bench: Bench) -> None:
    bench.cell("syn_i_bias_dac", 300, 1)
    bench.cell("syn_i_bias_dac", 900, 2)
    assert bench.event()[0] == pytest.approx([1, 1, 0.5, 1.5, 1], abs=0.03)


def test_a_longer_pulse_carries_more(bench: Bench) -> None:
    for hemisphere, extension in ((0, 4), (1, 15)):
        bench.write("CommonPADIBusConfig", hemisphere, dacen_pulse_extension=[extension, 0, 0, 0])
    assert bench.event()[0] == pytest.approx([2, 2, 2, 4.75, 4.75], rel=0.03)


def test_column_switches_connect_the_lines(bench: Bench) -> None:
    bench.driver(row_mode_bottom="excitatory_and_inhibitory")
    bench.write_columns("ColumnCurrentQuad", excitatory=False, inhibitory=True)
    excitatory, inhibitory = bench.event()
    assert excitatory == pytest.approx([0] * 5)
    assert inhibitory == pytest.approx([0.9] * 5, abs=0.03)


@pytest.mark.parametrize("mask", [31, 28, 0])
def test_the_mask_of_a_driver_says_which_bits_of_the_row_select_it_compares(bench: Bench, mask: int) -> None:
    bench.driver(row_mode_bottom="disabled")
    bench.driver(4 * 6, row_address_compare_mask=mask)  # index 6 on bus 0
    for select in (6, 7, 20):
        expected = float(select & mask == 6 & mask)
        assert bench.event(select=select)[0] == pytest.approx([expected] * 5, abs=0.03)


def test_a_driver_listens_to_its_own_bus_while_its_receiver_is_on(bench: Bench) -> None:
    assert bench.event(buses=(0, 1, 1, 1))[0] == pytest.approx([0] * 5)
    bench.driver(enable_receiver=False)
    assert bench.event()[0] == pytest.approx([0] * 5)


def test_without_address_output_the_highest_bit_of_the_label_is_compared(bench: Bench) -> None:
    bench.driver(enable_address_out=False)
    bench.labels[:] = 0
    bench.labels[:, :, 1] = 32
    assert bench.event(31)[0] == pytest.approx([1, 0, 1, 0, 1], abs=0.03)
    assert bench.event(33)[0] == pytest.approx([0, 1, 0, 1, 0], abs=0.03)


def test_a_large_activation_is_a_small_address(bench: Bench) -> None:
    """Software sends activation a as 32 - a: grenade, mac_spiketrain_generator.cpp."""
    hagen = {"enable_stp": True, "enable_hagen_modulation": True, "enable_hagen_dac": True, "hagen_dac_offset": 31}
    bench.driver(enable_address_out=False, **hagen)
    bench.labels[:] = 0
    for activation in (1, 7, 16, 31):
        assert bench.event(32 - activation)[0] == pytest.approx([activation / 31] * 5, abs=0.03)


def test_events_that_follow_each_other_by_a_slot_all_arrive(bench: Bench) -> None:
    state = bench.chip.world.neurons
    bench.wait_us(0.1)
    row(state, I_EXC)[:] = 0
    for _ in range(4):
        bench.write("PADIEvent", 0, fire_bus=[1, 0, 0, 0], event_address=5)
        bench.wait_us(0.008)
    bench.wait_us(0.15)
    assert row(state, I_EXC)[0] / _full_na == pytest.approx(4, rel=0.03)


def test_an_event_reaches_the_synapses_at_once_in_all_columns_and_when_it_should(bench: Bench) -> None:
    """70 to 80 ns from the register to the rows, and the step in which the membrane is looked at."""
    state = bench.chip.world.neurons
    bench.wait_us(0.1 - bench.chip.now_tick % 25 * tick_us)
    row(state, I_EXC)[:] = 0
    bench.write("PADIEvent", 0, fire_bus=[1, 0, 0, 0], event_address=5)
    begin = bench.chip.now_tick
    while not row(state, I_EXC)[0]:
        bench.chip.advance(bench.chip.now_tick + 1)
    assert 0.07 <= (bench.chip.now_tick - begin) * tick_us <= 0.07 + 0.09
    assert row(state, I_EXC)[1] == row(state, I_EXC)[0]


def test_sensors_of_a_quadrant_have_its_biases(bench: Bench) -> None:
    bench.cell("syn_i_bias_ramp", 80)
    bench.cell("syn_i_bias_store", 70)
    bench.cell("syn_i_bias_store", 140, 1)  # columns 128 to 255 of the upper half
    bench.cell("syn_i_bias_ramp", 160, 2)  # columns 0 to 127 of the lower half
    views = containers["NeuronReset"].numbering.views()
    bench.event()
    bench.wait_us(2 - 0.15)
    for neuron in _watched:
        bench.write("NeuronReset", int(np.flatnonzero(views["neuron"] == neuron)[0]))
    bench.wait_us(0.2)
    settle(bench.chip.world.chip)
    stored = traces(bench.chip.world.chip.sensors)
    found = [stored[neuron // 256, CAUSAL, 0, neuron % 256] for neuron in _watched]
    pair = 0.5 * 4.5e-3 * np.exp(-2 / np.array([5, 5, 5, 2.5, 5])) * [1, 1, 0.5, 1, 1]
    assert found == pytest.approx(pair, rel=0.05)
    assert not stored[:, ACAUSAL].any()
