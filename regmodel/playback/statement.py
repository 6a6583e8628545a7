"""Statements of a bitstream's text, before names mean anything."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from hicannx.source import SourceFile, Span


@attrs.define
class Word:
    """A name or number as written, and where its first character stands."""

    text: str
    file: SourceFile = attrs.field(eq=False, repr=False)
    start: int = attrs.field(eq=False)

    @property
    def span(self) -> Span:
        """The characters of the word."""
        return self.file.span(self.start, self.start + len(self.text))


@attrs.frozen
class Assignment:
    """A field with its value, or a list of them; `end` is the offset behind it."""

    key: Word
    value: Word | tuple[Word, ...]
    end: int = attrs.field(eq=False)

    @property
    def span(self) -> Span:
        """The whole of it."""
        return self.key.file.span(self.key.start, self.end)


Argument: TypeAlias = Word | Assignment


@attrs.frozen
class Register:
    """A register by name and instance: `word` is one of its words, `enables` the bytes, `at` where it has to stand."""

    name: Word
    index: Word | tuple[Assignment, ...] | None = None
    word: Word | None = None
    enables: Word | None = None
    at: Word | None = None


@attrs.frozen
class Write:
    """A write of fields to a register, or of data to an address."""

    target: Register | Word
    fields: tuple[Assignment, ...] = ()
    data: Word | None = None
    enables: Word | None = None


@attrs.frozen
class Read:
    """A read of a register or an address."""

    target: Register | Word
    enables: Word | None = None


@attrs.frozen
class Spikes:
    """Spikes in one go."""

    labels: tuple[Word, ...]


@attrs.frozen
class Plain:
    """An instruction or message by name with its arguments."""

    name: Word
    arguments: tuple[Argument, ...]


Statement: TypeAlias = Write | Read | Spikes | Plain
