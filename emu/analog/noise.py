"""Noise of the membranes: correlated over the membrane's time constant, since the membrane itself integrates it.

Each step shakes another eighth of the neurons by what eight steps bring, so that a step stays cheap. Numbers are a hash
of seed, neuron and step: the same however a run is split.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.state import NOISE, SEED, NeuronState, V, pitch
from hicannx.emu.kernelcache import packed
from hicannx.emu.random import MEMBRANE_UNIT, draw
from hicannx.emu.wiring import neurons

turns = 8
_share = neurons // turns
# Two rounds of a 32-bit finaliser, "lowbias32" of the public domain hash prospector; numbers as int32 wrap.
_first, _second, _golden = np.uint32(0x7FEB352D), np.uint32(0x846CA68B), np.uint32(0x9E3779B9)
_byte: Any = np.uint32(255)
_mean = np.float32(2 * 255)  # of the sum of four bytes
_per_deviation = np.float32(1 / np.sqrt(4 * (256**2 - 1) / 12))


@packed
def _hash(key: Any) -> np.uint32:
    x = np.uint32(key)
    x = np.uint32((x ^ (x >> np.uint32(16))) * _first)
    x = np.uint32((x ^ (x >> np.uint32(15))) * _second)
    return np.uint32(x ^ (x >> np.uint32(16)))


@packed
def _shake(potentials: NDArray[np.float32], amplitudes: NDArray[np.float32], bits: Any) -> None:
    key = np.uint32(bits)
    for place in range(_share):
        x = _hash(np.uint32(key + np.uint32(place) * _golden))
        low = (x & _byte) + ((x >> np.uint32(8)) & _byte)
        high = ((x >> np.uint32(16)) & _byte) + (x >> np.uint32(24))
        number = (np.float32(np.uint32(low + high)) - _mean) * _per_deviation
        potentials[place] += amplitudes[place] * number


@packed
def shake(state: NeuronState, number: int) -> None:
    """Shake the neurons whose turn it is in the step of this number: nearly normal, within 3.46 deviations."""
    turn = number % turns
    key = draw(state.counts[SEED], MEMBRANE_UNIT + turn, number // turns)
    first = turn * _share
    potentials, amplitudes = state.values[V * pitch + first :], state.values[NOISE * pitch + first :]
    _shake(potentials, amplitudes, np.int64(key & np.uint64(0xFFFFFFFF)))
