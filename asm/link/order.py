"""The order in which GNU ld goes through its symbols, which common storage and symbol tables show to the outside."""

from __future__ import annotations

from functools import cache

import attrs

from hicannx.asm.table import load_table


@attrs.frozen
class _Hash:
    buckets: int
    spread: int
    fold: int
    bits: int


@attrs.frozen
class _Order:
    symbol_hash: _Hash


@cache
def _order() -> _Hash:
    return load_table("order", _Order, "hicannx.asm.link").symbol_hash


@cache
def bucket(name: str) -> int:
    """The bucket of a name in the table of symbols: they are visited bucket by bucket."""
    known = _order()
    mask = (1 << known.bits) - 1
    value = 0
    for one in (*name.encode(), len(name.encode())):
        value = (value + one + (one << known.spread)) & mask
        value ^= value >> known.fold
    return (value & 0xFFFFFFFF) % known.buckets
