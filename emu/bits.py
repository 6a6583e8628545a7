"""Bits of numbers in kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hicannx.emu.kernelcache import written


@written
def trailing_zeros(context: Any, number: Any) -> tuple[Any, Callable[..., Any]]:
    """The place of the lowest bit that is set in an int64, of which there must be one."""
    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        value = target.cast(builder, values[0], signature.args[0], types.int64)
        return builder.cttz(value, target.get_constant(types.boolean, 1))

    return types.int64(number), generate
