"""Operands of a statement and their values, with a diagnostic for whatever is wrong with them."""

from __future__ import annotations

from typing import NamedTuple

from hicannx.asm.expression import Scope, Site, Value, decide, evaluate
from hicannx.asm.mistake import Report, mistake
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
    """All operands, at least and at most `count` of them; a DiagnosticError (A103 to A105, A111) otherwise."""
    found = [_placed(statement, offset, text, usage) for offset, text in split_operands(statement.body)]
    if not count[0] <= len(found) <= count[1]:
        raise wrong_count(statement, len(found), usage)
    return found


def optional_operands_of(statement: Statement, most: int, usage: str) -> list[PlacedOperand | None]:
    """All operands, at most so many, None for those that are left out between commas or at the end."""
    pieces = split_operands(statement.body)
    if len(pieces) > most:
        raise wrong_count(statement, len(pieces), usage)
    found = [_placed(statement, offset, text, usage) if text else None for offset, text in pieces]
    return found + [None] * (most - len(found))


def _placed(statement: Statement, offset: int, text: str, usage: str) -> PlacedOperand:
    try:
        return PlacedOperand(parse_operand(text), offset)
    except OperandError as error:
        span = statement.part(offset + error.start, offset + error.end)
        help_text = f"write `{usage}`" if usage and error.code == "A105" else error.help
        raise mistake(error.code, error.reason, span, help=help_text) from None


def wrong_count(statement: Statement, count: int, usage: str) -> Exception:
    """The diagnostic (A111) for a directive with too few or too many operands."""
    title = f"`{statement.mnemonic}` has {count} operand{'s'[: count != 1]}"
    return mistake("A111", title, statement.body_span, help=f"write `{usage}`")


def check_missing(statement: Statement, placed: PlacedOperand, report: Report) -> None:
    """Complain (A105) about an operator that has nothing behind it, and stands for an addition of 0 or the like."""
    if placed.operand.missing:
        title = f"nothing follows the operator in `{placed.operand.text}`"
        report.complain(
            "A105", title, placed.span(statement), help="write a number or a symbol behind it, or remove it"
        )


def value_of(statement: Statement, placed: PlacedOperand, scope: Scope) -> Value:
    """The value of an operand that is a plain expression."""
    operand, offset = placed
    if operand.expression is None or operand.base is not None or operand.suffix:
        title = f"`{operand.text}` is not a plain expression"
        raise mistake("A112", title, placed.span(statement), help="a number, a symbol or a calculation is needed here")
    check_missing(statement, placed, scope.report)
    return evaluate(operand.expression, scope, Site(statement, offset))


def constant(statement: Statement, placed: PlacedOperand, scope: Scope) -> int:
    """The value of an operand that has to be a number by now; a DiagnosticError (A302) when it is not."""
    value = decide(value_of(statement, placed, scope))
    if isinstance(value, int):
        return value
    raise unknown(statement, placed)


def unknown(statement: Statement, placed: PlacedOperand) -> Exception:
    """The diagnostic (A302) for a value that is needed at once and not known."""
    title = f"the value of `{placed.operand.text}` is not known here"
    help_text = "use numbers, symbols set before this line, and differences of labels before it in one section"
    return mistake("A302", title, placed.span(statement), help=help_text)
