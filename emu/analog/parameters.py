"""From model quantities to what the kernels of the neurons read. Runs in Python, after a change of registers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog import state as st
from hicannx.emu.analog.hop import highest_share
from hicannx.emu.analog.noise import turns
from hicannx.emu.analog.rails import V_HIGH, V_LOW
from hicannx.emu.analog.refractory import set_modes
from hicannx.emu.analog.state import NeuronState, arrays_of, row
from hicannx.emu.machine import NEVER, tick_us

_v_of_na_us_per_pf = 1e-3
_lines = ((st.EXC, "exc", st.TAU_EXC), (st.INH, "inh", st.TAU_INH))

_Quantities = Mapping[str, NDArray[np.float64]]


def update_parameters(state: NeuronState, quantities: _Quantities, index: Any = slice(None)) -> None:
    """Take over the quantities (`regmodel.transfer.neuron_quantities`) of the neurons `index`; potentials stay."""
    q, record, state = quantities, state, arrays_of(state)
    _set_membrane(state, q, index)
    _set_limits(state, q, index)
    _set_exponential(state, q, index)
    _set_adaptation(state, q, index)
    _set_lines(state, q, index)
    _set_steps(state, index)
    _set_digital(state, q, index)
    _set_phase(state, index)
    set_kinds(state)
    state.counts[st.TOUCHED] = 1
    if state.counts[st.NOISY]:
        set_modes(record)  # with thresholds that have noise


def _set_membrane(state: NeuronState, q: _Quantities, index: Any) -> None:
    own, held = state.parameter, q["held_in_reset"] != 0
    unit = _v_of_na_us_per_pf / q["capacitance_pf"]
    offset = q["offset_exc_na"] - q["offset_inh_na"]
    for mode, tau, v, reach in (
        (st.LEAK, "tau_mem_us", "v_leak_v", "leak_range_v"),
        (st.RESET, "tau_reset_us", "v_reset_v", "reset_range_v"),
    ):
        open_gate = np.where((held | (mode == st.RESET)) & (q["paused_in_reset"] != 0), 0.0, 1.0)
        own[st.TAU_OF + mode, index] = np.where(held, q["tau_reset_us"], q[tau])
        own[st.REVERSAL_OF + mode, index] = np.where(held, q["v_reset_v"], q[v])
        own[st.RANGE_OF + mode, index] = np.where(held, q["reset_range_v"], q[reach])
        own[st.CURRENT_OF + mode, index] = unit * (q["i_offset_na"] + open_gate * offset)
        own[st.TARGET_OF + mode, index] = (
            own[st.REVERSAL_OF + mode, index] + own[st.CURRENT_OF + mode, index] * own[st.TAU_OF + mode, index]
        )
        own[st.GAIN_EXC_OF + mode, index] = unit * open_gate * q["input_exc"]
        own[st.GAIN_INH_OF + mode, index] = -unit * open_gate * q["input_inh"]
        own[st.RATE_EXP_OF + mode, index] = open_gate * q["exp_conductance_us"] / q["capacitance_pf"]
    own[st.V_THRESHOLD, index] = q["v_threshold_v"].astype(np.float32)  # as the inner loop sees it
    own[st.THRESHOLD_NOISE, index] = q["threshold_noise_v"]


def _set_limits(state: NeuronState, q: _Quantities, index: Any) -> None:
    for name, saturation, slope, reference in (
        ("exc", st.SATURATION_EXC, st.COBA_EXC, st.COBA_EXC_FROM),
        ("inh", st.SATURATION_INH, st.COBA_INH, st.COBA_INH_FROM),
    ):
        row(state, saturation)[index] = q[f"saturation_{name}_na"]
        row(state, slope)[index] = q[f"coba_{name}_per_v"]
        row(state, reference)[index] = q[f"coba_{name}_reference_v"]


def _set_exponential(state: NeuronState, q: _Quantities, index: Any) -> None:
    own, dt_us = state.parameter, _step_us(state)
    row(state, st.ONSET_EXP)[index] = q["v_exp_v"]
    row(state, st.SLOPE)[index] = q["exp_slope_v"]
    row(state, st.STEEPNESS)[index] = 1 / q["exp_slope_v"]
    own[st.SLEW_EXP, index] = _v_of_na_us_per_pf * q["exp_limit_na"] / q["capacitance_pf"]
    row(state, st.LIMIT_EXP)[index] = own[st.SLEW_EXP, index] * dt_us


def _set_adaptation(state: NeuronState, q: _Quantities, index: Any) -> None:
    own = state.parameter
    own[st.TAU_W, index] = q["tau_adapt_us"]
    own[st.PULL_W, index] = q["adapt_conductance_us"] / q["capacitance_pf"]
    own[st.JUMP_W, index] = q["adapt_jump_v"]
    row(state, st.RATE_W)[index] = -np.expm1(-_step_us(state) / q["tau_adapt_us"])
    row(state, st.GAIN_W)[index] = q["adapt_gain"]
    row(state, st.REST_W)[index] = q["v_adapt_leak_v"]


def _set_lines(state: NeuronState, q: _Quantities, index: Any) -> None:
    own = state.parameter
    for line, name, tau in _lines:
        own[tau, index] = q[f"tau_syn_{name}_us"]
        values = state.line[line]
        values[st.AMPLITUDE, index] = q[f"amplitude_{name}_na"] * q[f"connected_{name}"]
        values[st.DECAY_RATE, index] = tick_us / own[tau, index]
        values[st.DELAY, index] = q["event_delay_ticks"]
        values[st.ONSET_RATE, index] = (1 / own[st.TAU_OF + st.LEAK, index] + 1 / own[tau, index]) * tick_us / 2


def _set_steps(state: NeuronState, index: Any) -> None:
    own, dt_us = state.parameter, _step_us(state)
    for mode in (st.LEAK, st.RESET):
        tau = own[st.TAU_OF + mode, index]
        share = -np.expm1(-dt_us / tau)
        reversal, reach = own[st.REVERSAL_OF + mode, index], own[st.RANGE_OF + mode, index]
        rows = {
            st.APPROACH: share,
            st.TARGET: own[st.TARGET_OF + mode, index],
            st.KICK_EXC: own[st.GAIN_EXC_OF + mode, index] * _response(dt_us, tau, own[st.TAU_EXC, index]),
            st.KICK_INH: own[st.GAIN_INH_OF + mode, index] * _response(dt_us, tau, own[st.TAU_INH, index]),
            st.KICK_W: -own[st.PULL_W, index] * tau * share,
            st.GROWTH: own[st.RATE_EXP_OF + mode, index] * dt_us,
            st.REVERSAL: reversal,
            st.REACH: reach,
            st.CONSTANT: own[st.CURRENT_OF + mode, index] * tau * share,
            st.LOW: np.maximum(V_LOW, reversal - reach),
            st.HIGH: np.minimum(V_HIGH, reversal + reach),
            st.ONSET_EXC: own[st.GAIN_EXC_OF + mode, index] * tick_us * (mode == st.LEAK),
            st.ONSET_INH: own[st.GAIN_INH_OF + mode, index] * tick_us * (mode == st.LEAK),
        }
        for name, values in rows.items():
            state.coefficient[mode, index, name - st.APPROACH] = values
        _set_hops(state, mode, index)
    row(state, st.DECAY_EXC)[index] = np.exp(-dt_us / own[st.TAU_EXC, index])
    row(state, st.DECAY_INH)[index] = np.exp(-dt_us / own[st.TAU_INH, index])


def _set_hops(state: NeuronState, mode: int, index: Any) -> None:
    own = state.parameter
    columns = {
        st.HOP_TARGET + mode: own[st.TARGET_OF + mode, index],
        st.HOP_RATE + mode: tick_us / own[st.TAU_OF + mode, index],
        st.HOP_EXC + mode: own[st.GAIN_EXC_OF + mode, index] * tick_us,
        st.HOP_INH + mode: own[st.GAIN_INH_OF + mode, index] * tick_us,
        st.HOP_LOW + mode: state.coefficient[mode, index, st.LOW - st.APPROACH],
        st.HOP_HIGH + mode: state.coefficient[mode, index, st.HIGH - st.APPROACH],
        st.HOP_RATE_EXC: tick_us / own[st.TAU_EXC, index],
        st.HOP_RATE_INH: tick_us / own[st.TAU_INH, index],
        st.HOP_SATURATION_EXC: row(state, st.SATURATION_EXC)[index],
        st.HOP_SATURATION_INH: row(state, st.SATURATION_INH)[index],
    }
    for column, values in columns.items():
        state.hop[index, column] = values
    taus = own[[st.TAU_OF + st.LEAK, st.TAU_OF + st.RESET, st.TAU_EXC, st.TAU_INH]][:, index]
    state.flag[st.HOPS, index] = taus.min(axis=0) > _step_us(state) / highest_share


def _response(dt_us: float, tau_us: NDArray[np.float64], tau_line_us: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `circuit.response`, for arrays."""
    x = np.abs(dt_us / tau_line_us - dt_us / tau_us)
    safe = np.where(x > 1e-9, x, 1.0)
    share = np.where(x > 1e-9, -np.expm1(-safe) / safe, 1.0)
    return np.asarray(dt_us * np.exp(-dt_us / np.maximum(tau_us, tau_line_us)) * share)


def _set_digital(state: NeuronState, q: _Quantities, index: Any) -> None:
    state.duration[st.REFRACTORY_TICKS, index] = q["refractory_ticks"]
    state.duration[st.RESET_TICKS, index] = q["reset_ticks"]
    state.duration[st.COMPARATOR_TICKS, index] = q["comparator_delay_ticks"]
    state.flag[st.CAN_FIRE, index] = q["can_fire"] != 0
    state.flag[st.HAS_COMPARATOR, index] = q["has_comparator"] != 0
    state.flag[st.SPIKE_OUT, index] = q["spike_out"] != 0
    state.flag[st.BYPASS + st.EXC, index] = q["bypass_exc"] != 0
    state.flag[st.BYPASS + st.INH, index] = q["bypass_inh"] != 0
    sees = (state.flag[st.CAN_FIRE, index] != 0) & (state.flag[st.HAS_COMPARATOR, index] != 0)
    state.coefficient[st.LEAK, index, st.SEEN] = np.where(sees, state.parameter[st.V_THRESHOLD, index], st.INFINITE_V)
    state.counts[st.BYPASSES] = sum(int(state.flag[st.BYPASS + line].any()) << line for line in (st.EXC, st.INH))
    tau = state.parameter[st.TAU_OF + st.LEAK, index]
    row(state, st.NOISE)[index] = q["membrane_noise_v"] * np.sqrt(-np.expm1(-2 * turns * _step_us(state) / tau))


def _set_phase(state: NeuronState, index: Any) -> None:
    phase = state.flag[st.PHASE, index]
    resetting = phase == st.RESETTING
    for part in range(st.MODE_ROWS):
        values = np.where(resetting, state.coefficient[st.RESET, index, part], state.coefficient[st.LEAK, index, part])
        row(state, st.APPROACH + part)[index] = values
    sees = (phase == st.ARMED) & (state.timer[st.ASKED, index] == NEVER)
    threshold = np.where(sees, state.coefficient[st.LEAK, index, st.SEEN], st.INFINITE_V)
    row(state, st.THRESHOLD)[index] = threshold
    row(state, st.HIGH)[index] = np.minimum(row(state, st.HIGH)[index], threshold)


def set_kinds(state: NeuronState) -> None:
    """The loop that each block needs. A linear one knows no adaptation: W and W_BEFORE are 0, and stay so."""
    own = state.parameter
    adapts = (own[st.PULL_W] > 0) | (own[st.JUMP_W] != 0) | (row(state, st.GAIN_W) != 0)
    adapts |= (row(state, st.W) != 0) | (row(state, st.W_BEFORE) != 0)
    curved = (own[st.RATE_EXP_OF + st.LEAK] > 0) | adapts
    full = (row(state, st.COBA_EXC) != 0) | (row(state, st.COBA_INH) != 0) | (state.flag[st.COUPLED] != 0)
    kind = np.where(full, st.FULL, np.where(curved, st.CURVED, st.LINEAR))
    state.block[st.KIND] = kind.reshape(st.blocks, st.block_neurons).max(axis=1)
    falls = state.hop[:, st.HOP_TARGET : st.HOP_TARGET + 2] < state.hop[:, st.HOP_LOW : st.HOP_LOW + 2]
    state.block[st.LIVE] = st.ALL_LIVE | st.FALLS * falls.reshape(st.blocks, -1).any(axis=1)


def _step_us(state: NeuronState) -> float:
    return float(state.counts[st.STEP_TICKS] * tick_us)
