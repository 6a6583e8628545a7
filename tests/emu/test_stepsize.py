"""Steps of the analog core by name, and warnings where one is long."""

from __future__ import annotations

import numpy as np
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import AMPLITUDE, CAN_FIRE, EXC, HAS_COMPARATOR, STEP_TICKS, new_neurons
from hicannx.emu.chip import Chip
from hicannx.emu.stepsize import coarse_steps, step_ticks
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import neuron_quantities, preset


@pytest.mark.parametrize(("name", "ticks"), [("precise", 10), ("default", 25), ("fast", 50), (12, 12)])
def test_a_chip_goes_in_the_step_that_was_asked_for(name: str | int, ticks: int) -> None:
    chip = Chip(step=name)
    assert chip.world.neurons.counts[STEP_TICKS] == step_ticks(name) == ticks
    chip.set_reset(True)
    chip.set_reset(False)
    assert chip.world.neurons.counts[STEP_TICKS] == ticks


@pytest.mark.parametrize(
    ("step", "help_text"),
    [("precis", "did you mean `precise`?"), (51, "known here: `default`, `fast`, `precise`"), (0, "known here")],
)
def test_other_steps_are_refused(step: str | int, help_text: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        Chip(step=step)
    (found,) = caught.value.diagnostics
    assert (found.code, found.title) == ("E200", f"there is no analog step `{step}`")
    assert found.help.startswith(help_text)


def warnings(ticks: int, **changed: object) -> list[tuple[str, str]]:
    fields, cells = preset("spiking")
    quantities = {name: np.broadcast_to(value, neurons) for name, value in neuron_quantities(fields, cells).items()}
    state = new_neurons(ticks)
    update_parameters(
        state, {**quantities, **{name: np.broadcast_to(value, neurons) for name, value in changed.items()}}
    )
    return [(one.title, one.help) for one in coarse_steps(state)]


def test_a_slow_neuron_is_content_with_the_default_step() -> None:
    assert warnings(25) == []


def test_fast_lines_want_a_shorter_step() -> None:
    tau = np.full(neurons, 10.0)
    tau[17], tau[100] = 0.25, 0.28
    title = "a step of 50 ns is long beside tau_syn_exc_us of 2 neurons, the shortest that of neuron 17, 0.25 us"
    assert warnings(25, tau_syn_exc_us=tau) == [(title, "take the step `precise`")]
    assert warnings(10, tau_syn_exc_us=tau) == []
    tau[100] = 10
    title = "a step of 100 ns is long beside tau_reset_us of neuron 17, 0.25 us"
    assert (title, "take the step `precise`") in warnings(50, tau_reset_us=tau)


def test_a_time_constant_that_is_shorter_than_all() -> None:
    title = "a step of 20 ns is long beside tau_syn_inh_us of 512 neurons, the shortest that of neuron 0, 0.1 us"
    assert warnings(10, tau_syn_inh_us=0.1) == [(title, "there is no shorter step")]
    assert warnings(25, tau_syn_inh_us=0.1)[0][1] == "take the step `precise`, which is the shortest"


def test_what_is_not_in_use_is_not_looked_at() -> None:
    fields, cells = preset("spiking")
    state = new_neurons()
    quantities = neuron_quantities(fields, cells)
    update_parameters(state, {**quantities, "tau_syn_exc_us": np.full(1, 0.1), "tau_reset_us": np.full(1, 0.1)})
    assert len(list(coarse_steps(state))) == 2
    state.line[EXC, AMPLITUDE] = 0
    state.flag[[CAN_FIRE, HAS_COMPARATOR]] = 0
    assert list(coarse_steps(state)) == []
