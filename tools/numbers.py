"""Options that are numbers of things."""

from __future__ import annotations

from hicannx.diagnostic import Diagnostic, DiagnosticError


def check_least(option: str, number: int, least: int) -> int:
    """The number that was given; a DiagnosticError (T106) where it is less than the least."""
    if number < least:
        raise DiagnosticError([Diagnostic("T106", f"`{option}` cannot be {number}", help=f"ask for {least} or more")])
    return number
