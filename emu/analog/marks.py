"""Which neurons of a block are to be seen to one by one: a byte for each, found by vectorised loops."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.state import HIGH, LOW, THRESHOLD, V_BEFORE, V, block_neurons
from hicannx.emu.kernelcache import packed
from hicannx.emu.wiring import neurons

Values = NDArray[np.float32]
_none: Any = np.int32(0)


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
def count_outside(values: Values) -> int:
    """How many are outside the range of the simpler loops now."""
    count = _none
    for n in range(block_neurons):
        v = values[V * neurons + n]
        count += np.int32(v > values[HIGH * neurons + n]) + np.int32(v < values[LOW * neurons + n])
    return int(count)
