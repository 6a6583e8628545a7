"""From model quantities to what the kernels of the neurons read. Runs in Python, after a change of registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.state import (
    AMPLITUDE,
    APPROACH,
    ARMED,
    BYPASS,
    CAN_FIRE,
    DECAY_EXC,
    DECAY_RATE,
    EXC,
    GAIN_EXC_OF,
    GAIN_INH_OF,
    HAS_COMPARATOR,
    INFINITE_V,
    INH,
    LEAK,
    ONSET,
    ONSET_SQUARE,
    PHASE,
    REFRACTORY_TICKS,
    RESET,
    RESET_TICKS,
    RESETTING,
    SPIKE_OUT,
    STEP_TICKS,
    TARGET_OF,
    TAU_EXC,
    TAU_INH,
    TAU_OF,
    THRESHOLD,
    TOUCHED,
    V_THRESHOLD,
    NeuronState,
    row,
)
from hicannx.emu.machine import tick_us

_v_of_na_us_per_pf = 1e-3

_Quantities = Mapping[str, NDArray[np.float64]]


def update_parameters(state: NeuronState, quantities: _Quantities, index: Any = slice(None)) -> None:
    """Take over the quantities (`regmodel.transfer.neuron_quantities`) of the neurons `index`; potentials stay."""
    q = quantities
    held = q["held_in_reset"] != 0
    _set_membrane(state, q, held, index)
    _set_lines(state, q, index)
    _set_steps(state, index)
    state.duration[REFRACTORY_TICKS, index] = q["refractory_ticks"]
    state.duration[RESET_TICKS, index] = q["reset_ticks"]
    state.flag[CAN_FIRE, index] = q["can_fire"] != 0
    state.flag[HAS_COMPARATOR, index] = q["has_comparator"] != 0
    state.flag[SPIKE_OUT, index] = q["spike_out"] != 0
    state.flag[BYPASS + EXC, index] = q["bypass_exc"] != 0
    state.flag[BYPASS + INH, index] = q["bypass_inh"] != 0
    _set_phase(state, index)
    state.counts[TOUCHED] = 1


def _set_membrane(state: NeuronState, q: _Quantities, held: NDArray[np.bool_], index: Any) -> None:
    own = state.parameter
    unit = _v_of_na_us_per_pf / q["capacitance_pf"]
    for mode, tau, target in ((LEAK, "tau_mem_us", "v_leak_v"), (RESET, "tau_reset_us", "v_reset_v")):
        tau_us = np.where(held, q["tau_reset_us"], q[tau])
        v = np.where(held, q["v_reset_v"], q[target])
        in_reset = held | (mode == RESET)
        gate = unit * np.where(in_reset & (q["paused_in_reset"] != 0), 0.0, 1.0)
        own[TAU_OF + mode, index] = tau_us
        own[TARGET_OF + mode, index] = v + unit * q["i_offset_na"] * tau_us
        own[GAIN_EXC_OF + mode, index] = gate * q["input_exc"]
        own[GAIN_INH_OF + mode, index] = -gate * q["input_inh"]
    own[TAU_EXC, index] = q["tau_syn_exc_us"]
    own[TAU_INH, index] = q["tau_syn_inh_us"]
    own[V_THRESHOLD, index] = q["v_threshold_v"].astype(np.float32)  # as the inner loop sees it


def _set_lines(state: NeuronState, q: _Quantities, index: Any) -> None:
    own = state.parameter
    for line, name, gain, tau in ((EXC, "exc", GAIN_EXC_OF, TAU_EXC), (INH, "inh", GAIN_INH_OF, TAU_INH)):
        values = state.line[line]
        rates = 1 / own[TAU_OF + LEAK, index] + 1 / own[tau, index]
        values[AMPLITUDE, index] = q[f"amplitude_{name}_na"] * q[f"connected_{name}"]
        values[DECAY_RATE, index] = tick_us / own[tau, index]
        values[ONSET, index] = own[gain + LEAK, index] * tick_us
        values[ONSET_SQUARE, index] = own[gain + LEAK, index] * tick_us**2 * rates / 2


def _set_steps(state: NeuronState, index: Any) -> None:
    own, dt_us = state.parameter, float(state.counts[STEP_TICKS]) * tick_us
    for mode in (LEAK, RESET):
        tau = own[TAU_OF + mode, index]
        values = state.coefficient[mode]
        values[0, index] = -np.expm1(-dt_us / tau)
        values[1, index] = own[TARGET_OF + mode, index]
        values[2, index] = own[GAIN_EXC_OF + mode, index] * _response(dt_us, tau, own[TAU_EXC, index])
        values[3, index] = own[GAIN_INH_OF + mode, index] * _response(dt_us, tau, own[TAU_INH, index])
    row(state, DECAY_EXC)[index] = np.exp(-dt_us / own[TAU_EXC, index])
    row(state, DECAY_EXC + 1)[index] = np.exp(-dt_us / own[TAU_INH, index])


def _response(dt_us: float, tau_us: NDArray[np.float64], tau_line_us: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `neuron.response`, for arrays."""
    x = np.abs(dt_us / tau_line_us - dt_us / tau_us)
    safe = np.where(x > 1e-9, x, 1.0)
    share = np.where(x > 1e-9, -np.expm1(-safe) / safe, 1.0)
    return np.asarray(dt_us * np.exp(-dt_us / np.maximum(tau_us, tau_line_us)) * share)


def _set_phase(state: NeuronState, index: Any) -> None:
    phase = state.flag[PHASE, index]
    resetting = phase == RESETTING
    for part in range(4):
        values = np.where(resetting, state.coefficient[RESET, part, index], state.coefficient[LEAK, part, index])
        row(state, APPROACH + part)[index] = values
    sees = (phase == ARMED) & (state.flag[CAN_FIRE, index] != 0) & (state.flag[HAS_COMPARATOR, index] != 0)
    row(state, THRESHOLD)[index] = np.where(sees, state.parameter[V_THRESHOLD, index], INFINITE_V)
