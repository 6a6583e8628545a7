"""Calls of kernels that Python prepares and other kernels make, so that a kernel need not hold a copy of another."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.arguments import flatten
from hicannx.emu.kernelcache import Kernel, written

_call_words = 1  # in front of the arguments: the address


class Prepared(NamedTuple):
    """A call: int64 words of the address, the arguments and the results; `make`, which makes it for Python.

    Who wants other numbers puts them among the words, or into `numbers`, the same words, which Python reaches sooner.
    What the call is given lives as long as `held`.
    """

    words: NDArray[np.int64]
    numbers: memoryview
    make: Callable[[], None]
    held: tuple[Any, ...]


def numbers_of(words: NDArray[np.int64]) -> memoryview:
    """The same words as Python's own numbers, which it reaches in a third of the time."""
    return memoryview(cast(Any, words))


def prepare(kernel: Callable[..., Any], *arguments: Any) -> Prepared:
    """The call of a kernel with these arguments, which is compiled for it."""
    given = [flatten(one) for one in arguments]
    address, results = cast(Kernel, kernel).code(tuple(one.kind for one in given), arguments)
    words = np.array([address, *(one.word for one in given), *len(results) * [0]], np.int64)
    block = ctypes.c_void_p(words.ctypes.data + _call_words * words.itemsize)
    make = partial(ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(address), block)
    return Prepared(words, numbers_of(words), make, (arguments, given))


def place_of(argument: int) -> int:
    """Where an argument stands in the words; the results are behind the last one."""
    return _call_words + argument


@written
def call_prepared(context: Any, words: Any) -> tuple[Any, Callable[..., Any]]:
    """Make a call whose words are in this array, and leave its results there."""
    from llvmlite import ir

    from hicannx.emu.part import types

    def generate(target: Any, builder: Any, signature: Any, values: Any) -> Any:
        first = target.make_array(signature.args[0])(target, builder, values[0]).data
        block = builder.gep(first, [ir.IntType(64)(_call_words)])
        kind = ir.FunctionType(ir.VoidType(), [block.type])
        builder.call(builder.inttoptr(builder.load(first), kind.as_pointer()), [block])
        return target.get_dummy_value()

    return types.none(words), generate
