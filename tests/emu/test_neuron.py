"""Neurons against the closed forms of the leaky integrate-and-fire model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.circuit import response
from hicannx.emu.analog.neuron import fire, is_settled, step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import (
    ALL_LIVE,
    BYPASS,
    CURVED,
    EXC,
    FULL,
    I_EXC,
    I_INH,
    INH,
    KIND,
    LINEAR,
    LIVE,
    SPIKES,
    STEP_TICKS,
    NeuronState,
    V,
    W,
    neuron_kind,
    new_neurons,
    row,
)
from hicannx.emu.machine import tick_us
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import highest_code, input_names, neuron_quantities, preset

_step = 25


def build(cells: Mapping[str, Any] = {}, step_ticks: int = _step, **fields: Any) -> tuple[NeuronState, dict[str, Any]]:
    """512 neurons of the spiking preset with some settings changed; membranes at the leak potential."""
    own_fields, own_cells = preset("spiking")
    inputs = {**own_fields, **fields}, {**own_cells, **cells}
    quantities = neuron_quantities(
        *({name: np.broadcast_to(value, neurons) for name, value in group.items()} for group in inputs)
    )
    state = new_neurons(step_ticks)
    update_parameters(state, quantities)
    row(state, V)[:] = quantities["v_leak_v"]
    return state, {name: float(value[0]) for name, value in quantities.items()}


def run(state: NeuronState, begin: int, end: int) -> list[tuple[int, int]]:
    """Step from `begin` to `end`; the spikes on the way as (neuron, tick)."""
    length = int(state.counts[STEP_TICKS])
    found: list[tuple[int, int]] = []
    for tick in range(begin, end, length):
        count = step(state, tick)
        found += zip(state.spike_neuron[:count].tolist(), state.spike_tick[:count].tolist())
        state.counts[SPIKES] = 0
    return found


def trace(state: NeuronState, neuron: int, steps: int) -> NDArray[np.float64]:
    values = []
    for k in range(steps):
        step(state, k * _step)
        values.append(float(row(state, V)[neuron]))
    return np.array(values)


def test_the_membrane_decays_to_the_leak_potential_with_its_time_constant() -> None:
    codes = np.linspace(20, 1000, neurons).astype(int)
    state, nominal = build({"i_bias_leak": codes}, enable_threshold_comparator=0)
    tau = neuron_quantities(preset("spiking")[0], {"i_bias_leak": codes})["tau_mem_us"]
    row(state, V)[:] = nominal["v_leak_v"] + 0.1
    run(state, 0, 100 * _step)
    expected = 0.1 * np.exp(-100 * _step * tick_us / tau)
    assert row(state, V) - nominal["v_leak_v"] == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("tau_codes", [(84, 125), (84, 600), (300, 125), (1022, 20)])
@pytest.mark.parametrize("line", [EXC, INH])
def test_a_potential_has_the_form_of_two_exponentials(tau_codes: tuple[int, int], line: int) -> None:
    cells = {"i_bias_leak": tau_codes[0], "i_bias_synin_exc_tau": tau_codes[1], "i_bias_synin_inh_tau": tau_codes[1]}
    state, q = build(cells, enable_threshold_comparator=0)
    inject(state, line, 7, 20, 0)
    times = np.arange(1, 601) * _step * tick_us
    found = trace(state, 7, 600) - q["v_leak_v"]
    tau_m, tau_s = q["tau_mem_us"], q["tau_syn_inh_us" if line else "tau_syn_exc_us"]
    current = 20 * q["amplitude_inh_na" if line else "amplitude_exc_na"] * (-1 if line else 1)
    scale = 1e-3 * current / q["capacitance_pf"] / (1 / tau_s - 1 / tau_m)
    assert found == pytest.approx(scale * (np.exp(-times / tau_m) - np.exp(-times / tau_s)), abs=2e-5)
    assert np.abs(row(state, V)[8:] - q["v_leak_v"]).max() < 1e-5


def test_equal_time_constants_give_the_alpha_function() -> None:
    assert response(3.0, 10.0, 10.0) == pytest.approx(3.0 * np.exp(-0.3), rel=1e-12)
    assert response(3.0, 10.0, 10.0 + 1e-9) == pytest.approx(3.0 * np.exp(-0.3), rel=1e-8)
    assert response(3.0, 10.0, 1e-3) == pytest.approx(1e-3 * np.exp(-0.3), rel=1e-3)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, _step), st.sampled_from([EXC, INH]))
def test_an_event_inside_a_step_acts_at_its_tick(offset: int, line: int) -> None:
    coarse, _ = build(enable_threshold_comparator=0)
    fine, _ = build(step_ticks=1, enable_threshold_comparator=0)
    inject(coarse, line, 0, 63, offset)
    run(fine, 0, offset)
    inject(fine, line, 0, 63, 0)
    run(coarse, 0, 4 * _step)
    run(fine, offset, 4 * _step)
    for name in (V, I_EXC, I_INH):
        assert row(coarse, name)[0] == pytest.approx(row(fine, name)[0], rel=1e-4, abs=1e-6)


def test_rates_follow_the_current_as_the_formula_says() -> None:
    cells = {"i_mem_offset": np.linspace(0, 1000, neurons).astype(int)}
    state, q = build(cells, enable_membrane_offset=1)
    spikes = run(state, 0, 400 * 1000 // 2)
    current = neuron_quantities({"enable_membrane_offset": 1}, cells)["i_offset_na"]
    v_inf = q["v_leak_v"] + 1e-3 * current * q["tau_mem_us"] / q["capacitance_pf"]
    compared = 0
    for n in range(neurons):
        times = np.array([tick for neuron, tick in spikes if neuron == n]) * tick_us
        if v_inf[n] < q["v_threshold_v"]:
            assert len(times) == 0
        elif v_inf[n] > q["v_threshold_v"] + 0.02:
            after_reset = q["v_reset_v"] + 1e-3 * current[n] * q["tau_reset_us"] / q["capacitance_pf"]
            start = after_reset + (q["v_threshold_v"] - after_reset) * np.exp(-2.0 / q["tau_reset_us"])
            rise = q["tau_mem_us"] * np.log((v_inf[n] - start) / (v_inf[n] - q["v_threshold_v"]))
            period = q["comparator_delay_ticks"] * tick_us + q["refractory_us"] + rise
            assert np.diff(times).mean() == pytest.approx(period, rel=5e-3)
            compared += 1
    assert compared > 200


def test_a_spike_is_followed_by_reset_and_refractory_time() -> None:
    state, q = build(refractory_time=100, reset_holdoff=0)
    assert fire(state, 3, 10)
    assert not fire(state, 3, 11)
    values = trace(state, 3, 80)
    release = (10 + q["reset_ticks"]) / _step
    assert q["reset_ticks"] == (100 - 31) * 4
    assert int(np.argmin(values)) + 1 == pytest.approx(release, abs=1)
    assert values.min() == pytest.approx(
        q["v_reset_v"] + (q["v_leak_v"] - q["v_reset_v"]) * np.exp(-q["reset_ticks"] * tick_us / q["tau_reset_us"]),
        abs=1e-3,
    )
    assert state.counts[SPIKES] == 1


@pytest.mark.parametrize("count", [30, 31, 100, 255])
def test_the_shortest_interval_is_the_refractory_time(count: int) -> None:
    state, q = build({"v_leak": 1000, "v_reset": 1000}, refractory_time=count)
    ticks = [tick for neuron, tick in run(state, 0, 400 * _step) if neuron == 0]
    assert np.diff(ticks).tolist() == [4 * count + q["comparator_delay_ticks"]] * (len(ticks) - 1)
    assert len(ticks) > 5


def test_without_a_comparator_a_neuron_integrates_and_never_fires() -> None:
    state, _ = build({"v_leak": 900}, enable_threshold_comparator=0)
    row(state, V)[:] = 0
    assert run(state, 0, 2000 * _step) == []
    assert row(state, V)[0] == pytest.approx(1.4963e-3 * 900 - 0.4359, abs=1e-3)
    assert fire(state, 0, 2000 * _step), "an artificial spike needs no comparator"


def test_without_enable_fire_nothing_fires() -> None:
    state, _ = build({"v_leak": 900}, enable_fire=0)
    assert run(state, 0, 2000 * _step) == []
    assert not fire(state, 0, 2000 * _step)


def test_forced_reset_holds_the_membrane() -> None:
    state, q = build({"v_leak": 900}, force_reset=1)
    assert run(state, 0, 2000 * _step) == []
    assert row(state, V)[0] == pytest.approx(q["v_reset_v"], abs=1e-4)


def test_pause_keeps_currents_from_the_membrane_during_reset() -> None:
    lowest = []
    for pause in (0, 1):
        state, q = build(enable_pause=pause)
        inject(state, EXC, 0, 63, 0)
        fire(state, 0, 0)
        lowest.append(trace(state, 0, 39)[-1] - q["v_reset_v"])
    assert lowest[1] < 5e-3 < lowest[0]


def test_a_disconnected_column_or_a_disabled_input_hears_nothing() -> None:
    for setting in ({"enable_synaptic_current_excitatory": 0}, {"enable_synaptic_input_excitatory": 0}):
        state, q = build(**setting)
        inject(state, EXC, 0, 63, 3)
        run(state, 0, 100 * _step)
        assert row(state, V)[0] == pytest.approx(q["v_leak_v"], abs=1e-6)


def test_bypass_needs_the_column_switch() -> None:
    on, _ = build(enable_bypass_excitatory=1)
    off, _ = build(enable_bypass_excitatory=1, enable_synaptic_current_excitatory=0)
    assert on.flag[BYPASS + EXC].all() and not on.flag[BYPASS + INH].any()
    assert not off.flag[BYPASS + EXC].any()


def test_settled_neurons_stay_bit_for_bit_and_wake_up() -> None:
    state, _ = build()
    inject(state, EXC, 5, 10, 0)
    tick = 0
    while not is_settled(state):
        step(state, tick)
        tick += _step
        assert tick < 100_000 * _step
    before = state.values.copy()
    run(state, tick, tick + 300 * _step)
    assert np.array_equal(state.values, before)
    inject(state, EXC, 5, 10, 0)
    assert not is_settled(state)


def test_changed_parameters_wake_settled_neurons() -> None:
    state, _ = build()
    run(state, 0, 40_000 * _step)
    assert is_settled(state)
    fields, cells = preset("spiking")
    update_parameters(state, neuron_quantities(fields, {**cells, "v_leak": 600}), np.array([17]))
    assert not is_settled(state)
    run(state, 0, 4000 * _step)
    assert row(state, V)[[16, 17]] == pytest.approx([0.420, 0.4619], abs=1e-3)


def _drive(state: NeuronState, begin: int, end: int, seed: int) -> list[tuple[int, int]]:
    spikes = []
    for tick in range(begin, end, _step):
        generator = np.random.default_rng([seed, tick])
        for n in generator.integers(0, neurons, 40):
            inject(state, int(n % 2), int(n), 63, int(generator.integers(0, _step)))
        spikes += run(state, tick, tick + _step)
    return spikes


def _copy(state: Any) -> Any:
    other: Any = new_neurons()
    for name in neuron_kind.names or ():
        other[name] = state[name]
    return other


def test_a_split_run_equals_the_unsplit_run_bit_for_bit() -> None:
    whole, _ = build(refractory_time=40)
    parts, _ = build(refractory_time=40)
    expected = _drive(whole, 0, 1500 * _step, 1)
    found = _drive(parts, 0, 700 * _step, 1)
    parts = _copy(parts)
    found += _drive(parts, 700 * _step, 1500 * _step, 1)
    assert len(expected) > 100
    assert found == expected
    assert all(np.array_equal(whole[name], parts[name]) for name in neuron_kind.names or ())


_cells = sorted(name for name in input_names() if name.startswith(("v_", "i_", "syn_")))
_switches = sorted(name for name in input_names() if name.startswith(("enable_", "invert_", "select_")))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([10, 25, 50]))
def test_any_codes_keep_everything_finite_and_normal(seed: int, step_ticks: int) -> None:
    generator = np.random.default_rng(seed)
    corner = generator.random(neurons) < 0.3
    cells = {
        name: np.where(corner, generator.choice([0, 1, highest_code], neurons), generator.integers(0, 1023, neurons))
        for name in _cells
    }
    fields: dict[str, Any] = {name: generator.integers(0, 2, neurons) for name in _switches}
    fields |= {
        "membrane_capacitor_size": generator.integers(0, 64, neurons),
        "force_reset": generator.random(neurons) < 0.05,
    }
    fields |= {
        "refractory_time": generator.integers(0, 256, neurons),
        "reset_holdoff": generator.integers(0, 16, neurons),
    }
    state = new_neurons(step_ticks)
    update_parameters(state, neuron_quantities(fields, cells))
    for tick in range(0, 700 * step_ticks, step_ticks):
        if tick < 300 * step_ticks:
            for n in generator.integers(0, neurons, 30):
                inject(state, int(n % 2), int(n), 63, int(generator.integers(0, step_ticks)))
        run(state, tick, tick + step_ticks)
    values = np.abs(state.values)
    assert np.isfinite(state.values).all()
    assert not ((values > 0) & (values < np.finfo(np.float32).tiny)).any()
    assert row(state, I_EXC).min() >= 0 and row(state, I_INH).min() >= 0


@pytest.mark.parametrize("line", [EXC, INH])
@pytest.mark.parametrize("kind", [LINEAR, CURVED, FULL])
def test_a_line_saturates_in_every_loop(line: int, kind: int) -> None:
    state, nominal = build(enable_threshold_comparator=0)
    state.block[KIND] = kind
    name, gain = ("exc", 1) if line == EXC else ("inh", -1)
    inject(state, line, 5, 20 * 63, 0)  # over three times what the line can carry
    begin = float(row(state, V)[5])
    run(state, 0, _step)
    share = response(_step * tick_us, nominal["tau_mem_us"], nominal[f"tau_syn_{name}_us"])
    limited = gain * nominal[f"saturation_{name}_na"] * share * 1e-3 / nominal["capacitance_pf"]
    alone = float(row(state, V)[6]) - begin
    assert row(state, V)[5] - begin - alone == pytest.approx(limited, rel=1e-3)


@pytest.mark.parametrize("kind", [LINEAR, FULL])
def test_a_walked_neuron_knows_the_saturation_too(kind: int) -> None:
    """A neuron that is refractory until the middle of a step is integrated by `walk` instead of by the loops."""
    state, nominal = build(enable_threshold_comparator=0)
    assert fire(state, 5, 7)
    end = int(nominal["refractory_ticks"]) // _step * _step
    run(state, 0, end)
    state.block[KIND] = kind
    inject(state, EXC, 5, 20 * 63, 0)
    inject(state, EXC, 6, 20 * 63, 0)
    begin = row(state, V).copy()
    run(state, end, end + _step)
    rise = (row(state, V) - begin).astype(float)
    assert rise[6] - rise[7] > 0.005
    tau = _step * tick_us / nominal["tau_mem_us"]
    assert rise[5] - rise[6] == pytest.approx((begin[6] - begin[5]) * -np.expm1(-tau), abs=2e-4)


@pytest.mark.parametrize("events", [0, 1])
@pytest.mark.parametrize("curved", [0, 1])
def test_loops_without_what_is_not_there_do_the_same_bit_for_bit(curved: int, events: int) -> None:
    chance, states = np.random.default_rng(5), []
    offsets = chance.normal(0, 0.03, neurons)
    for all_live in (0, ALL_LIVE):
        state, _ = build({"v_leak": 726, "v_exp": 800, "i_bias_exp": 300}, enable_exponential=curved)
        row(state, V)[:] -= 0.1 + offsets
        spikes = 0
        for k in range(600):
            if events:
                inject(state, EXC, 7 * k % neurons, 20.0, k % _step)
            state.block[LIVE] |= all_live
            spikes += step(state, k * _step)
            state.counts[SPIKES] = 0
        states.append((row(state, V).copy(), row(state, I_EXC).copy(), spikes))
    assert states[0][2] == states[1][2] > 100
    assert all(np.array_equal(one, other) for one, other in zip(*(state[:2] for state in states), strict=True))


@pytest.mark.parametrize("pulse", [0, 1])
def test_adaptation_without_a_membrane_that_it_pulls_decays_all_the_same(pulse: int) -> None:
    state, nominal = build(
        {"i_bias_adapt_tau": 500, "i_bias_adapt_b": 200}, enable_adaptation=0, enable_adaptation_pulse=pulse
    )
    row(state, W)[5] = 0.3
    update_parameters(state, {name: np.full(neurons, value) for name, value in nominal.items()})
    run(state, 0, 40 * _step)
    expected = 0.3 * np.exp(-40 * _step * tick_us / nominal["tau_adapt_us"])
    assert row(state, W)[5] == pytest.approx(expected, rel=1e-3)
