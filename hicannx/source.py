"""Where a thing came from: a source file and a span of characters in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from pathlib import Path

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError


@attrs.frozen(slots=False, eq=False)
class SourceFile:
    """A text with a name to show; lines and columns count from 1."""

    name: str
    text: str = attrs.field(repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        """Offsets at which the lines begin."""
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number`, without its end."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")

    def span(self, start: int, end: int) -> Span:
        """The span of characters `start` to `end` (exclusive)."""
        return Span(self, start, end)


@attrs.frozen(slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of a source file."""

    file: SourceFile
    start: int
    end: int

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return self.file.position(self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.file.position(self.start)[1]

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.file.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of `other`, in the same file."""
        return Span(self.file, self.start, other.end)


def read_source(path: str | Path) -> SourceFile:
    """Read a UTF-8 text file; a DiagnosticError (H101, H102) says why it cannot be read."""
    try:
        return SourceFile(str(path), Path(path).read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        title = f"`{path}` is not a text file: byte {error.start} is not UTF-8"
        raise DiagnosticError([Diagnostic("H102", title, help="give a text file, saved as UTF-8")]) from None
    except OSError as error:
        title = f"cannot read `{path}`: {(error.strerror or str(error)).lower()}"
        raise DiagnosticError([Diagnostic("H101", title, help="check the path and its permissions")]) from None
