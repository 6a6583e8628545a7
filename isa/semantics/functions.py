"""Built-in functions of the language: range, meaning, and source text in lowered code.

`evaluate` says what a function means in the plainest way; `source` is its fast form, with a function of prelude.py
where an expression is not enough. Tests compare the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import attrs

from hicannx.isa.semantics.interval import Interval, boolean, combine, signed, unsigned
from hicannx.isa.semantics.state import load_state


@attrs.frozen
class Function:
    """`count` arguments; their `domain`s, where they are limited; the range of the result."""

    count: int
    interval: Callable[..., Interval]
    evaluate: Callable[..., int]
    source: str
    domain: tuple[Interval, ...] = ()
    boolean: bool = False


def find_function(name: str) -> Function | None:
    """The built-in of that name; `saturate_sN` and `exceeds_sN` exist for every N up to 64."""
    sized = re.fullmatch(r"(saturate|exceeds)_s([1-9]\d?)", name)
    if sized and int(sized[2]) <= 64:
        return _sized(sized[1], int(sized[2]))
    return functions().get(name)


@cache
def functions() -> dict[str, Function]:
    """The built-ins with a fixed name."""
    word = load_state().arrays["GPR"].width
    number, place = unsigned(word), Interval(0, word - 1)
    cr, vcr = load_state().compare, load_state().condition
    cr_codes = {name: 1 << bit for name, bit in cr.items()}
    vcr_codes = {name: 1 << (code - 1) for name, code in vcr.items() if code}
    return {
        "ROTL32": Function(2, _always(number), _rotate_left, "rotate_left({0}, {1})", (number, place)),
        "MASK": Function(2, _always(number), _mask, "mask({0}, {1})", (place, place)),
        "multiply_high": Function(2, _always(number), _multiply_high, "multiply_high({0}, {1})", (number, number)),
        "quotient": Function(2, _quotient_interval, _quotient, "quotient({0}, {1})"),
        "count_leading_zeros": Function(
            1, _always(Interval(0, word)), _count_leading_zeros, "count_leading_zeros({0})", (number,)
        ),
        "popcount": Function(1, _always(Interval(0, word)), _popcount, "popcount({0})", (number,)),
        "compare": _order(cr_codes, "compare"),
        "relation": _order(vcr_codes, "relation"),
        "shift": Function(2, _shift_interval, _shift, "({0} << {1} if {1} >= 0 else {0} >> -{1})"),
    }


def _always(interval: Interval) -> Callable[..., Interval]:
    return lambda *_: interval


def _sized(kind: str, width: int) -> Function:
    limits = signed(width)
    if kind == "saturate":
        source = f"min(max({{0}}, {limits.low}), {limits.high})"
        return Function(1, _clamp_interval(limits), lambda x: max(limits.low, min(limits.high, x)), source)
    source = f"({{0}} < {limits.low}) | ({{0}} > {limits.high})"
    return Function(1, _always(boolean), lambda x: int(not limits.low <= x <= limits.high), source, boolean=True)


def _clamp_interval(limits: Interval) -> Callable[[Interval], Interval]:
    def rule(x: Interval) -> Interval:
        return Interval(max(limits.low, min(limits.high, x.low)), max(limits.low, min(limits.high, x.high)))

    return rule


def _order(codes: dict[str, int], name: str) -> Function:
    less, greater, equal = codes["lt"], codes["gt"], codes["eq"]

    def evaluate(a: int, b: int) -> int:
        return less if a < b else greater if a > b else equal

    source = f"({equal} + ({{0}} < {{1}}) * {less - equal} + ({{0}} > {{1}}) * {greater - equal})"
    return Function(2, _always(Interval(min(less, greater, equal), max(less, greater, equal))), evaluate, source)


def _rotate_left(x: int, count: int) -> int:
    digits = f"{x:032b}"
    return int(digits[count:] + digits[:count], 2)


def _mask(first: int, last: int) -> int:
    ones = [first <= bit <= last if first <= last else bit >= first or bit <= last for bit in range(32)]
    return sum(1 << (31 - bit) for bit, one in enumerate(ones) if one)


def _multiply_high(a: int, b: int) -> int:
    return (a * b) >> 32


def _quotient(a: int, b: int) -> int:
    return abs(a) // abs(b) if (a < 0) == (b < 0) else -(abs(a) // abs(b))


def _quotient_interval(a: Interval, b: Interval) -> Interval:
    del b
    top = max(abs(a.low), abs(a.high))
    return Interval(-top, top)


def _count_leading_zeros(x: int) -> int:
    return 32 - x.bit_length()


def _popcount(x: int) -> int:
    return x.bit_count()


def _shift(x: int, count: int) -> int:
    return x << count if count >= 0 else x >> -count


def _shift_interval(x: Interval, count: Interval) -> Interval:
    left = combine("<<", x, Interval(max(0, count.low), max(0, count.high)))
    right = combine(">>", x, Interval(max(0, -count.high), max(0, -count.low)))
    return left.join(right) if left and right else Interval(-(1 << 64), 1 << 64)
