"""Arguments of kernels as 64-bit words: a number, the address of a record, or that of a block of a tuple's leaves.

An array is a tuple, too: its owner and its parent (none), its size, the bytes of an element, its address, shape and
strides, as numba has it. Kinds are named by a letter, an array's type or, in parentheses, those of a tuple.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

# By kind of number: what Python makes of its word.
_numbers: dict[str, Any] = {"i": int, "u": lambda word: word & (1 << 64) - 1, "b": bool}
_numbers["f"] = lambda word: struct.unpack("d", struct.pack("q", word))[0]
_integers, _floats = (int, np.integer, np.bool_), (float, np.floating)


class Argument(NamedTuple):
    """What is passed, its kind, its word, and what has to live until the kernel returns."""

    value: Any
    kind: str
    word: int
    block: Any = None


_last: dict[type, Argument] = {}  # tuple and record of each type, since states are passed over and over


def flatten(value: Any) -> Argument:
    """The word of an argument; a TypeError for what kernels cannot take."""
    last = _last.get(type(value))
    if last is not None and last.value is value:
        return last
    if isinstance(value, _integers):
        if isinstance(value, np.uint64):
            return Argument(value, "u", int(value.view(np.int64)))
        return Argument(value, "i", int(value))
    if isinstance(value, _floats):
        return Argument(value, "f", struct.unpack("q", struct.pack("d", value))[0])
    if isinstance(value, np.ndarray):
        return _block(value)
    if not isinstance(value, (tuple, np.record)):
        raise TypeError(f"kernels take no {type(value).__name__}")
    found = _last[type(value)] = _record(value) if isinstance(value, np.record) else _block(value)
    return found


def _record(record: Any) -> Argument:
    name, (_, offset, *_) = next(iter(record.dtype.fields.items()))
    return Argument(record, f"V{record.itemsize}", record[name].__array_interface__["data"][0] - offset)


def _block(value: Any) -> Argument:
    kinds, words = zip(*_leaves(value), strict=True)
    block = array("q", [word for part in words for word in part])
    return Argument(value, "".join(kinds), block.buffer_info()[0], block)


def _leaves(value: Any) -> Iterator[tuple[str, Sequence[int]]]:
    """The words of arrays, records and numbers in a tuple, or of an array, and their kinds."""
    if isinstance(value, tuple):
        yield f"{type(value).__name__}(", ()
        for one in value:
            yield from _leaves(one)
        yield ")", ()
    elif isinstance(value, np.ndarray):
        kind = f"{value.dtype.str}{value.ndim}{'C' if value.flags.c_contiguous else 'A'} "
        address = value.__array_interface__["data"][0]
        yield kind, (0, 0, value.size, value.itemsize, address, *value.shape, *value.strides)
    else:
        found = flatten(value)
        yield found.kind, (found.word,)


def results(kinds: str, words: Sequence[int]) -> Any:
    """What a kernel has returned: nothing, a number, or for kinds in parentheses a tuple."""
    if len(kinds) == 1:
        return _numbers[kinds](words[0])
    return tuple(_numbers[kind](word) for kind, word in zip(kinds[1:-1], words, strict=False)) if kinds else None
