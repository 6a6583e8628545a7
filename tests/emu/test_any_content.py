"""Whatever registers and cells hold: potentials are numbers within the rails, and a run in pieces is the whole run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.neuron import fire, step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.rails import V_CEILING, V_FLOOR
from hicannx.emu.analog.state import (
    I_EXC,
    I_INH,
    NOISY,
    SEED,
    SPIKES,
    NeuronState,
    V,
    W,
    neuron_kind,
    new_neurons,
    row,
)
from hicannx.emu.analog.topology import connect, switches
from hicannx.emu.chip import Chip
from hicannx.emu.neuronregisters import neuron_containers
from hicannx.emu.refresh import _handlers, refresh_all
from hicannx.emu.registerfields import rows_of
from hicannx.emu.wiring import neurons
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import highest_code, input_names, neuron_quantities

_cells = sorted(name for name in input_names() if name.startswith(("v_", "i_", "syn_", "neuron_", "e_")))
_fields = sorted(set(input_names()) - set(_cells))
_slowest_source = 0xFF00  # of a source's period, so that its events do not fill the queue


def any_neurons(generator: np.random.Generator, step_ticks: int, connected: float, noise: bool) -> NeuronState:
    """Neurons of any content; few or many of the membranes are connected."""
    corner = generator.random(neurons) < 0.3
    inputs: dict[str, Any] = {}
    for name in _cells:
        anything = generator.integers(0, 1024, neurons)
        inputs[name] = np.where(corner, generator.choice([0, 1, highest_code], neurons), anything)
    for name in _fields:
        field = next((one.by_name[name] for one in load_registers().containers.values() if name in one.by_name), None)
        inputs[name] = generator.integers(0, (1 << field.width if field else 2), neurons)
    inputs |= {name: (generator.random(neurons) < connected).astype(int) for name in switches}
    quantities = neuron_quantities(inputs, {})
    state = new_neurons(step_ticks)
    update_parameters(state, quantities)
    connect(state, inputs, quantities)
    row(state, V)[:] = generator.uniform(V_FLOOR, V_CEILING, neurons)
    state.counts[[NOISY, SEED]] = noise, generator.integers(0, 1 << 31)
    return state


def drive(state: NeuronState, generator: np.random.Generator, begin: int, steps: int, step_ticks: int) -> None:
    for tick in range(begin, begin + steps * step_ticks, step_ticks):
        for n in generator.integers(0, neurons, generator.integers(0, 12)):
            inject(state, int(n % 2), int(n), 63, int(generator.integers(0, step_ticks)))
        if generator.random() < 0.2:
            fire(state, int(generator.integers(0, neurons)), tick + int(generator.integers(0, step_ticks)))
        step(state, tick)
        state.counts[SPIKES] = 0


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([10, 25, 50]), st.sampled_from([0, 0.01, 0.3]), st.booleans())
def test_potentials_are_within_the_rails(seed: int, step_ticks: int, connected: float, noise: bool) -> None:
    generator = np.random.default_rng(seed)
    state = any_neurons(generator, step_ticks, connected, noise)
    for k in range(20):
        drive(state, generator, 20 * k * step_ticks, 20, step_ticks)
        assert np.isfinite(state.values).all()
        assert row(state, V).min() >= V_FLOOR
        assert row(state, V).max() <= np.float32(V_CEILING)
        assert row(state, I_EXC).min() >= 0
        assert row(state, I_INH).min() >= 0
        assert np.abs(row(state, W)).max() < 2 * V_CEILING  # a spike adds to it behind the step
    values = np.abs(state.values)
    assert not ((values > 0) & (values < np.finfo(np.float32).tiny)).any()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from([10, 25, 50]), st.integers(1, 199))
def test_the_state_of_the_neurons_is_all_that_the_next_steps_depend_on(seed: int, step_ticks: int, cut: int) -> None:
    whole, parts = (any_neurons(np.random.default_rng(seed), step_ticks, 0.01, True) for _ in range(2))
    drive(whole, np.random.default_rng(seed), 0, 200, step_ticks)
    generator = np.random.default_rng(seed)
    drive(parts, generator, 0, cut, step_ticks)
    kept: Any = new_neurons(step_ticks)
    for name in neuron_kind.names or ():
        kept[name] = parts[name]
    drive(kept, generator, cut * step_ticks, 200 - cut, step_ticks)
    assert all(np.array_equal(whole[name], kept[name]) for name in neuron_kind.names or ())


def any_chip(generator: np.random.Generator, step_name: str) -> Chip:
    """A chip whose registers that matter to neurons and events hold anything, after a refresh."""
    chip = Chip(step=step_name)
    state: Any = chip.world.chip
    for name in sorted({*_handlers, *neuron_containers} - {"PLLSelfTest", "EventRecordingConfig"}):
        rows = rows_of(name)
        state.register[rows] = generator.integers(0, 1 << 32, rows.shape, np.uint32)
    cells = rows_of("CapMemCell")
    state.register[cells] = generator.integers(0, 1024, cells.shape)
    sources = rows_of("BackgroundSpikeSource")
    period = load_registers().containers["BackgroundSpikeSource"].by_name["period"].elements[0][0]
    state.register[sources[:, -1]] |= np.uint32(_slowest_source << period.lsb)
    for name in ("weights", "labels", "even_msb2", "odd_msb2"):
        cells = getattr(state, name)
        cells[:] = generator.integers(0, 4 if "msb2" in name else 64, cells.shape)
    state.neurons.counts[[NOISY, SEED]] = 1, generator.integers(0, 1 << 31)
    refresh_all(chip.world)
    return chip


@pytest.mark.parametrize("seed", range(4))
def test_a_chip_of_any_content_runs_in_pieces_as_it_does_at_once(seed: int) -> None:
    step_name = ["default", "fast", "precise", "default"][seed]
    whole, parts = (any_chip(np.random.default_rng(seed), step_name) for _ in range(2))
    end = 20_000
    whole.advance(end)
    generator = np.random.default_rng([seed, 1])
    while parts.now_tick < end:
        parts.advance(min(end, parts.now_tick + int(generator.integers(1, 400))))
    states: list[Any] = [whole.world.chip, parts.world.chip]
    for group in ("neurons", "sensors", "drivers"):
        for name in states[0][group].dtype.names:
            assert np.array_equal(states[0][group][name], states[1][group][name]), (group, name)
    for name in ("clock", "counters", "weights", "latch"):
        assert np.array_equal(states[0][name], states[1][name]), name
    values = states[0].neurons.values
    assert np.isfinite(values).all()
    assert row(states[0].neurons, V).max() <= np.float32(V_CEILING)
    assert row(states[0].neurons, V).min() >= V_FLOOR
    assert states[0].neurons.spike_count.sum() > 10
    assert [one.tolist() for one in whole.take_spikes()] == [one.tolist() for one in parts.take_spikes()]
