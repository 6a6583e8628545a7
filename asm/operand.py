"""The text of operands to operands, remembered, since programs repeat themselves."""

from __future__ import annotations

import re
from functools import lru_cache

from hicannx.asm.syntax import Expression, Name, Number, Operand, Register, Unary

_remembered = 1 << 12


class OperandError(Exception):
    """An operand is malformed: code, reason and help of a diagnostic, and where in its text."""

    def __init__(self, reason: str, start: int, end: int, code: str = "A103", help_text: str = "") -> None:
        super().__init__(reason)
        self.reason, self.start, self.end = reason, start, end
        self.code, self.help = code, help_text


@lru_cache(_remembered)
def split_operands(body: str) -> tuple[tuple[int, str], ...]:
    """(offset, text) of every operand, cut at commas outside quotes; one that is left out has an empty text."""
    if not body:
        return ()
    pieces = body.split(",") if '"' not in body and "'" not in body else _split_quoted(body)
    found = []
    offset = 0
    for piece in pieces:
        stripped = piece.lstrip()
        found.append((offset + len(piece) - len(stripped), stripped.rstrip()))
        offset += len(piece) + 1
    return tuple(found)


def _split_quoted(body: str) -> list[str]:
    pieces = [""]
    for match in re.finditer(r"""[^,"']+|,|"(?:\\.|[^"\\])*"?|'(?:\\.|[^\\])'?|.""", body, re.DOTALL):
        if match.group() == ",":
            pieces.append("")
        else:
            pieces[-1] += match.group()
    return pieces


# The commonest operands need no grammar: a number or a name, with an operator, before a register in parentheses.
_simple = re.compile(
    r"""(?:(-?)(0[xX][0-9a-fA-F]{1,32}|0|[1-9][0-9]{0,18}) | ([A-Za-z_][\w.$]*|[.$][\w.$]+)(?:@([A-Za-z]\w*))?)
        (?:(\()(?:(0|[1-9][0-9]{0,18})|%([A-Za-z]\w*))\))?""",
    re.VERBOSE | re.ASCII,
)


@lru_cache(_remembered)
def parse_operand(text: str) -> Operand:
    """One operand; an OperandError says what is wrong with it."""
    simple = _simple.fullmatch(text)
    if simple:
        return _simple_operand(text, simple)
    from hicannx.asm.grammar import parse_by_grammar  # late: many programs need no grammar

    return parse_by_grammar(text)


def _simple_operand(text: str, match: re.Match[str]) -> Operand:
    sign, number, name, suffix, opening, _, register = match.groups()
    if number is not None:
        start, end = match.span(2)
        node: Expression = Number(int(number, 0), start, end)
        if sign:
            node = Unary("-", node, 0, end)
    else:
        node = Name(name, *match.span(3))
    if opening is None:
        return Operand(text, node, (suffix or "").lower())
    written: Expression = Register(register.lower(), match.start(7) - 1, match.end(7)) if register else _based(match)
    return Operand(text, node, (suffix or "").lower(), written)


def _based(match: re.Match[str]) -> Number:
    return Number(int(match[6]), *match.span(6))
