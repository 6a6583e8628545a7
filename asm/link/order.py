"""How GNU ld orders symbols and lays out common storage: what a linker must know to give the same addresses."""

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
class CommonStorage:
    """The sections for common storage: symbols of up to `small_size` bytes, and larger ones; `home` is their output."""

    small_size: int
    small_section: str
    section: str
    home: str


@attrs.frozen
class _Order:
    symbol_hash: _Hash
    common_storage: CommonStorage


@cache
def _order() -> _Order:
    return load_table("order", _Order, "hicannx.asm.link")


def common_storage() -> CommonStorage:
    """Where common storage goes."""
    return _order().common_storage


@cache
def bucket(name: str) -> int:
    """The bucket of a name in the table of symbols: they are visited bucket by bucket."""
    known = _order().symbol_hash
    mask = (1 << known.bits) - 1
    value = 0
    for one in (*name.encode(), len(name.encode())):
        value = (value + one + (one << known.spread)) & mask
        value ^= value >> known.fold
    return (value & 0xFFFFFFFF) % known.buckets
