"""Compiled functions that a kernel calls by address, so that they are not compiled again as a part of each caller.

numba puts a copy of every callee into its caller and optimises it once more; for the processor's instructions that
would be most of the time of compilation, several times over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

from hicannx.emu.kernelcache import compile_entry
from hicannx.emu.state import ChipState

_types: Any = numba.types
_typeof: Any = numba.typeof
_unpack: Any = cgutils.unpack_tuple


@intrinsic
def call_entry(context: Any, address: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
    """`function(chip, number, ...)`, a number, for the address of a function that `make_entry` has compiled."""
    given = arguments[0].types if hasattr(arguments[0], "types") else arguments
    signature = _types.int64(_types.int64, _types.StarArgTuple(given))

    def generate(target: Any, builder: Any, _: Any, values: Any) -> Any:
        kinds = [target.get_value_type(one) for one in given]
        function = ir.FunctionType(target.get_value_type(signature.return_type), kinds)
        return builder.call(builder.inttoptr(values[0], function.as_pointer()), _unpack(builder, values[1]))

    return signature, generate


def make_entry(function: Callable[..., int], chip: ChipState, numbers: int) -> Any:
    """A function of a state and so many numbers, compiled for `call_entry`; its `address` is good while it lives."""
    return compile_entry(function, _types.int64(_typeof(chip), *numbers * (_types.int64,)))
