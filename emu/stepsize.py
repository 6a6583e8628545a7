"""How long a step of the analog core is: names, and neurons that are too fast for it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity, did_you_mean
from hicannx.emu.analog.state import (
    AMPLITUDE,
    CAN_FIRE,
    EXC,
    HAS_COMPARATOR,
    INH,
    RESET,
    STEP_TICKS,
    TAU_EXC,
    TAU_INH,
    TAU_OF,
    NeuronState,
)
from hicannx.emu.machine import analog_steps, longest_step_ticks, tick_us

_steps_a_time_constant = 6  # what lies within is summed up to 0.4 %, see analog/charge.py
_quantities = (("tau_syn_exc_us", TAU_EXC), ("tau_syn_inh_us", TAU_INH), ("tau_reset_us", TAU_OF + RESET))


def step_ticks(step: str | int) -> int:
    """The ticks of a step by name or number; a DiagnosticError (E200) if there is none."""
    if isinstance(step, int) and 1 <= step <= longest_step_ticks:
        return step
    if isinstance(step, str) and step in analog_steps:
        return analog_steps[step]
    title = f"there is no analog step `{step}`"
    raise DiagnosticError([Diagnostic("E200", title, help=did_you_mean(str(step), analog_steps))])


def coarse_steps(state: NeuronState) -> Iterator[Diagnostic]:
    """A warning (E201) for each time constant that is shorter than six steps in neurons that use it."""
    ticks = int(state.counts[STEP_TICKS])
    fires = (state.flag[CAN_FIRE] != 0) & (state.flag[HAS_COMPARATOR] != 0)
    in_use = (state.line[EXC, AMPLITUDE] != 0, state.line[INH, AMPLITUDE] != 0, fires)
    for (name, row), used in zip(_quantities, in_use, strict=True):
        tau_us = np.where(used, state.parameter[row], np.inf)
        neuron = int(tau_us.argmin())
        shortest, count = float(tau_us[neuron]), int((tau_us < _steps_a_time_constant * ticks * tick_us).sum())
        if count:
            title = f"a step of {ticks * tick_us * 1e3:g} ns is long beside {name} of {_named(count, neuron, shortest)}"
            yield Diagnostic("E201", title, severity=Severity.WARNING, help=_advice(ticks, shortest))


def _named(count: int, neuron: int, tau_us: float) -> str:
    own = f"neuron {neuron}, {tau_us:.3g} us"
    return own if count == 1 else f"{count} neurons, the shortest that of {own}"


def _advice(ticks: int, tau_us: float) -> str:
    """The longest step with a name that would do."""
    fitting = {name: one for name, one in analog_steps.items() if _steps_a_time_constant * one * tick_us <= tau_us}
    if fitting:
        return f"take the step `{max(fitting, key=lambda name: fitting[name])}`"
    finest = min(analog_steps, key=lambda name: analog_steps[name])
    if ticks > analog_steps[finest]:
        return f"take the step `{finest}`, which is the shortest"
    return "there is no shorter step"
