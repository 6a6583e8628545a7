"""Ranges of integers, and what the operators of the language make of them."""

from __future__ import annotations

from collections.abc import Callable

import attrs

_shift_limit = 63
_word_low, _word_high = -(1 << 63), (1 << 63) - 1


@attrs.frozen
class Interval:
    """All integers from `low` to `high`, both included."""

    low: int
    high: int

    @property
    def fits(self) -> bool:
        """True when a signed 64-bit word holds every value."""
        return _word_low <= self.low and self.high <= _word_high

    def within(self, low: int, high: int) -> bool:
        """True when every value lies between `low` and `high`."""
        return low <= self.low and self.high <= high

    def join(self, other: Interval) -> Interval:
        """The smallest interval with the values of both."""
        return Interval(min(self.low, other.low), max(self.high, other.high))


boolean = Interval(0, 1)


def unsigned(width: int) -> Interval:
    """The values of `width` bits read as unsigned."""
    return Interval(0, (1 << width) - 1)


def signed(width: int) -> Interval:
    """The values of `width` bits read as two's complement."""
    return Interval(-(1 << (width - 1)), (1 << (width - 1)) - 1)


def combine(operator: str, a: Interval, b: Interval) -> Interval | None:
    """The range of `a operator b`; None where a shift amount may be out of 0 to 63."""
    if operator in ("<<", ">>") and not b.within(0, _shift_limit):
        return None
    rule = _rules.get(operator)
    return rule(a, b) if rule else boolean


def negate(operator: str, a: Interval) -> Interval:
    """The range of `-a`, `~a` or `not a`."""
    match operator:
        case "-":
            return Interval(-a.high, -a.low)
        case "~":
            return Interval(~a.high, ~a.low)
        case "+":
            return a
    return boolean


def _corners(function: Callable[[int, int], int]) -> Callable[[Interval, Interval], Interval]:
    def rule(a: Interval, b: Interval) -> Interval:
        values = [function(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
        return Interval(min(values), max(values))

    return rule


def _bits(*intervals: Interval) -> int:
    return max(max(one.low.bit_length(), one.high.bit_length()) for one in intervals)


def _any_bits(a: Interval, b: Interval) -> Interval:
    top = (1 << _bits(a, b)) - 1
    return Interval(0 if a.low >= 0 and b.low >= 0 else ~top, top)


def _and(a: Interval, b: Interval) -> Interval:
    not_negative = [one.high for one in (a, b) if one.low >= 0]
    return Interval(0, min(not_negative)) if not_negative else _any_bits(a, b)


_rules: dict[str, Callable[[Interval, Interval], Interval]] = {
    "+": _corners(lambda x, y: x + y),
    "-": _corners(lambda x, y: x - y),
    "*": _corners(lambda x, y: x * y),
    "<<": _corners(lambda x, y: x << y),
    ">>": _corners(lambda x, y: x >> y),
    "&": _and,
    "|": _any_bits,
    "^": _any_bits,
}
