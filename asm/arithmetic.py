"""Arithmetic of the assembler: 64 bits in two's complement, comparisons that give -1 when true."""

from __future__ import annotations

from collections.abc import Callable

from hicannx.asm.mistake import Report
from hicannx.source import Span

_bits = 64  # GNU as computes with 64 bits for this target
_word = 1 << _bits


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_operators: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
    "<<": lambda a, b: a << b if 0 <= b < _bits else 0,
    ">>": lambda a, b: (a % _word) >> b if 0 <= b < _bits else 0,
    "|": lambda a, b: a | b,
    "&": lambda a, b: a & b,
    "^": lambda a, b: a ^ b,
    "!": lambda a, b: a | ~b,
    "==": lambda a, b: -(a == b),
    "!=": lambda a, b: -(a != b),
    "<>": lambda a, b: -(a != b),
    "<": lambda a, b: -(a < b),
    "<=": lambda a, b: -(a <= b),
    ">": lambda a, b: -(a > b),
    ">=": lambda a, b: -(a >= b),
    "&&": lambda a, b: int(bool(a) and bool(b)),
    "||": lambda a, b: int(bool(a) or bool(b)),
}

equalities = frozenset({"==", "!=", "<>"})
comparisons = equalities | frozenset({"<", "<=", ">", ">="})


def calculate(operator: str, left: int, right: int, span: Span, report: Report) -> int:
    """Two numbers to one; reports a division by zero (A306) and a shift by too much (A107)."""
    if operator in "/%" and right == 0:
        report.complain("A306", "division by zero", span, help="change the divisor; GNU as divides by one instead")
        right = 1
    if operator in {"<<", ">>"} and not 0 <= right < _bits:
        title = f"a shift by {right} gives zero"
        report.warn("A107", title, span, label=f"allowed: 0 to {_bits - 1}", help="numbers have 64 bits here")
    return _signed(_operators[operator](_signed(left), _signed(right)))


def _signed(value: int) -> int:
    return (value + _word // 2) % _word - _word // 2
