"""What is to be seen to in a block, found by vectorised loops: neurons one by one, a byte for each, or all of them."""

from __future__ import annotations

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
    pitch,
)
from hicannx.emu.kernelcache import packed

Values = NDArray[np.float32]
_zero = np.float32(0)


@packed
def mark_outside(values: Values, mask: NDArray[np.uint8]) -> None:
    """Those whose potential is, or was at the beginning of the step, outside the range of the simpler loops."""
    for n in range(block_neurons):
        v, before = values[V * pitch + n], values[V_BEFORE * pitch + n]
        high, low = values[HIGH * pitch + n], values[LOW * pitch + n]
        mask[n] = np.uint8(v > high) | np.uint8(v < low) | np.uint8(before > high) | np.uint8(before < low)


@packed
def mark_crossing(values: Values, mask: NDArray[np.uint8]) -> None:
    """Those above their threshold."""
    for n in range(block_neurons):
        mask[n] = np.uint8(values[V * pitch + n] > values[THRESHOLD * pitch + n])


@packed
def what_lives(values: Values) -> int:
    """Bits of LIVE: which lines carry currents, and whether these or potentials are near a limit or may get there."""
    exc_on = inh_on = limited = False
    for n in range(block_neurons):
        exc, inh = values[I_EXC * pitch + n], values[I_INH * pitch + n]
        exc_on |= exc > _zero
        inh_on |= inh > _zero
        limited |= exc > values[SATURATION_EXC * pitch + n]
        limited |= inh > values[SATURATION_INH * pitch + n]
        limited |= values[V * pitch + n] < values[LOW * pitch + n]
    return LIVE_EXC * exc_on + LIVE_INH * inh_on + LIMITED * limited
