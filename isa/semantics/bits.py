"""Cutting bits out of words."""

from __future__ import annotations

from hicannx.isa.semantics.program import Field


def field_number(field: Field, word: int) -> int:
    """The bits of a field of an instruction word, unsigned and in their right order."""
    width = field.msb - field.lsb + 1
    number = word >> field.lsb & (1 << width) - 1
    if field.swapped:
        half = width // 2
        return (number & (1 << half) - 1) << half | number >> half
    return number


def field_value(field: Field, word: int) -> int:
    """The value of a field: signed where it is declared so, in units of its scale."""
    number = field_number(field, word)
    return (sign_extend(number, field.msb - field.lsb + 1) if field.signed else number) * field.scale


def sign_extend(value: int, width: int) -> int:
    """The low `width` bits read as two's complement."""
    half = 1 << (width - 1)
    return ((value & (1 << width) - 1) ^ half) - half


def wrap(value: int, width: int) -> int:
    """The low `width` bits."""
    return value & (1 << width) - 1


def cut(value: int, width: int, first: int, last: int) -> int:
    """Bits `first` to `last` of a word of `width` bits, bit 0 the most significant one."""
    return value >> (width - 1 - last) & (1 << (last - first + 1)) - 1
