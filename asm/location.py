"""Directives of compilers that say which line of their own source the next instructions come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile

from hicannx.asm.evaluate import operands_of
from hicannx.asm.mistake import mistake
from hicannx.asm.program import Location, Program
from hicannx.asm.row import Row
from hicannx.asm.syntax import Statement

_numbered = re.compile(r'(\d+)\s+((?:"[^"]*"\s*){1,2})(?:md5\s+\w+\s*)?')
_words = re.compile(r"(\d+)\s+(\d+)(?:\s+(\d+))?(?:\s+[a-z_].*)?", re.DOTALL)
_view = re.compile(r"\bview\s+([A-Za-z_.$][\w.$]*)")


def _file(program: Program, statement: Statement, row: Row) -> None:
    """The name of the source, or with a number a name for `.loc`."""
    if numbered := _numbered.fullmatch(statement.body):
        number, names = int(numbered[1]), re.findall(r'"([^"]*)"', numbered[2])
        folder = f"{names[0]}/" if len(names) > 1 and not names[1].startswith("/") else ""
        program.line_files[number] = folder + names[-1]
        return
    (operand,) = operands_of(statement, (1, 1), row.usage)
    if operand.operand.string is None:
        title = f"`{operand.operand.text}` is not a string"
        raise mistake("A112", title, operand.span(statement), help=f"write `{row.usage}`")
    program.file_names.append(operand.operand.string.decode(errors="replace"))


def _loc(program: Program, statement: Statement, row: Row) -> None:
    """From here on the code is of this file, line and column."""
    words = _words.fullmatch(statement.body)
    if not words:
        title = f"`{statement.body}` is no file number, line and column"
        raise mistake("A112", title, statement.body_span, help=f"write `{row.usage}`")
    file, line, column = (int(word or 0) for word in words.groups())
    if file not in program.line_files:
        known = ", ".join(map(str, program.line_files)) or "none"
        title = f"no `.file {file}` stands before this line"
        raise mistake("A112", title, statement.body_span, help=f"numbers of files that are known: {known}")
    program.locations.append(Location(program.chunk, program.chunk.size, file, line, column))
    if view := _view.search(statement.body):
        _count_view(program, statement, view[1])


def _count_view(program: Program, statement: Statement, name: str) -> None:
    """Compilers number the locations of one address, and put the numbers into tables of their own."""
    place = program.locations[-1][:2]
    same = takewhile(lambda one: one[:2] == place, reversed(program.locations))
    program.define_value(program.symbols.get(name), sum(1 for _ in same) - 1, statement.span)


actions: dict[str, Callable[[Program, Statement, Row], None]] = {"file": _file, "loc": _loc}
