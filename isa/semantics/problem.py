"""How a mistake in a semantics text is reported."""

from __future__ import annotations

from typing import NoReturn

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import Span


def refuse(code: str, title: str, span: Span, help_text: str, label: str = "") -> NoReturn:
    """Raise a DiagnosticError with one diagnostic."""
    raise DiagnosticError([Diagnostic(code, title, span, label, help=help_text)])


def mismatch(what: str, span: Span, help_text: str, label: str = "") -> NoReturn:
    """Report widths that do not fit together."""
    refuse("I305", f"width mismatch: {what}", span, help_text, label)
