"""Synaptic events of a step: summed up while they arrive, and given to lines and membranes when the step begins.

    inject(state, line, n, charge, offset_ticks)      # one synapse, `charge` in steps of the weight
    inject_row(state, line, first, weights, gains, labels, label, pulse, offset_ticks)  # all synapses of a row with it
    fold(state)                                       # by `neuron.step`

An event inside the step moves line and membrane to where they must stand at its beginning so that both are right at its
end. Several events of a line in one step act at their common centre, which leaves out (1 + x^2 / 8) at most with a step
of x time constants: 0.35 % at a sixth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.agenda import known
from hicannx.emu.analog.state import (
    AMPLITUDE,
    CHARGED,
    DECAY_RATE,
    DELAY,
    EXC,
    I_EXC,
    INH,
    LIMITED,
    LIVE,
    LIVE_EXC,
    MOMENTS,
    ONSET_EXC,
    ONSET_RATE,
    SATURATION_EXC,
    WEIGHTS,
    NeuronState,
    V,
    block_neurons,
    group_neurons,
    groups,
    pitch,
)
from hicannx.emu.bits import trailing_zeros
from hicannx.emu.kernelcache import inner, njit, packed
from hicannx.emu.wiring import columns

Row = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_zero, _one, _half, _sixth = np.float32(0), np.float32(1), np.float32(1 / 2), np.float32(1 / 6)
_least = np.float32(1e-20)
unity = 128  # of the gains of synapses
_row, _all = (1 << columns // group_neurons) - 1, (1 << groups) - 1


@njit
def inject(state: NeuronState, line: int, neuron: int, charge: float, offset_ticks: int) -> None:
    """An event on a line of a neuron, `offset_ticks` after the beginning of the step that comes next."""
    n = known(neuron)
    state.counts[CHARGED] |= 1 << groups * line + n // group_neurons
    state.charge[line, WEIGHTS, n] += np.float32(charge)
    state.charge[line, MOMENTS, n] += np.float32(charge) * np.float32(offset_ticks)


@inner
def inject_row(
    state: NeuronState,
    line: int,
    first: int,
    weights: Bytes,
    gains: Bytes,
    labels: Bytes,
    label: int,
    pulse: float,
    offset_ticks: int,
) -> None:
    """An event on a line of the neurons from `first` on, through a row of synapses; `gains` in 128ths."""
    state.counts[CHARGED] |= _row << groups * line + first // group_neurons
    sums, moments = state.charge[line, WEIGHTS, first:], state.charge[line, MOMENTS, first:]
    _add_row(sums, moments, weights, gains, labels, label, np.float32(pulse / unity), np.float32(offset_ticks))


@packed
def _add_row(
    sums: Row,
    moments: Row,
    weights: Bytes,
    gains: Bytes,
    labels: Bytes,
    label: int,
    pulse: np.float32,
    offset: np.float32,
) -> None:
    wanted = np.uint8(label)
    for column in range(columns):
        weight = weights[column] if labels[column] == wanted else np.uint8(0)
        amount = np.float32(weight) * np.float32(gains[column]) * pulse
        sums[column] += amount
        moments[column] += amount * offset


@inner
def fold(state: NeuronState) -> None:
    """Give the events to lines and membranes."""
    for line in (EXC, INH):
        charged = state.counts[CHARGED] >> groups * line & _all
        while charged:
            first = trailing_zeros(charged)
            _fold(state, line, group_neurons * first, trailing_zeros(~(charged >> first)))
            charged &= charged + (1 << first)  # without the lowest ones in a row
    state.counts[CHARGED] = 0


@inner
def _fold(state: NeuronState, line: int, first: int, count: int) -> None:
    """Those of some groups of neurons."""
    own, charge, values = state.line[line], state.charge[line], state.values
    is_limited = _fold_line(
        values[V * pitch + first :],
        values[(I_EXC + line) * pitch + first :],
        values[(ONSET_EXC + line) * pitch + first :],
        values[(SATURATION_EXC + line) * pitch + first :],
        own[AMPLITUDE, first:],
        own[DECAY_RATE, first:],
        own[ONSET_RATE, first:],
        own[DELAY, first:],
        charge[WEIGHTS, first:],
        charge[MOMENTS, first:],
        count,
    )
    for block in range(first // block_neurons, (first + group_neurons * count - 1) // block_neurons + 1):
        state.block[LIVE, block] |= (LIVE_EXC << line) | LIMITED * is_limited


@packed
def _fold_line(
    potentials: Row,
    currents: Row,
    onsets: Row,
    saturations: Row,
    amplitudes: Row,
    decay_rates: Row,
    onset_rates: Row,
    delays: Row,
    sums: Row,
    moments: Row,
    count: int,
) -> int:
    """Whether a line carries all that it can."""
    limited = False
    for n in range(group_neurons * count):
        offset = moments[n] / max(sums[n], _least) + delays[n]
        amplitude = amplitudes[n] * sums[n]
        x = decay_rates[n] * offset
        current = currents[n] + amplitude * (_one + x * (_one + x * (_half + x * _sixth)))
        currents[n] = current
        potentials[n] -= amplitude * offset * onsets[n] * (_one + onset_rates[n] * offset)
        sums[n], moments[n] = _zero, _zero
        limited |= current > saturations[n]
    return int(limited)
