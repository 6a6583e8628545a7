"""Bits of numbers in kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.extending import intrinsic

_int64: Any = numba.types.int64


def _trailing_zeros(context: Any, number: Any) -> tuple[Any, Callable[..., Any]]:
    """The place of the lowest bit that is set in an int64, of which there must be one."""

    def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        value = target.cast(builder, values[0], signature.args[0], _int64)
        return builder.cttz(value, target.get_constant(numba.types.boolean, 1))

    return _int64(number), generate


trailing_zeros: Any = intrinsic(_trailing_zeros)  # kernels call it without the context
