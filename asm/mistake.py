"""Mistakes of the programmer: made where they are noticed, collected where the work goes on with the next statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, Label
from hicannx.source import Span


def mistake(code: str, title: str, span: Span | None, **details: Any) -> DiagnosticError:
    """An exception with one diagnostic; `details` are further fields of `Diagnostic`."""
    return DiagnosticError([Diagnostic(code, title, span, **details)])


@contextmanager
def collecting(diagnostics: Diagnostics, statement: Statement) -> Iterator[None]:
    """Collect a mistake in this statement instead of stopping; inside a macro, show where it was called."""
    try:
        yield
    except DiagnosticError as error:
        diagnostics.collected += [in_expansion(one, statement) for one in error.diagnostics]


def in_expansion(diagnostic: Diagnostic, statement: Statement) -> Diagnostic:
    """The diagnostic with the call of the macro that made the statement, if one did."""
    if statement.site is None or diagnostic.span is None or diagnostic.span.file is not statement.file:
        return diagnostic
    details: dict[str, Any] = {"labels": [*diagnostic.labels, Label(statement.site, "expanded from here")]}
    return attrs.evolve(diagnostic, **details)
