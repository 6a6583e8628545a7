"""The conditions of `.if` and its relatives."""

from __future__ import annotations

import re
from collections.abc import Callable

from hicannx.asm.evaluate import constant, operands_of
from hicannx.asm.expression import Scope
from hicannx.asm.mistake import mistake
from hicannx.asm.scrub import scrub
from hicannx.asm.syntax import Statement

_comparisons: dict[str, Callable[[int], bool]] = {
    ".if": lambda value: value != 0,
    ".elseif": lambda value: value != 0,
    ".ifne": lambda value: value != 0,
    ".ifeq": lambda value: value == 0,
    ".ifgt": lambda value: value > 0,
    ".ifge": lambda value: value >= 0,
    ".iflt": lambda value: value < 0,
    ".ifle": lambda value: value <= 0,
}
_name = re.compile(r"[A-Za-z_.$][\w.$]*", re.ASCII)


def _is_defined(statement: Statement, scope: Scope) -> bool:
    if not _name.fullmatch(statement.body):
        title = f"`{statement.body}` is not a symbol"
        raise mistake("A112", title, statement.body_span, help=f"write `{statement.mnemonic} symbol`")
    return scope.symbols.is_defined(statement.body) or statement.body in scope.sections


def _is_blank(statement: Statement, _: Scope) -> bool:
    return not statement.body.strip()


def _is_same(statement: Statement, _: Scope) -> bool:
    first, comma, second = scrub(statement.body).partition(",")
    if not comma:
        title = f"`{statement.mnemonic}` has one operand"
        raise mistake("A111", title, statement.body_span, help=f"write `{statement.mnemonic} text, text`")
    return first.strip() == second.strip()


def _is_same_string(statement: Statement, _: Scope) -> bool:
    usage = f'{statement.mnemonic} "text", "text"'
    first, second = operands_of(statement, (2, 2), usage)
    for one in (first, second):
        if one.operand.string is None:
            raise mistake("A112", f"`{one.operand.text}` is not a string", one.span(statement), help=f"write `{usage}`")
    return first.operand.string == second.operand.string


_tests: dict[str, tuple[Callable[[Statement, Scope], bool], bool]] = {
    ".ifdef": (_is_defined, True),
    ".ifndef": (_is_defined, False),
    ".ifnotdef": (_is_defined, False),
    ".ifb": (_is_blank, True),
    ".ifnb": (_is_blank, False),
    ".ifc": (_is_same, True),
    ".ifnc": (_is_same, False),
    ".ifeqs": (_is_same_string, True),
    ".ifnes": (_is_same_string, False),
}

conditions = frozenset(_comparisons) - {".elseif"} | frozenset(_tests)


def holds(statement: Statement, scope: Scope) -> bool:
    """Whether the condition of this `.if...` or `.elseif` is true; a DiagnosticError when it cannot be told."""
    name = statement.mnemonic.lower()
    if name in _tests:
        test, wanted = _tests[name]
        return test(statement, scope) is wanted
    operands = operands_of(statement, count=(1, 1), usage=f"{name} expression")
    return _comparisons[name](constant(statement, operands[0], scope))
