"""Values of expressions: a number, a place (symbol, minus another, plus a number), or a sum that has to wait."""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple, TypeAlias

import attrs

from hicannx.asm.arithmetic import calculate, comparisons, equalities
from hicannx.asm.mistake import Report, mistake
from hicannx.asm.section import Chunk
from hicannx.asm.symbol import Symbol, SymbolTable
from hicannx.asm.syntax import Binary, Expression, Here, LocalReference, Name, Number, Register, Statement, Unary
from hicannx.source import Span

_depth_limit = 100
_break_circle = "give one of the symbols in the circle a number or a label"


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
    report: Report


class Formula(NamedTuple):
    """An expression that has to be evaluated again wherever the symbol that it belongs to is used."""

    expression: Expression
    site: Site


Value: TypeAlias = int | Place | Deferred


@attrs.define(eq=False)
class Scope:
    """What names mean at a point of the program: symbols and sections so far, and the location counter."""

    symbols: SymbolTable
    chunk: Chunk
    report: Report
    sections: Container[str] = ()
    depth: int = 0

    def here(self) -> Value:
        """The location counter."""
        if self.chunk.section.is_absolute:
            return self.chunk.size
        return Place(Symbol(".", self.chunk, self.chunk.size, gap=len(self.chunk.gaps)), None, 0)


def evaluate(node: Expression, scope: Scope, site: Site) -> Value:
    """The value at this point of the program; a DiagnosticError when it can have none."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return _of_symbol(scope.symbols.get(node.name), scope, site, node)
    if isinstance(node, Here):
        return scope.here()
    if isinstance(node, Unary):
        return _unary(node, evaluate(node.operand, scope, site), scope, site)
    if isinstance(node, Binary):
        left, right = evaluate(node.left, scope, site), evaluate(node.right, scope, site)
        return combine(node.operator, left, right, site.span(node), scope.report)
    if isinstance(node, LocalReference):
        return _of_number(node, scope, site)
    assert isinstance(node, Register)
    title = f"register `%{node.name}` stands where a value is expected"
    raise mistake("A203", title, site.span(node), help="write a number or a symbol, without `%`")


def _of_symbol(symbol: Symbol, scope: Scope, site: Site, node: Expression) -> Value:
    if symbol.weak_target is not None:
        return Place(symbol.weak_target, None, 0)
    if symbol.formula is not None:
        return _of_formula(symbol, symbol.formula, scope)
    if isinstance(symbol.value, int | Deferred):
        return symbol.value
    if symbol.used_at is None and symbol.chunk is None:
        symbol.used_at = site.span(node)
    return Place(symbol, None, 0)


def _of_formula(symbol: Symbol, formula: Formula, scope: Scope) -> Value:
    if scope.depth > _depth_limit:
        title = f"symbol `{symbol.name}` is defined by itself"
        raise mistake("A307", title, symbol.defined_at, help=_break_circle)
    scope.depth += 1
    try:
        return evaluate(formula.expression, scope, formula.site)
    finally:
        scope.depth -= 1


def _of_number(node: LocalReference, scope: Scope, site: Site) -> Value:
    symbol = scope.symbols.refer_number(node.number, forward=node.forward)
    if symbol is None:
        title = f"no label `{node.number}:` stands before this line"
        raise mistake("A304", title, site.span(node), help=f"write `{node.number}f` for one that follows")
    if symbol.used_at is None:
        symbol.used_at = site.span(node)
    return Place(symbol, None, 0)


def _unary(node: Unary, value: Value, scope: Scope, site: Site) -> Value:
    if node.operator == "+":
        return value
    span, report = site.span(node), scope.report
    if node.operator == "-":
        return combine("-", 0, value, span, report)
    if node.operator == "~":
        return combine("^", value, -1, span, report)
    return combine("-", 0, combine("==", value, 0, span, report), span, report)


def combine(operator: str, left: Value, right: Value, span: Span, report: Report) -> Value:
    """Apply a binary operator as far as its operands are known."""
    if isinstance(left, int) and isinstance(right, int):
        return calculate(operator, left, right, span, report)
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
    if operator in comparisons and isinstance(left, Place) and isinstance(right, Place):
        distance = combine("-", left, right, span, report)
        if isinstance(distance, int):
            return calculate(operator, distance, 0, span, report)
    return Deferred(operator, left, right, span, report)


def _difference(left: Place, right: Place) -> Value:
    addend = left.addend - right.addend
    first, second = left.symbol, right.symbol
    if first is second:
        return addend
    if first.chunk is not None and first.chunk is second.chunk and first.gap == second.gap:
        return first.offset - second.offset + addend
    return Place(first, second, addend)


def decide(value: Value) -> Value:
    """The value where it is needed at once: things that cannot be compared are not equal."""
    if isinstance(value, Deferred):
        left, right = decide(value.left), decide(value.right)
        if value.operator in equalities and not (isinstance(left, Deferred) or isinstance(right, Deferred)):
            return calculate(value.operator, 0, 1, value.span, value.report)
        if isinstance(left, int) or isinstance(right, int):
            return combine(value.operator, left, right, value.span, value.report)
    return value


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
        raise mistake("A307", f"symbol `{symbol.name}` is defined by itself", span, help=_break_circle)
    return settle(symbol.value, depth + 1)


def _settle_deferred(value: Deferred, depth: int) -> int | Place:
    left, right = settle(value.left, depth + 1), settle(value.right, depth + 1)
    result = combine(value.operator, left, right, value.span, value.report)
    if isinstance(result, Place) and result.minus is not None:
        return settle(result, depth + 1)
    if isinstance(result, Deferred):
        compared = _compare_places(value, left, right)
        if compared is not None:
            return compared
        title = f"`{value.operator}` cannot be applied to the address of a symbol"
        help_text = "only `symbol + number`, `symbol - number` and differences within one section have a value"
        raise mistake("A303", title, value.span, help=help_text)
    return result


def _compare_places(value: Deferred, left: int | Place, right: int | Place) -> int | None:
    """Comparison of two places in one section: that of their offsets."""
    if value.operator not in comparisons or not isinstance(left, Place) or not isinstance(right, Place):
        return None
    if left.minus or right.minus:
        return None
    distance = _settle_difference(left, right)
    return calculate(value.operator, distance, 0, value.span, value.report) if isinstance(distance, int) else None
