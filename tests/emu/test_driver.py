"""Pulses of synapse drivers: short-term plasticity and activations, as the lines of the neurons see them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from hicannx.emu.analog.state import I_EXC, row
from hicannx.emu.chip import Chip
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibus import write
from hicannx.regmodel.codec import encode
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import preset

containers = load_registers().containers


class Bench:
    """A chip with one synapse of weight 63 at driver 0, neuron 0 of the spiking preset, which does not fire."""

    def __init__(self, driver: dict[str, Any], stp: dict[str, Any], cells: dict[str, int]) -> None:
        self.chip = Chip()
        fields, codes = preset("spiking")
        known = containers["NeuronConfig"].by_name
        own = {name: value for name, value in fields.items() if name in known}
        self.write("NeuronConfig", 0, **{**own, "enable_threshold_comparator": 0})
        for name, code in {**codes, **cells}.items():
            shared = name in load_registers().cells.quadrant
            self.write("CapMemCell", int(shared_cell(name)[0] if shared else neuron_cell(name)[0]), value=code)
        self.write("SynapseDriverConfig", 0, enable_receiver=True, row_mode_bottom="excitatory", **driver)
        self.write("CommonSTPConfig", 0, **stp)
        self.write("ColumnCurrentQuad", 0, enable_synaptic_current_excitatory=[True] * 4)
        self.chip.world.chip.weights[0, 0, 0] = 63
        self.chip.world.chip.labels[0, 0, 0] = 32 if not driver.get("enable_address_out", True) else 0
        self.wait_us(0.5)

    def write(self, name: str, e: int, **fields: Any) -> None:
        for address, word in zip(containers[name].addresses(e), encode(containers[name], fields, e), strict=True):
            write(self.chip.world.chip, address, word, 15, -1, self.chip.now_tick)

    def pulse(self, label: int = 0) -> float:
        """The length of the pulse of an event, by the current that it adds."""
        before = float(row(self.chip.world.neurons, I_EXC)[0])
        self.write("PADIEvent", 0, fire_bus=[1, 0, 0, 0], event_address=label)
        self.wait_us(0.2)
        added = float(row(self.chip.world.neurons, I_EXC)[0]) - before
        row(self.chip.world.neurons, I_EXC)[0] = 0
        return added / 65

    def wait_us(self, us: float) -> None:
        self.chip.advance(self.chip.now_tick + round(us / tick_us))


_stp = {"enable_recovery_clock": True, "recovery_clock_speed": 3}
_cells = {
    "stp_i_ramp": 600,
    "stp_v_charge_0": 100,
    "stp_v_recover_0": 400,
    "stp_v_charge_1": 330,
    "stp_v_recover_1": 50,
}


def train(select: int, count: int = 10) -> list[float]:
    """Pulses of 100 kHz from the recovered state."""
    driver = {"enable_stp": True, "enable_recovery": True, "utilization": 6, "recovery": 7, "offset": 7}
    bench = Bench({**driver, "select_target_voltages": select}, _stp, _cells)
    bench.pulse()
    bench.wait_us(5000)
    found = []
    for _ in range(count):
        found.append(bench.pulse())
        bench.wait_us(10 - 0.2)
    return found


def test_a_driver_without_plasticity_sends_full_pulses() -> None:
    bench = Bench({}, {}, {})
    assert [bench.pulse() for _ in range(3)] == pytest.approx([1, 1, 1], abs=0.03)


def test_depression_falls_towards_a_fixed_point() -> None:
    found = train(1)
    assert all(later < earlier + 0.02 for earlier, later in pairwise(found))
    assert found[0] == pytest.approx(1 - 0.002 * (50 + 0.2 * (330 - 50)), abs=0.03)  # the first one uses its share, too
    assert found[0] - found[1] > 3 * (found[-2] - found[-1])


def test_facilitation_rises() -> None:
    found = train(0)
    assert all(later > earlier - 0.02 for earlier, later in pairwise(found))
    assert found[-1] > found[0] + 0.1


@pytest.mark.parametrize("activation", [1, 8, 16, 31])
def test_an_activation_is_the_length_of_the_pulse(activation: int) -> None:
    hagen = {"enable_stp": True, "enable_hagen_modulation": True, "enable_hagen_dac": True, "hagen_dac_offset": 31}
    bench = Bench({**hagen, "enable_address_out": False}, {}, _cells)
    assert bench.pulse(32 | 32 - activation) == pytest.approx(activation / 31, abs=0.03)


def test_a_larger_offset_shortens_pulses() -> None:
    driver = {"enable_stp": True, "utilization": 0}
    short, long = (Bench({**driver, "offset": offset}, _stp, _cells).pulse() for offset in (15, 0))
    assert long > short
    assert np.isfinite([short, long]).all()
