"""The table of directives, and what is bound to its actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import attrs

from hicannx.asm import declaration, location, placement, remark, sectioning, storage
from hicannx.asm.mistake import mistake
from hicannx.asm.program import Program
from hicannx.asm.repair import other_directive
from hicannx.asm.row import Row
from hicannx.asm.syntax import Statement
from hicannx.asm.table import load_table

Action = Callable[[Program, Statement, Row], None]


@attrs.frozen
class _Table:
    directives: dict[str, Row]


def _ignore(program: Program, statement: Statement, row: Row) -> None:
    """Nothing to do."""


actions: dict[str, Action] = {
    "ignore": _ignore,
    **declaration.actions,
    **location.actions,
    **placement.actions,
    **remark.actions,
    **sectioning.actions,
    **storage.actions,
}


@cache
def directives() -> dict[str, Row]:
    """The rows by the names of the directives."""
    return load_table("directive", _Table).directives


def perform(statement: Statement, program: Program) -> None:
    """Carry out a directive; a DiagnosticError (A110) when there is none of this name."""
    row = directives().get(statement.mnemonic.lower())
    if row is None:
        title = f"unknown directive `{statement.mnemonic}`"
        help_text = other_directive(statement.mnemonic.lower(), directives())
        raise mistake("A110", title, statement.mnemonic_span, help=help_text)
    actions[row.do](program, statement, row)
