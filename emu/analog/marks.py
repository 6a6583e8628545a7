"""What is to be seen to in a block, found by vectorised loops: neurons one by one, a bit for each, or all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.lanes import load
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
from hicannx.emu.kernelcache import packed, written

Values = NDArray[np.float32]

seen = 64  # neurons at once
_zero = np.float32(0)


@written
def _above(context: Any, values: Any, one: Any, other: Any) -> tuple[Any, Callable[..., Any]]:
    """Bits: which of `seen` numbers from `values[one]` on are greater than those from `values[other]` on."""
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, signature: Any, given: Any) -> Any:
        data, kind = target.make_array(values)(target, builder, given[0]).data, target.get_data_type(values.dtype)
        first, second = (load(builder, builder.gep(data, [place]), kind, seen) for place in given[1:])
        return (first > second).mask()

    return types.int64(values, types.int64, types.int64), generate


@packed
def outside(values: Values, n: int) -> int:
    """Bits of neurons from n on whose potential is, or was before the step, outside the range of the simpler loops."""
    now = _above(values, V * pitch + n, HIGH * pitch + n) | _above(values, LOW * pitch + n, V * pitch + n)
    before = _above(values, V_BEFORE * pitch + n, HIGH * pitch + n)
    return int(now | before | _above(values, LOW * pitch + n, V_BEFORE * pitch + n))


@packed
def crossing(values: Values, n: int) -> int:
    """Bits of neurons from n on that are above their threshold."""
    return int(_above(values, V * pitch + n, THRESHOLD * pitch + n))


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
