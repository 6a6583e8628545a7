"""Operands of any form, read with the grammar."""

from __future__ import annotations

import io
import re
from functools import cache
from importlib.resources import files
from typing import Any

import attrs
import lark

from hicannx.asm.literal import character_value, decode_string
from hicannx.asm.operand import OperandError
from hicannx.asm.syntax import Binary, Expression, Here, LocalReference, Name, Number, Operand, Register, Unary
from hicannx.cache import cached

_depth_limit = 200
_longest_number = 200
_digits = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*")


@cache
def _parser() -> Any:
    text = (files("hicannx.asm") / "grammar.lark").read_text(encoding="utf-8")
    saved = cached("grammar", [text.encode(), lark.__version__.encode()], lambda: _compile(text))
    return lark.Lark.load(io.BytesIO(saved))


def _compile(grammar: str) -> bytes:
    buffer = io.BytesIO()
    lark.Lark(grammar, start="operand", parser="lalr").save(buffer)
    return buffer.getvalue()


def parse_by_grammar(text: str) -> Operand:
    """One operand of any form; an OperandError says what is wrong with it."""
    if not text:
        raise OperandError("an operand is missing here", 0, 1, "A105", "write it, or remove the comma")
    try:
        tree = _parser().parse(text)
    except lark.UnexpectedCharacters as error:
        position = error.pos_in_stream or 0
        title = f"`{text[position]}` is not expected here"
        raise OperandError(title, position, position + 1, help_text=_what_is_expected) from None
    except lark.UnexpectedToken as error:
        if error.token.type == "$END" and (completed := _completed(text)):
            return completed
        raise _unexpected(text, error) from None
    return _operand(text, tree)


def _completed(text: str) -> Operand | None:
    """What GNU as makes of an operand that ends with an operator: a zero follows it."""
    try:
        operand = _operand(text, _parser().parse(text + " 0"))
    except (lark.UnexpectedInput, OperandError):
        return None
    return None if operand.suffix else attrs.evolve(operand, missing=True)


_beginnings = ("NAME", "NUMBER", "REGISTER", "CHARACTER", "STRING")  # tokens that an operand begins with
_what_is_expected = "an operand is a number, a symbol or an expression of them; commas separate operands"


def _unexpected(text: str, error: lark.UnexpectedToken) -> OperandError:
    if error.token.type == "$END":
        still_open = text.count("(") - text.count(")")
        help_text = "close it with `)`" if still_open > 0 else "something has to follow here"
        return OperandError("the operand ends too early", len(text) - 1, len(text), help_text=help_text)
    title = f"`{str(error.token).splitlines()[0]}` is not expected here"
    start = error.token.start_pos or 0
    help_text = _with_comma(text, start) if error.token.type in _beginnings else _what_is_expected
    return OperandError(title, start, error.token.end_pos, help_text=help_text)


def _with_comma(text: str, start: int) -> str:
    """How two operands are written that only a blank keeps apart."""
    before, behind = text[:start].rstrip(), text[start:].splitlines()[0]
    return f"write a comma in between: `{before}, {behind}`" if text[:start] != before else _what_is_expected


def _operand(text: str, tree: Any) -> Operand:
    kind = tree.data if isinstance(tree, lark.Tree) else ""
    if kind == "text":
        return Operand(text, string=b"".join(decode_string(str(one)) for one in tree.children))
    if kind == "word":
        return Operand(text, word=str(tree.children[0]))
    suffixes: list[str] = []
    if kind == "based":
        displacement, base = tree.children
        return Operand(text, _node(displacement, suffixes, 0), _suffix(suffixes, text), _node(base, [], 0))
    return Operand(text, _node(tree, suffixes, 0), _suffix(suffixes, text))


def _suffix(suffixes: list[str], text: str) -> str:
    if len(set(suffixes)) > 1:
        title = "an operand can have one relocation operator only"
        raise OperandError(title, 0, len(text), help_text="write it once, at the end: `(symbol+4)@l`")
    return suffixes[0] if suffixes else ""


def _node(tree: Any, suffixes: list[str], depth: int) -> Expression:
    if depth > _depth_limit:
        raise OperandError("nested too deeply", 0, 1, help_text="give parts of it a name with `.set`")
    if isinstance(tree, lark.Token):
        return _leaf(tree)
    if tree.data == "suffixed":
        inner = tree
        words: list[str] = []
        while isinstance(inner, lark.Tree) and inner.data == "suffixed":
            words.insert(0, str(inner.children[1]).lower())
            inner = inner.children[0]
        suffixes.append("@".join(words))
        return _node(inner, suffixes, depth)
    if tree.data == "unary":
        operator, operand = tree.children
        inner = _node(operand, suffixes, depth + 1)
        return Unary(str(operator), inner, operator.start_pos, inner.end)
    first, operator, second = tree.children
    left, right = _node(first, suffixes, depth + 1), _node(second, suffixes, depth + 1)
    return Binary(str(operator), left, right, left.start, right.end)


def _leaf(token: Any) -> Expression:
    text, start, end = str(token), int(token.start_pos), int(token.end_pos)
    if token.type == "NAME":
        return Here(start, end) if text in {".", "$"} else Name(text, start, end)
    if token.type == "REGISTER":
        return Register(text[1:].lower(), start, end)
    if token.type == "CHARACTER":
        return Number(character_value(text), start, end)
    return _number(text, start, end)


def _number(text: str, start: int, end: int) -> Expression:
    if len(text) > _longest_number:
        raise OperandError(f"a number of {len(text)} characters", start, end, "A104", "numbers have 64 bits")
    if text[-1] in "bf" and text[:-1].isdigit():
        return LocalReference(int(text[:-1]), text[-1] == "f", start, end)
    if not _digits.fullmatch(text):
        help_text = "numbers are decimal (10), hexadecimal (0x1f), binary (0b101) or octal (017)"
        raise OperandError(f"`{text}` is not a number", start, end, "A104", help_text)
    octal = text[0] == "0" and text.isdigit()
    return Number(int(text, 8) if octal else int(text, 0), start, end)
