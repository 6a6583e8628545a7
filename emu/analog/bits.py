"""Exponential of float32 numbers for vectorised loops: numbers as their bits, and back.

numba has no name for a bit cast; each of these is one LLVM instruction, so that loops over them become packed ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from hicannx.emu.kernelcache import merged

_types: Any = numba.types
_intrinsic: Any = intrinsic
_Generator = Callable[..., Any]
_float32, _int32 = ir.FloatType(), ir.IntType(32)


def _bits_of(context: Any, number: Any) -> tuple[Any, _Generator]:
    return _types.int32(_types.float32), lambda target, builder, kind, values: builder.bitcast(values[0], _int32)


def _number_of(context: Any, bits: Any) -> tuple[Any, _Generator]:
    return _types.float32(_types.int32), lambda target, builder, kind, values: builder.bitcast(values[0], _float32)


def _rounding(context: Any, number: Any) -> tuple[Any, _Generator]:
    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.rint", [_float32]), values)

    return _types.float32(_types.float32), generate


def _scaling(context: Any, bits: Any, power: Any) -> tuple[Any, _Generator]:
    """The bits of a number times two to a power, given as a float32 without fraction."""

    def generate(target: Any, builder: Any, kind: Any, values: Any) -> Any:
        exponent = builder.shl(builder.fptosi(values[1], _int32), _int32(_mantissa_bits))
        return builder.add(values[0], exponent)

    return _types.int32(_types.int32, _types.float32), generate


_as_bits, _as_number = _intrinsic(_bits_of), _intrinsic(_number_of)
_rounded, _times_power = _intrinsic(_rounding), _intrinsic(_scaling)
_mantissa_bits = 23
_log2_e = np.float32(1.4426950408889634)
# 2**x for |x| <= 1/2, a minimax polynomial of degree 5: relative error below 3e-7.
_c1, _c2, _c3 = np.float32(0.69314718), np.float32(0.24022651), np.float32(0.055504109)
_c4, _c5 = np.float32(0.0096181291), np.float32(0.0013333558)
_one = np.float32(1)


@merged
def exponential(x: np.float32) -> np.float32:
    """exp(x) for -80 <= x <= 80, relative error below 1e-5 (that of x in float32 included)."""
    power = x * _log2_e
    whole: np.float32 = _rounded(power)
    rest = power - whole
    value = _one + rest * (_c1 + rest * (_c2 + rest * (_c3 + rest * (_c4 + rest * _c5))))
    return np.float32(_as_number(_times_power(_as_bits(value), whole)))
