"""Mistakes of the programmer: made where they are noticed, collected where the work goes on with the next statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, Label, Severity
from hicannx.source import Span


def mistake(code: str, title: str, span: Span | None, **details: Any) -> DiagnosticError:
    """An exception with one diagnostic; `details` are further fields of `Diagnostic`."""
    return DiagnosticError([Diagnostic(code, title, span, **details)])


@attrs.define(eq=False)
class Report:
    """Where diagnostics go; `warned` are the codes that are warnings in the dialect of the source.

    `statement` is the one that is worked at: what is found in the text of a macro shows where that was called.
    """

    diagnostics: Diagnostics
    warned: frozenset[str] = frozenset()
    statement: Statement | None = None

    def complain(self, code: str, title: str, span: Span | None, **details: Any) -> None:
        """Warn, where the dialect lets this pass; raise a DiagnosticError where it does not."""
        if code not in self.warned:
            raise mistake(code, title, span, **details)
        self.warn(code, title, span, **details)

    def warn(self, code: str, title: str, span: Span | None, **details: Any) -> None:
        """Collect a warning."""
        self.collect([Diagnostic(code, title, span, severity=Severity.WARNING, **details)])

    def collect(self, found: Iterable[Diagnostic], statement: Statement | None = None) -> None:
        """Keep diagnostics that concern a statement, by default the present one."""
        concerned = statement or self.statement
        self.diagnostics.collected += [in_expansion(one, concerned) if concerned else one for one in found]


@contextmanager
def collecting(report: Report, statement: Statement) -> Iterator[None]:
    """Collect a mistake in this statement instead of stopping."""
    report.statement = statement
    try:
        yield
    except DiagnosticError as error:
        report.collect(error.diagnostics)


def in_expansion(diagnostic: Diagnostic, statement: Statement) -> Diagnostic:
    """The diagnostic with the call of the macro that made the statement, if one did."""
    if statement.site is None or diagnostic.span is None or diagnostic.span.file is not statement.file:
        return diagnostic
    details: dict[str, Any] = {"labels": [*diagnostic.labels, Label(statement.site, "expanded from here")]}
    return attrs.evolve(diagnostic, **details)
