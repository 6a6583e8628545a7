"""Omnibus accesses as instructions: many at once, or a few without the cost of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.regmodel.codec import byte_enables as enabled_bytes
from hicannx.regmodel.container import Container
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.words import encode_instruction, encode_instructions

Words = NDArray[np.uint64]

_byte_bits = 8


def write_instructions(addresses: ArrayLike, words: ArrayLike, byte_enables: int) -> Words:
    """Address and data instructions, two for each word written. DiagnosticError B102, B103."""
    where, what = np.broadcast_arrays(np.atleast_1d(addresses), np.atleast_1d(words))
    address = encode_instructions("omnibus_address", address=where, byte_enables=byte_enables)
    return np.stack([address, encode_instructions("omnibus_data", data=what)], axis=1).ravel()


def read_instructions(addresses: ArrayLike, byte_enables: int | None = None) -> Words:
    """One instruction for each word read. DiagnosticError B103."""
    enables = full_byte_enables() if byte_enables is None else byte_enables
    return encode_instructions("omnibus_address", address=np.atleast_1d(addresses), is_read=1, byte_enables=enables)


def few_writes(addresses: Sequence[int], words: Sequence[int], byte_enables: int) -> list[int]:
    """The same as `write_instructions` from integers. DiagnosticError B103."""
    form = _form()
    fit = all(0 <= one <= form.highest for one in (*addresses, *words)) and 0 <= byte_enables <= full_byte_enables()
    if not fit:
        return list(write_instructions(addresses, words, byte_enables))  # tells what does not fit
    top = form.write | byte_enables << form.enables_lsb
    return [one for address, word in zip(addresses, words, strict=True) for one in (top | address, form.data | word)]


def few_reads(addresses: Sequence[int], byte_enables: int) -> list[int]:
    """The same as `read_instructions` from integers. DiagnosticError B103."""
    form = _form()
    fit = all(0 <= one <= form.highest for one in addresses) and 0 <= byte_enables <= full_byte_enables()
    if not fit:
        return list(read_instructions(addresses, byte_enables))
    top = form.read | byte_enables << form.enables_lsb
    return [top | address for address in addresses]


@cache
def full_byte_enables() -> int:
    """Byte enables of a whole word."""
    return load_instructions().omnibus.full_byte_enables


def byte_mask(byte_enables: int) -> int:
    """The bits of a word that lie in the enabled bytes."""
    return sum((1 << _byte_bits) - 1 << _byte_bits * byte for byte in range(4) if byte_enables >> byte & 1)


def container_enables(container: Container, values: Mapping[str, Any], e: Any = 0) -> Any:
    """The byte enables with which instances with these values are written: bit i for byte i."""
    return sum(enable * (1 << bit) for bit, enable in enumerate(reversed(enabled_bytes(container, values, e))))


@attrs.frozen
class _Form:
    """Words without address, data and byte enables; addresses and data stand lowest and end at `highest`."""

    write: int
    read: int
    data: int
    enables_lsb: int
    highest: int


@cache
def _form() -> _Form:
    table = load_instructions().instructions
    address, data = table["omnibus_address"], table["omnibus_data"]
    where, what = address.field("address"), data.field("data")
    assert (where.lsb, what.lsb, where.highest) == (0, 0, what.highest)
    return _Form(
        encode_instruction("omnibus_address", address=0, byte_enables=0),
        encode_instruction("omnibus_address", address=0, byte_enables=0, is_read=1),
        encode_instruction("omnibus_data", data=0),
        address.field("byte_enables").lsb,
        where.highest,
    )
