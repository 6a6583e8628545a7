"""Nodes of a semantics text; every node has its span, and nodes are compared by identity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from hicannx.source import Span


@attrs.frozen(eq=False)
class Number:
    """A literal."""

    span: Span
    value: int


@attrs.frozen(eq=False)
class Name:
    """A field, a register behind a field, a piece of state such as `XER.CA`, or a local."""

    span: Span
    text: str


@attrs.frozen(eq=False)
class OrZero:
    """`(RA|0)`: the register, or 0 where the field itself is 0."""

    span: Span
    name: str


@attrs.frozen(eq=False)
class Index:
    """`CR[BI]` a bit, `GPR[n]` a register, `VRA[i]` a lane."""

    span: Span
    name: str
    index: Expression


@attrs.frozen(eq=False)
class Slice:
    """`RS[24:31]`: bits `first` to `last`, bit 0 the most significant."""

    span: Span
    name: str
    first: int
    last: int


@attrs.frozen(eq=False)
class Unary:
    """`-x`, `~x` or `not x`."""

    span: Span
    operator: str
    operand: Expression


@attrs.frozen(eq=False)
class Binary:
    """An arithmetic, bit, comparison or logic operation, named by its operator."""

    span: Span
    operator: str
    left: Expression
    right: Expression


@attrs.frozen(eq=False)
class Choice:
    """`yes if condition else no`; only the chosen side is evaluated."""

    span: Span
    condition: Expression
    yes: Expression
    no: Expression


@attrs.frozen(eq=False)
class Call:
    """A function of the table in functions.py, or an access: `MEM(EA, size)`, `PBUS(EA)`."""

    span: Span
    function: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Number | Name | OrZero | Index | Slice | Unary | Binary | Choice | Call
Place: TypeAlias = Name | Index | Call


@attrs.frozen(eq=False)
class Assign:
    """`place = value`: the value wraps to the width of the place."""

    span: Span
    place: Place
    value: Expression


@attrs.frozen(eq=False)
class Do:
    """A procedure: `record(RT)`, `trap()`."""

    span: Span
    call: Call


@attrs.frozen(eq=False)
class If:
    """Both branches; `otherwise` may be empty."""

    span: Span
    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@attrs.frozen(eq=False)
class Counted:
    """`for n in first .. last:`, both ends included."""

    span: Span
    name: str
    first: Expression
    last: Expression
    body: tuple[Statement, ...]


@attrs.frozen(eq=False)
class Lanes:
    """`for half lane i where COND:`: once a lane; `mask` names the field that enables the writes byte by byte."""

    span: Span
    kind: str
    name: str
    mask: str | None
    body: tuple[Statement, ...]


Statement: TypeAlias = Assign | Do | If | Counted | Lanes


def subexpressions(expression: Expression) -> Iterator[Expression]:
    """The expression and everything in it."""
    yield expression
    match expression:
        case Index(index=index):
            parts: tuple[Expression, ...] = (index,)
        case Unary(operand=operand):
            parts = (operand,)
        case Binary(left=left, right=right):
            parts = (left, right)
        case Choice(condition=condition, yes=yes, no=no):
            parts = (condition, yes, no)
        case Call(arguments=arguments):
            parts = arguments
        case _:
            parts = ()
    for part in parts:
        yield from subexpressions(part)


def expressions(statements: tuple[Statement, ...]) -> Iterator[Expression]:
    """Every expression in the statements, places included."""
    for statement in statements:
        match statement:
            case Assign(place=place, value=value):
                yield from subexpressions(place)
                yield from subexpressions(value)
            case Do(call=call):
                yield from subexpressions(call)
            case If(condition=condition, then=then, otherwise=otherwise):
                yield from subexpressions(condition)
                yield from expressions(then + otherwise)
            case Counted(first=first, last=last, body=body):
                yield from subexpressions(first)
                yield from subexpressions(last)
                yield from expressions(body)
            case Lanes(body=body):
                yield from expressions(body)


def places(statements: tuple[Statement, ...]) -> Iterator[Place]:
    """Every place that is assigned to."""
    for statement in statements:
        match statement:
            case Assign(place=place):
                yield place
            case If(then=then, otherwise=otherwise):
                yield from places(then + otherwise)
            case Counted(body=body) | Lanes(body=body):
                yield from places(body)
            case Do():
                pass
