"""Arguments of kernels as 64-bit words, one for each leaf of a tuple, in the order that numba has them in.

An array is its owner and its parent (none), its size, the bytes of an element, its address, shape and strides; a record
is its address. Kinds of arguments are named by a letter, an array's type or, in parentheses, those of a tuple.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

Words = tuple[int, ...]
# By kind of number: what Python makes of its word.
_numbers: dict[str, Any] = {"i": int, "u": lambda word: word & (1 << 64) - 1, "b": bool}
_numbers["f"] = lambda word: struct.unpack("d", struct.pack("q", word))[0]
_last: dict[type, tuple[Any, str, Words]] = {}  # of each type: states are passed over and over


def flatten(argument: Any) -> tuple[str, Words]:
    """The kind of an argument and its words; they are good while the argument lives."""
    if isinstance(argument, int | np.integer | np.bool_):
        return "u" if isinstance(argument, np.uint64) else "i", (int(argument),)
    if isinstance(argument, float | np.floating):
        return "f", struct.unpack("q", struct.pack("d", argument))
    if isinstance(argument, np.ndarray):
        kind = f"{argument.dtype.str}{argument.ndim}{'C' if argument.flags.c_contiguous else 'A'}"
        address = argument.__array_interface__["data"][0]
        return kind, (0, 0, argument.size, argument.itemsize, address, *argument.shape, *argument.strides)
    last, kind, words = _last.get(type(argument), (None, "", ()))
    if last is not argument:
        kind, words = _flatten_record(argument) if isinstance(argument, np.record) else flatten_all(argument)
        _last[type(argument)] = argument, kind, words
    return kind, words


def flatten_all(arguments: Sequence[Any]) -> tuple[str, Words]:
    """The same of several arguments, one behind the other."""
    parts = [flatten(one) for one in arguments]
    kinds = f"{type(arguments).__name__}({','.join(kind for kind, _ in parts)})"
    return kinds, tuple(word for _, words in parts for word in words)


def _flatten_record(record: Any) -> tuple[str, Words]:
    name, (_, offset, *_) = next(iter(record.dtype.fields.items()))
    return f"V{record.itemsize}", (record[name].__array_interface__["data"][0] - offset,)


def results(kinds: str, words: Sequence[int]) -> Any:
    """What a kernel has returned: nothing, a number, or for kinds in parentheses a tuple."""
    found = tuple(_numbers[kind](word) for kind, word in zip(kinds.strip("()"), words, strict=False))
    return found if kinds.startswith("(") else found[0] if found else None
