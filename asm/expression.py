"""Values of expressions: a number, a place (symbol, minus another, plus a number), or a sum that has to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import attrs

from hicannx.asm.mistake import mistake
from hicannx.asm.section import Chunk
from hicannx.asm.symbol import Symbol, SymbolTable
from hicannx.asm.syntax import Binary, Expression, Here, LocalReference, Name, Number, Register, Statement, Unary
from hicannx.source import Span

_word = 1 << 64  # GNU as computes with 64 bits for this target
_depth_limit = 100


@attrs.frozen(eq=False)
class Place:
    """`symbol - minus + addend`."""

    symbol: Symbol
    minus: Symbol | None
    addend: int


class Site(NamedTuple):
    """Where an operand stands: its statement, and its offset in the statement's operands."""

    statement: Statement
    offset: int = 0

    def span(self, node: Expression) -> Span:
        """The characters of a part of the operand."""
        return self.statement.part(self.offset + node.start, self.offset + node.end)


@attrs.frozen(eq=False)
class Deferred:
    """An operation on values of which one is not known yet."""

    operator: str
    left: Value
    right: Value
    span: Span


Value: TypeAlias = int | Place | Deferred


@attrs.define
class Scope:
    """What names mean at a point of the program: the symbols so far, and the location counter."""

    symbols: SymbolTable
    chunk: Chunk

    def here(self) -> Symbol:
        """A symbol for the location counter."""
        return Symbol(".", self.chunk, self.chunk.size)


def evaluate(node: Expression, scope: Scope, site: Site) -> Value:
    """The value at this point of the program; a DiagnosticError when it can have none."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return _of_symbol(scope.symbols.get(node.name), site, node)
    if isinstance(node, Here):
        return Place(scope.here(), None, 0)
    if isinstance(node, Unary):
        return _unary(node, evaluate(node.operand, scope, site), site)
    if isinstance(node, Binary):
        left, right = evaluate(node.left, scope, site), evaluate(node.right, scope, site)
        return combine(node.operator, left, right, site.span(node))
    if isinstance(node, LocalReference):
        return _of_number(node, scope, site)
    assert isinstance(node, Register)
    raise mistake("A203", f"register `%{node.name}` stands where a value is expected", site.span(node))


def _of_symbol(symbol: Symbol, site: Site, node: Expression) -> Value:
    if symbol.value is not None:
        return symbol.value
    if symbol.used_at is None and symbol.chunk is None:
        symbol.used_at = site.span(node)
    return Place(symbol, None, 0)


def _of_number(node: LocalReference, scope: Scope, site: Site) -> Value:
    symbol = scope.symbols.refer_number(node.number, forward=node.forward)
    if symbol is None:
        title = f"no label `{node.number}:` stands before this line"
        raise mistake("A304", title, site.span(node), help=f"write `{node.number}f` for one that follows")
    if symbol.used_at is None:
        symbol.used_at = site.span(node)
    return Place(symbol, None, 0)


def _unary(node: Unary, value: Value, site: Site) -> Value:
    if node.operator == "+":
        return value
    if node.operator == "-":
        return combine("-", 0, value, site.span(node))
    if node.operator == "~":
        return combine("^", value, -1, site.span(node))
    return combine("-", 0, combine("==", value, 0, site.span(node)), site.span(node))


def combine(operator: str, left: Value, right: Value, span: Span) -> Value:
    """Apply a binary operator as far as its operands are known."""
    if isinstance(left, int) and isinstance(right, int):
        return calculate(operator, left, right, span)
    if operator == "+":
        if isinstance(left, Place) and isinstance(right, int):
            return Place(left.symbol, left.minus, left.addend + right)
        if isinstance(left, int) and isinstance(right, Place):
            return Place(right.symbol, right.minus, left + right.addend)
    if operator == "-" and isinstance(left, Place):
        if isinstance(right, int):
            return Place(left.symbol, left.minus, left.addend - right)
        if isinstance(right, Place) and left.minus is None and right.minus is None:
            return _difference(left, right)
    return Deferred(operator, left, right, span)


def _difference(left: Place, right: Place) -> Value:
    addend = left.addend - right.addend
    first, second = left.symbol, right.symbol
    if first is second:
        return addend
    if first.chunk is not None and first.chunk is second.chunk:
        return first.offset - second.offset + addend
    return Place(first, second, addend)


def settle(value: Value, depth: int = 0) -> int | Place:
    """The value after layout, when all symbols of the file are placed; a DiagnosticError when it has none."""
    if isinstance(value, int):
        return value
    if isinstance(value, Deferred):
        return _settle_deferred(value, depth)
    place = _settle_symbol(value.symbol, depth)
    if isinstance(place, int):
        result: int | Place = place + value.addend
    else:
        result = Place(place.symbol, place.minus, place.addend + value.addend)
    if value.minus is None:
        return result
    minus = _settle_symbol(value.minus, depth)
    if isinstance(minus, int) and isinstance(result, Place):
        return Place(result.symbol, result.minus, result.addend - minus)
    if isinstance(minus, int) or isinstance(result, int):
        return result - minus if isinstance(minus, int) and isinstance(result, int) else value
    return _settle_difference(result, minus)


def _settle_difference(left: Place, right: Place) -> int | Place:
    addend = left.addend - right.addend
    first, second = left.symbol, right.symbol
    if first is second:
        return addend
    if first.chunk is not None and second.chunk is not None and first.chunk.section is second.chunk.section:
        return first.section_offset - second.section_offset + addend
    return Place(first, second, addend)


def _settle_symbol(symbol: Symbol, depth: int) -> int | Place:
    if symbol.value is None:
        return Place(symbol, None, 0)
    if depth > _depth_limit:
        span = symbol.defined_at
        assert span is not None
        raise mistake("A307", f"symbol `{symbol.name}` is defined by itself", span)
    return settle(symbol.value, depth + 1)


def _settle_deferred(value: Deferred, depth: int) -> int | Place:
    left, right = settle(value.left, depth + 1), settle(value.right, depth + 1)
    result = combine(value.operator, left, right, value.span)
    if isinstance(result, Place) and result.minus is not None:
        return settle(result, depth + 1)
    if isinstance(result, Deferred):
        title = f"`{value.operator}` cannot be applied to the address of a symbol"
        help_text = "only `symbol + number`, `symbol - number` and differences within one section have a value"
        raise mistake("A303", title, value.span, help=help_text)
    return result


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _shift(left: int, count: int) -> int:
    return left << count if 0 <= count < 64 else 0


_operators: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _divide,
    "%": lambda a, b: a - b * _divide(a, b),
    "<<": _shift,
    ">>": lambda a, b: (a % _word) >> b if 0 <= b < 64 else 0,
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


def calculate(operator: str, left: int, right: int, span: Span) -> int:
    """Two numbers to one, in 64-bit two's complement; comparisons give -1 when true, as in GNU as."""
    if operator in "/%" and right == 0:
        raise mistake("A306", "division by zero", span)
    result = _operators[operator](left, right)
    return (result + _word // 2) % _word - _word // 2
