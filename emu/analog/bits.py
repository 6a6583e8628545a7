"""Exponential of float32 numbers for vectorised loops: numbers as their bits, and back.

numba has no name for a bit cast; each of these is one LLVM instruction, so that loops over them become packed ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hicannx.emu.kernelcache import packed, written

_Typed = tuple[Any, Callable[..., Any]]


@written
def _as_bits(context: Any, number: Any) -> _Typed:
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        return builder.bitcast(values[0], target.get_value_type(types.int32))

    return types.int32(types.float32), generate


@written
def _as_number(context: Any, bits: Any) -> _Typed:
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        return builder.bitcast(values[0], target.get_value_type(types.float32))

    return types.float32(types.int32), generate


@written
def _rounded(context: Any, number: Any) -> _Typed:
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.rint", [values[0].type]), values)

    return types.float32(types.float32), generate


@written
def _times_power(context: Any, bits: Any, power: Any) -> _Typed:
    """The bits of a number times two to a power, given as a float32 without fraction."""
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        whole = builder.fptosi(values[1], values[0].type)
        return builder.add(values[0], builder.shl(whole, whole.type(mantissa_bits)))

    return types.int32(types.int32, types.float32), generate


@written
def counted(context: Any, count: Any, happens: Any) -> _Typed:
    """One more where something happens, as int32; numba's own sum would be an int64, and its loop half as wide."""
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        return builder.add(values[0], builder.zext(values[1], values[0].type))

    return types.int32(types.int32, types.boolean), generate


mantissa_bits = 23
log2_e = np.float32(1.4426950408889634)
# 2**x for |x| <= 1/2, a minimax polynomial of degree 5: relative error below 3e-6.
_c1, _c2, _c3 = np.float32(0.69314718), np.float32(0.24022651), np.float32(0.055504109)
_c4, _c5 = np.float32(0.0096181291), np.float32(0.0013333558)
_one = np.float32(1)


@packed
def exponential(x: np.float32) -> np.float32:
    """exp(x) for -80 <= x <= 80, relative error below 1e-5 (that of x in float32 included)."""
    power = x * log2_e
    whole: np.float32 = _rounded(power)
    rest = power - whole
    value = _one + rest * (_c1 + rest * (_c2 + rest * (_c3 + rest * (_c4 + rest * _c5))))
    return np.float32(_as_number(_times_power(_as_bits(value), whole)))
