"""Adaptive exponential neurons: forward Euler of our own beside that of Brian2, and neurons of the chip beside both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hicannx.configs.chip import load_config
from hicannx.configs.nominal import nominal_quantities
from hicannx.emu.analog.neuron import step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import SPIKES, V, new_neurons, row
from hicannx.emu.machine import tick_us
from hicannx.tools.experiments.predicted import adex_spikes

# C in pF, g_L in nS, E_L, V_T, D_T in mV, a in nS, tau_w in ms, b in pA, V_r in mV, I in pA: Naud, Marcille, Clopath and
# Gerstner, Biological Cybernetics 99, 2008.
patterns = {
    "tonic": (200, 10, -70, -50, 2, 2, 30, 0, -58, 500),
    "adaptation": (200, 12, -70, -50, 2, 2, 300, 60, -58, 500),
    "initial_burst": (130, 18, -58, -50, 2, 4, 150, 120, -50, 400),
    "regular_bursting": (200, 10, -58, -50, 2, 2, 120, 100, -46, 210),
    "delayed_accelerating": (200, 12, -70, -50, 2, -10, 300, 0, -58, 300),
}


def euler(parameters: tuple[float, ...], dt_ms: float, ms: float) -> list[float]:
    """Spike times; units ms, mV, pA, nS, pF."""
    c, g, e_l, v_t, slope, a, tau_w, b, v_r, current = parameters
    v, w, found = float(e_l), 0.0, []
    for k in range(round(ms / dt_ms)):
        flow = (g * (e_l - v) + g * slope * math.exp((v - v_t) / slope) - w + current) / c
        change = (a * (v - e_l) - w) / tau_w
        v, w = v + dt_ms * flow, w + dt_ms * change
        if v > 0:
            found.append(k * dt_ms)
            v, w = v_r, w + b
    return found


@pytest.fixture(scope="module")
def brian2() -> Any:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import brian2 as found
        except (ImportError, AttributeError) as error:  # AttributeError: versions that do not go with this numpy
            pytest.skip(f"brian2 cannot be imported: {error}")
    found.prefs.codegen.target = "numpy"
    return found


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", patterns)
def test_brian2_integrates_the_same_equations_to_the_same_spikes(name: str, brian2: Any) -> None:
    words = ["c", "g", "e_l", "v_t", "slope", "a", "tau_w", "b", "v_r", "current"]
    names = dict(zip(words, patterns[name], strict=True))
    brian2.start_scope()
    equations = """
    dv/dt = (g * (e_l - v) + g * slope * exp((v - v_t) / slope) - w + current) / c / ms : 1
    dw/dt = (a * (v - e_l) - w) / tau_w / ms : 1
    """
    group = brian2.NeuronGroup(
        1, equations, threshold="v > 0", reset="v = v_r; w += b", method="euler", dt=0.02 * brian2.ms, namespace=names
    )
    group.v = names["e_l"]
    monitor = brian2.SpikeMonitor(group)
    net = brian2.Network(group, monitor)
    net.run(150 * brian2.ms)
    expected = euler(patterns[name], 0.02, 150)
    assert len(expected) > 0
    assert np.asarray(monitor.t / brian2.ms) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("neuron", range(4))
def test_neurons_of_the_chip_spike_like_a_plain_integration_of_their_quantities(neuron: int) -> None:
    """Precise steps; the integration goes in steps of 1 ns and knows the circuit's limits as it is written down."""
    quantities = nominal_quantities(load_config("adex_patterns", current=1))
    state = new_neurons(10)
    update_parameters(state, quantities)
    row(state, V)[:] = quantities["v_leak_v"]
    found = []
    for tick in range(0, round(120 / tick_us), 10):
        count = step(state, tick)
        found += state.spike_tick[:count][state.spike_neuron[:count] == neuron].tolist()
        state.counts[SPIKES] = 0
    expected = adex_spikes({name: float(value[neuron]) for name, value in quantities.items()}, 120)
    assert len(found) == len(expected) > 1
    times = np.array(found) * tick_us
    assert times[0] == pytest.approx(expected[0], abs=0.03)
    assert np.diff(times) == pytest.approx(np.diff(expected), rel=0.01)
