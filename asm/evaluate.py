"""Operands of a statement and their values, with a diagnostic for whatever is wrong with them."""

from __future__ import annotations

from typing import NamedTuple

from hicannx.asm.expression import Scope, Site, Value, evaluate
from hicannx.asm.mistake import mistake
from hicannx.asm.operand import OperandError, parse_operand, split_operands
from hicannx.asm.syntax import Operand, Statement
from hicannx.source import Span


class PlacedOperand(NamedTuple):
    """An operand and its offset in the operands' text of its statement."""

    operand: Operand
    offset: int

    def span(self, statement: Statement) -> Span:
        """The whole operand, for a caret."""
        return statement.part(self.offset, self.offset + len(self.operand.text))


def operands_of(statement: Statement, count: tuple[int, int] = (0, 1 << 30), usage: str = "") -> list[PlacedOperand]:
    """All operands, at least and at most `count` of them; a DiagnosticError (A103, A104, A111) says what is wrong."""
    found = []
    for offset, text in split_operands(statement.body):
        try:
            found.append(PlacedOperand(parse_operand(text), offset))
        except OperandError as error:
            span = statement.part(offset + error.start, offset + error.end)
            raise mistake(error.code, error.reason, span, help=error.help) from None
    if not count[0] <= len(found) <= count[1]:
        title = f"`{statement.mnemonic}` has {len(found)} operand{'s'[: len(found) != 1]}"
        raise mistake("A111", title, statement.body_span, help=f"write `{usage}`")
    return found


def value_of(statement: Statement, placed: PlacedOperand, scope: Scope) -> Value:
    """The value of an operand that is a plain expression."""
    operand, offset = placed
    if operand.expression is None or operand.base is not None or operand.suffix:
        raise mistake("A112", f"`{operand.text}` is not a plain expression", placed.span(statement))
    return evaluate(operand.expression, scope, Site(statement, offset))


def constant(statement: Statement, placed: PlacedOperand, scope: Scope) -> int:
    """The value of an operand that has to be a number by now; a DiagnosticError (A302) when it is not."""
    value = value_of(statement, placed, scope)
    if isinstance(value, int):
        return value
    title = f"the value of `{placed.operand.text}` is not known here"
    help_text = "use numbers, symbols set before this line, and differences of labels before it in one section"
    raise mistake("A302", title, placed.span(statement), help=help_text)
