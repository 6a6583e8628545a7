"""What is to be seen to in a block, found by vectorised loops: neurons one by one, a byte for each, or all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.state import (
    HIGH,
    I_EXC,
    I_INH,
    LIMITED,
    LIVE_EXC,
    LIVE_INH,
    LOW,
    SATURATION_EXC,
    SATURATION_INH,
    THRESHOLD,
    V_BEFORE,
    V,
    block_neurons,
)
from hicannx.emu.kernelcache import packed
from hicannx.emu.wiring import neurons

Values = NDArray[np.float32]
_none: Any = np.int32(0)
_zero = np.float32(0)


@packed
def mark_outside(values: Values, mask: NDArray[np.uint8]) -> None:
    """Those whose potential is, or was at the beginning of the step, outside the range of the simpler loops."""
    for n in range(block_neurons):
        v, before = values[V * neurons + n], values[V_BEFORE * neurons + n]
        high, low = values[HIGH * neurons + n], values[LOW * neurons + n]
        mask[n] = np.uint8(v > high) | np.uint8(v < low) | np.uint8(before > high) | np.uint8(before < low)


@packed
def mark_crossing(values: Values, mask: NDArray[np.uint8]) -> None:
    """Those above their threshold."""
    for n in range(block_neurons):
        mask[n] = np.uint8(values[V * neurons + n] > values[THRESHOLD * neurons + n])


@packed
def what_lives(values: Values) -> int:
    """Bits of LIVE: which lines carry currents, and whether these or potentials are near a limit or may get there."""
    exc_on, inh_on, limited = _none, _none, _none
    for n in range(block_neurons):
        exc, inh = values[I_EXC * neurons + n], values[I_INH * neurons + n]
        exc_on |= np.int32(exc > _zero)
        inh_on |= np.int32(inh > _zero)
        limited |= np.int32(exc > values[SATURATION_EXC * neurons + n])
        limited |= np.int32(inh > values[SATURATION_INH * neurons + n])
        limited |= np.int32(values[V * neurons + n] < values[LOW * neurons + n])
    live = np.int32(exc_on != _none) * LIVE_EXC + np.int32(inh_on != _none) * LIVE_INH
    return int(live + np.int32(limited != _none) * LIMITED)
