"""What is told to a user when something is wrong: a diagnostic with its place, its reason and a repair."""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from hicannx.source import Span


class Severity(enum.Enum):
    """An error stops the work; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@attrs.frozen
class Label:
    """A further place that matters, with what is to be seen there."""

    span: Span
    text: str


def _labels(given: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(given)


def _notes(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(given)


_quotation = re.compile(r"`([^`]*)`")
_longest_quotation = 200


def _title(text: str) -> str:
    """One line, whatever a title quotes of a file: a quotation ends with its first line."""
    if "\n" not in text and len(text) < _longest_quotation:
        return text
    return " ".join(_quotation.sub(lambda found: f"`{_beginning(found.group(1))}`", text).splitlines())


def _beginning(text: str) -> str:
    start = next(iter(text.splitlines()), "")[:_longest_quotation].rstrip()
    return start if start == text.rstrip() else f"{start}..."


@attrs.frozen
class Diagnostic:
    """One message: a stable `code`, a one-line `title`, a place with a caret `label`, notes and a concrete `help`."""

    code: str
    title: str = attrs.field(converter=_title)
    span: Span | None = None
    label: str = ""
    labels: tuple[Label, ...] = attrs.field(default=(), converter=_labels)
    notes: tuple[str, ...] = attrs.field(default=(), converter=_notes)
    help: str = ""
    severity: Severity = Severity.ERROR


class DiagnosticError(Exception):
    """Carries the diagnostics of a failure that a user caused; the command line renders them and exits with 1."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"[{one.code}] {one.title}" for one in self.diagnostics))


@attrs.define
class Diagnostics:
    """Collects diagnostics, so that one run reports every mistake."""

    collected: list[Diagnostic] = attrs.field(factory=list)

    def error(self, code: str, title: str, span: Span | None = None, **details: Any) -> None:
        """Add an error; `details` are further fields of `Diagnostic`."""
        self.collected.append(Diagnostic(code, title, span, **details))

    def warning(self, code: str, title: str, span: Span | None = None, **details: Any) -> None:
        """Add a warning; `details` are further fields of `Diagnostic`."""
        self.collected.append(Diagnostic(code, title, span, severity=Severity.WARNING, **details))

    @property
    def errors(self) -> list[Diagnostic]:
        """The errors among the collected."""
        return [one for one in self.collected if one.severity is Severity.ERROR]

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect what a DiagnosticError inside the block carries, and go on behind it."""
        try:
            yield
        except DiagnosticError as error:
            self.collected += error.diagnostics

    def raise_if_errors(self) -> None:
        """Raise a DiagnosticError with everything collected when there is an error among it."""
        if self.errors:
            raise DiagnosticError(self.collected)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A help text that proposes the nearest of `candidates`, or lists the first ones."""
    known = sorted(set(candidates))
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    shown = ", ".join(f"`{one}`" for one in known[:8])
    return f"known here: {shown}{', ...' if len(known) > 8 else ''}" if known else ""
