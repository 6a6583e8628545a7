"""One neuron through a step: every change of its mode and every spike on the way."""

from __future__ import annotations

import math

from hicannx.emu.analog.circuit import NOT_CROSSED, travel
from hicannx.emu.analog.refractory import next_transition, pass_transition, reach_threshold, set_mode, threshold_v
from hicannx.emu.analog.state import (
    ASKED,
    I_EXC,
    I_INH,
    LEAK,
    NOISY,
    PHASE,
    RESET,
    RESETTING,
    STEP_TICKS,
    TAU_EXC,
    TAU_INH,
    THRESHOLD,
    V_BEFORE,
    NeuronState,
    V,
    pitch,
)
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import tick_us


@inner
def walk(state: NeuronState, n: int, tick: int, end: int) -> None:
    """From `tick` to `end`. A spike stands at the tick nearest to where the threshold is crossed."""
    before = state.flag[PHASE, n], state.timer[ASKED, n]
    half_us, is_new = state.counts[STEP_TICKS] * tick_us / 2, False
    while True:
        stop = min(next_transition(state, n), end)
        mode = RESET if state.flag[PHASE, n] == RESETTING else LEAK
        piece_us = (stop - tick) * tick_us
        head_us, tail_us = 0.0, piece_us
        if is_new:
            head_us, tail_us = piece_us / 2, piece_us / 2 + (half_us if stop == end else 0.0)
        passed = travel(state, n, mode, piece_us, threshold_v(state, n), head_us, tail_us)
        if passed != NOT_CROSSED:
            crossing = tick + math.floor(passed / tick_us + 0.5)
            tick = min(crossing, stop)
            reach_threshold(state, n, crossing, tick)
            continue
        if next_transition(state, n) > end:
            break
        tick, is_new = stop, is_new or mode == RESET
        pass_transition(state, n)
    if before != (state.flag[PHASE, n], state.timer[ASKED, n]) or state.counts[NOISY]:
        set_mode(state, n)


@inner
def cross(state: NeuronState, n: int, begin_tick: int, end_tick: int) -> None:
    """Let a neuron that is moved by others spike where the line from V_BEFORE to V meets its threshold, and go on."""
    v_before, v_end = float(state.values[V_BEFORE * pitch + n]), float(state.values[V * pitch + n])
    span, share = end_tick - begin_tick, 0.0
    if v_end > v_before:
        threshold = float(state.values[THRESHOLD * pitch + n])
        share = min(max((threshold - v_before) / (v_end - v_before), 0.0), 1.0)
    offset = math.floor(share * span + 0.5)
    back_us = (span - offset) * tick_us
    state.values[V * pitch + n] = v_before + (v_end - v_before) * offset / max(span, 1)
    state.values[I_EXC * pitch + n] *= math.exp(back_us / state.parameter[TAU_EXC, n])
    state.values[I_INH * pitch + n] *= math.exp(back_us / state.parameter[TAU_INH, n])
    reach_threshold(state, n, begin_tick + offset, begin_tick + offset)
    walk(state, n, begin_tick + offset, end_tick)
    set_mode(state, n)
