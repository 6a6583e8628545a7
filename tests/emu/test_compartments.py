"""Connected membranes against the differential equations that they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.neuron import step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import CLUSTERS, EXC, SPIKES, NeuronState, V, new_neurons, row
from hicannx.emu.analog.topology import connect, switches
from hicannx.emu.machine import tick_us
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import neuron_quantities, preset

_step = 25
_dt_us = _step * tick_us


def build(
    on: dict[str, list[int]], firing: tuple[int, ...] = (), **changed: Any
) -> tuple[NeuronState, dict[str, NDArray[np.float64]]]:
    """Neurons of the spiking preset of which few fire, with switches on in the neurons listed."""
    fields, cells = preset("spiking")
    inputs = {name: np.full(neurons, value) for name, value in {**fields, **cells, "i_bias_nmda": 500}.items()}
    inputs |= {name: np.zeros(neurons, np.int64) for name in switches}
    inputs |= {name: np.broadcast_to(value, neurons) for name, value in changed.items()}
    inputs["enable_threshold_comparator"] = np.isin(np.arange(neurons), firing).astype(int)
    for name, members in on.items():
        inputs[name][members] = 1
    quantities = neuron_quantities(inputs, {})
    state = new_neurons(_step)
    update_parameters(state, quantities)
    connect(state, inputs, quantities)
    row(state, V)[:] = quantities["v_leak_v"]
    return state, quantities


def trace(state: NeuronState, members: list[int], steps: int) -> NDArray[np.float64]:
    found = []
    for k in range(steps):
        step(state, k * _step)
        state.counts[SPIKES] = 0
        found.append(row(state, V)[members].astype(np.float64))
    return np.array(found)


def test_six_merged_membranes_are_one_of_six_times_the_capacitance() -> None:
    state, q = build({"connect_membrane_right": [0, 1, 2, 3, 4]}, membrane_capacitor_size=63)
    members = list(range(6))
    assert state.counts[CLUSTERS] == 1
    inject(state, EXC, 2, 63, 0)
    found = trace(state, members, 400)
    alone, _ = build({})
    inject(alone, EXC, 2, 63, 0)
    single = trace(alone, [2], 400)[:, 0]
    rest = q["v_leak_v"][0]
    assert np.ptp(found, axis=1).max() < 1e-6
    assert found[:, 0] - rest == pytest.approx((single - rest) / 6, abs=2e-5)


def test_merged_circuits_bring_their_parasitic_capacitances() -> None:
    """One leak for six circuits, of which one has its capacitor: 45 % slower; calix finds more than 24 % on the chip."""
    first = np.arange(neurons) == 0
    state, q = build(
        {"connect_membrane_right": [0, 1, 2, 3, 4]},
        membrane_capacitor_size=np.where(first, 63, 0),
        i_bias_leak=np.where(first, 300, 1),
    )
    row(state, V)[:6] += 0.1
    values = trace(state, [0], 200)[:, 0] - 0.42
    tau = -199 * _dt_us / np.log(values[-1] / values[0])
    leak = (q["capacitance_pf"] / q["tau_mem_us"])[:6]
    assert tau == pytest.approx(q["capacitance_pf"][:6].sum() / leak.sum(), rel=2e-3)
    assert 1.3 < q["capacitance_pf"][:6].sum() / q["capacitance_pf"][0] < 1.6


def test_top_and_bottom_are_connected() -> None:
    state, _ = build({"connect_bottom": [5]})
    row(state, V)[5] += 0.1
    found = trace(state, [5, 261], 1)
    assert found[0, 0] == pytest.approx(found[0, 1], abs=1e-6)
    assert found[0, 0] - 0.42 == pytest.approx(0.05, abs=1e-3)


def test_blocks_are_not_connected() -> None:
    state, _ = build({"connect_membrane_right": [127, 255, 511]})
    assert state.counts[CLUSTERS] == 0


def reference(q: dict[str, NDArray[np.float64]], size: int, current_na: float, steps: int) -> NDArray[np.float64]:
    """Two compartments and more over conductances to the next: dense equations with steps of 1 ns."""
    c, g_leak = q["capacitance_pf"][:size], q["capacitance_pf"][:size] / q["tau_mem_us"][:size]
    g, rest, tau = q["icc_conductance_us"][:size], q["v_leak_v"][:size], q["tau_syn_exc_us"][0]
    v, found, line, dt = rest.copy(), [], current_na, 1e-3
    for k in range(round(steps * _dt_us / dt)):
        flow = g_leak * (rest - v)
        for left in range(size - 1):
            between = g[left] * (v[left + 1] - v[left])
            flow[left] += between
            flow[left + 1] -= between
        flow[0] += 1e-3 * line
        v = v + dt * flow / c
        line *= np.exp(-dt / tau)
        if (k + 1) % round(_dt_us / dt) == 0:
            found.append(v.copy())
    return np.array(found)


def test_two_compartments_over_a_conductance() -> None:
    # 0 reaches its segment over its conductance, which goes on to the segment of 1, to which 1 is connected directly.
    on = {"enable_multicomp_conductance": [0], "connect_soma_right": [0], "connect_soma": [1]}
    state, q = build(on)
    inject(state, EXC, 0, 63, 0)
    found = trace(state, [0, 1], 400)
    expected = reference(q, 2, 63 * q["amplitude_exc_na"][0], 400)
    assert found == pytest.approx(expected, abs=3e-4)
    assert found[:, 1].max() - 0.42 > 0.02


def test_two_conductances_on_one_segment_are_in_series() -> None:
    on = {"enable_multicomp_conductance": [0, 1], "connect_soma_right": [0]}
    state, q = build(on)
    inject(state, EXC, 0, 63, 0)
    found = trace(state, [0, 1], 400)
    q["icc_conductance_us"] = q["icc_conductance_us"] / 2
    expected = reference(q, 2, 63 * q["amplitude_exc_na"][0], 400)
    assert found == pytest.approx(expected, abs=3e-4)


def test_the_conductance_keeps_the_charge() -> None:
    on = {"enable_multicomp_conductance": [0, 1, 2, 3], "connect_soma_right": [0, 1, 2]}
    state, q = build(on, i_bias_leak=0)
    row(state, V)[[0, 1, 2, 3]] = [0.5, 0.4, 0.3, 0.45]
    charge = float((row(state, V)[:4] * q["capacitance_pf"][:4]).sum())
    trace(state, [0], 1)
    after = float((row(state, V)[:4] * q["capacitance_pf"][:4]).sum())
    assert after == pytest.approx(charge, abs=2e-3)


def test_a_spike_of_a_compartment_is_found_where_the_threshold_is_crossed() -> None:
    state, q = build({"connect_membrane_right": [0]}, firing=(0,))
    row(state, V)[:2] = float(q["v_threshold_v"][0]) - 0.001
    for _ in range(3):
        inject(state, EXC, 1, 63, 0)
    found = []
    for k in range(40):
        count = step(state, k * _step)
        found += [(int(state.spike_neuron[i]), int(state.spike_tick[i])) for i in range(count)]
        state.counts[SPIKES] = 0
    current = 3 * 63 * q["amplitude_exc_na"][0] / 2
    rise = 1e-3 * current / q["capacitance_pf"][0] - 0.2 / q["tau_mem_us"][0]
    assert [neuron for neuron, _ in found] == [0]
    assert found[0][1] * tick_us == pytest.approx(0.001 / rise + 0.05, abs=0.01)
