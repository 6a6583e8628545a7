"""Statements and operands: what the text of a program says, before it means anything."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from hicannx.source import SourceFile, Span


@attrs.frozen
class Number:
    """An integer; `start` and `end` of every node count within the text of its operand."""

    value: int
    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Name:
    """A symbol, or the name of a register: what it is depends on the place."""

    name: str
    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


@attrs.frozen
class LocalReference:
    """The next (`1f`) or last (`1b`) label with this number."""

    number: int
    forward: bool
    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Register:
    """A register with its percent sign, as in `%r3`; `name` is without it."""

    name: str
    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Here:
    """The location counter `.`."""

    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Unary:
    """An operator before its operand."""

    operator: str
    operand: Expression
    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Binary:
    """An operator between its operands."""

    operator: str
    left: Expression
    right: Expression
    start: int = attrs.field(default=0, eq=False)
    end: int = attrs.field(default=0, eq=False)


Expression: TypeAlias = Number | Name | LocalReference | Register | Here | Unary | Binary


@attrs.frozen
class Operand:
    """One operand: an expression, `displacement(base)`, a string, or a word such as `@function`.

    `suffix` is the relocation operator (`l`, `h`, `ha`); wherever it stands, it applies to the whole expression.
    `missing`: the expression ends with an operator, behind which 0 was added.
    """

    text: str
    expression: Expression | None = None
    suffix: str = ""
    base: Expression | None = None
    string: bytes | None = None
    word: str = ""
    missing: bool = False


@attrs.define(eq=False)
class Statement:
    """Labels, a mnemonic or directive, and the text of its operands.

    `text` is the statement as written, comments blanked; `start` is its offset in `file`, `body_start` that of the
    operands' text `body`. A statement that a macro made lies in a file of its own; `site` is then the place in the
    source that called the macro.
    """

    file: SourceFile
    start: int
    text: str
    labels: tuple[tuple[str, int], ...]
    mnemonic: str
    mnemonic_start: int
    body: str
    body_start: int
    site: Span | None = None

    @property
    def span(self) -> Span:
        """Where the statement stands, for a caret."""
        return self.file.span(self.start, self.start + len(self.text))

    @property
    def place(self) -> Span:
        """Where the reader finds the statement: the call of the macro that made it, or the statement itself."""
        return self.site or self.span

    @property
    def mnemonic_span(self) -> Span:
        """The mnemonic or directive alone."""
        start = self.start + self.mnemonic_start
        return self.file.span(start, start + len(self.mnemonic))

    @property
    def body_span(self) -> Span:
        """All operands, or the mnemonic when there are none."""
        start = self.start + self.body_start
        return self.file.span(start, start + len(self.body)) if self.body else self.mnemonic_span

    def part(self, start: int, end: int) -> Span:
        """Characters `start` to `end` of the operands' text."""
        origin = self.start + self.body_start
        return self.file.span(origin + start, origin + max(end, start + 1))
