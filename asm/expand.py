"""Expansion: macros, repetitions, conditions and included files; what comes out is the program itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import attrs

from hicannx.asm.condition import conditions, holds
from hicannx.asm.evaluate import constant, operands_of
from hicannx.asm.expression import Scope
from hicannx.asm.macro import Macro, MacroError, bind_arguments, parse_definition, split_arguments, substitute
from hicannx.asm.mistake import collecting, mistake
from hicannx.asm.parse import make_statements, parse
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import DiagnosticError, Diagnostics
from hicannx.source import SourceFile, read_source

_ends = {".rept": ".endr", ".irp": ".endr", ".irpc": ".endr", ".macro": ".endm"}
_end_names = {".endr": ".rept", ".endm": ".macro", ".endif": ".if", ".else": ".if", ".elseif": ".if"}
_depth_limit = 500
_statement_limit = 500_000


@attrs.define
class _Branch:
    """An open `.if`: whether its present branch is taken, one was, and the whole lies in a taken one."""

    opener: Statement
    taken: bool
    done: bool
    outer: bool
    has_else: bool = False

    @property
    def is_active(self) -> bool:
        return self.taken and self.outer


@attrs.define
class _Frame:
    """A source of statements: a file, a macro call or a repetition; `branches` were open when it began."""

    statements: Iterator[Statement]
    branches: int
    is_macro: bool = False


@attrs.define(eq=False)
class Expander:
    """The state of an expansion; iterate over `run` while the layout defines the symbols of `scope`."""

    scope: Scope
    diagnostics: Diagnostics
    macros: dict[str, Macro] = attrs.field(factory=dict)
    included: list[SourceFile] = attrs.field(factory=list)
    frames: list[_Frame] = attrs.field(factory=list)
    branches: list[_Branch] = attrs.field(factory=list)
    calls: int = 0
    statements: int = 0

    def run(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """The statements of the program in the order in which they count."""
        self._push(statements)
        while self.frames:
            statement = next(self.frames[-1].statements, None)
            if statement is None:
                self._pop()
                continue
            name = statement.mnemonic
            if name[:1] == "." or name.lower() in self.macros:
                yield from self._special(statement, name.lower())
            elif not self.branches or self.branches[-1].is_active:
                yield statement

    def _special(self, statement: Statement, name: str) -> Iterator[Statement]:
        active = not self.branches or self.branches[-1].is_active
        action = _actions.get(name)
        if name in conditions or (name in _end_names and (active or _end_names[name] == ".if")):
            action = _conditional
        elif not active:
            return
        elif name in self.macros:
            action = _call
        if action is None:
            yield statement
            return
        if statement.labels and active:
            yield attrs.evolve(statement, mnemonic="", body="")
        with collecting(self.diagnostics, statement):
            action(self, statement)

    def _push(self, statements: Iterable[Statement], *, is_macro: bool = False) -> None:
        self.frames.append(_Frame(iter(statements), len(self.branches), is_macro))

    def _pop(self) -> None:
        frame = self.frames.pop()
        while len(self.branches) > frame.branches:
            opener = self.branches.pop().opener
            self.diagnostics.error("A113", "`.if` without `.endif`", opener.mnemonic_span, help="add `.endif`")

    def _abandon(self) -> None:
        """Leave all macros and repetitions: what calls itself twice would otherwise take for ever to end."""
        if len(self.frames) > 1:
            del self.branches[self.frames[1].branches :]
            del self.frames[1:]

    def _nested(self, statement: Statement, text: str, name: str, *, is_macro: bool = False) -> None:
        if len(self.frames) > _depth_limit:
            self._abandon()
            raise mistake("A117", f"`{name}` expands without end", statement.span)
        file = SourceFile(f"<{name}>", text)
        body = make_statements(file, statement.place, self.diagnostics)
        self._push(body, is_macro=is_macro)

    def _body(self, opener: Statement) -> tuple[Statement, ...]:
        """The statements up to the end of a block, which is consumed."""
        name = opener.mnemonic.lower()
        end = _ends[name]
        depth = 1
        found: list[Statement] = []
        for statement in self.frames[-1].statements:
            word = statement.mnemonic.lower()
            depth += (_ends.get(word) == end) - (word in {end, end + "acro"})
            if depth == 0:
                return tuple(found)
            found.append(statement)
        raise mistake("A113", f"`{name}` without `{end}`", opener.mnemonic_span, help=f"add `{end}`")

    def _count(self, statement: Statement, number: int) -> None:
        if self.statements + number > _statement_limit:
            self._abandon()
            title = f"`{statement.mnemonic}` makes the program longer than {_statement_limit} statements"
            raise mistake("A117", title, statement.span)
        self.statements += number


def expand(statements: Iterable[Statement], scope: Scope, diagnostics: Diagnostics) -> Iterator[Statement]:
    """The program with macros, repetitions and conditions carried out; `scope` is read while the layout fills it."""
    return Expander(scope, diagnostics).run(statements)


def _conditional(state: Expander, statement: Statement) -> None:
    name = statement.mnemonic.lower()
    if name in conditions:
        active = not state.branches or state.branches[-1].is_active
        branch = _Branch(statement, taken=False, done=True, outer=active)
        state.branches.append(branch)  # open even when the condition is malformed, so that `.endif` finds it
        if active:
            branch.taken = branch.done = holds(statement, state.scope)
        return
    if len(state.branches) <= state.frames[-1].branches or name in {".endr", ".endm"}:
        opener = _end_names[name]
        raise mistake("A114", f"`{name}` without `{opener}`", statement.mnemonic_span, help="remove it")
    branch = state.branches[-1]
    if name == ".endif":
        state.branches.pop()
    elif branch.has_else:
        raise mistake("A114", f"`{name}` after `.else`", statement.mnemonic_span, help="close with `.endif` first")
    elif name == ".else":
        branch.taken, branch.has_else = not branch.done, True
    else:
        branch.taken = not branch.done and branch.outer and holds(statement, state.scope)
        branch.done = branch.done or branch.taken


def _call(state: Expander, statement: Statement) -> None:
    macro = state.macros[statement.mnemonic.lower()]
    try:
        values = bind_arguments(macro, statement.body)
    except MacroError as error:
        raise mistake("A115", str(error), statement.span) from None
    text = substitute(macro.body, values, state.calls)
    state.calls += 1
    state._count(statement, len(macro.body))
    state._nested(statement, text, f"macro {macro.name}", is_macro=True)


def _define(state: Expander, statement: Statement) -> None:
    body = state._body(statement)
    try:
        macro = parse_definition(statement.body, body)
    except MacroError as error:
        raise mistake("A115", str(error), statement.body_span) from None
    if macro.name.lower() in state.macros:
        raise mistake("A115", f"macro `{macro.name}` is defined twice", statement.body_span, help="`.purgem` it first")
    state.macros[macro.name.lower()] = macro


def _purge(state: Expander, statement: Statement) -> None:
    if state.macros.pop(statement.body.lower(), None) is None:
        raise mistake("A115", f"macro `{statement.body}` is not defined", statement.body_span)


def _leave(state: Expander, statement: Statement) -> None:
    if not any(frame.is_macro for frame in state.frames):
        raise mistake("A114", "`.exitm` outside a macro", statement.mnemonic_span, help="remove it")
    while state.frames:
        frame = state.frames.pop()
        del state.branches[frame.branches :]
        if frame.is_macro:
            return


def _repeat(state: Expander, statement: Statement) -> None:
    body = state._body(statement)
    (operand,) = operands_of(statement, count=(1, 1), usage=".rept count")
    count = constant(statement, operand, state.scope)
    if count < 0:
        raise mistake("A116", f"a count of {count} is negative", operand.span(statement))
    state._count(statement, len(body) * count)
    state._push(itertools.chain.from_iterable(itertools.repeat(body, count)))


def _iterate(state: Expander, statement: Statement) -> None:
    body = state._body(statement)
    name, *values = split_arguments(statement.body) or [""]
    if statement.mnemonic.lower() == ".irpc":
        values = list("".join(values))
    if not name:
        title = f"`{statement.mnemonic}` has 0 operands"
        raise mistake("A111", title, statement.span, help=f"write `{statement.mnemonic} name, values`")
    state._count(statement, len(body) * len(values))
    text = "\n".join(substitute(body, {name: one}, state.calls) for one in values or [""])
    state._nested(statement, text, f".irp {name}")


def _include(state: Expander, statement: Statement) -> None:
    (operand,) = operands_of(statement, count=(1, 1), usage='.include "file"')
    if operand.operand.string is None:
        raise mistake("A112", "a file name stands in quotes", operand.span(statement))
    if len(state.frames) > _depth_limit:
        state._abandon()
        raise mistake("A117", "files include each other without end", statement.span)
    path = find_file(statement, operand.operand.string.decode())
    try:
        source = read_source(path)
    except DiagnosticError as error:
        raise DiagnosticError([attrs.evolve(one, span=operand.span(statement)) for one in error.diagnostics]) from None
    state.included.append(source)
    state._push(parse(source, state.diagnostics))


def find_file(statement: Statement, name: str) -> Path:
    """Where a named file is: beside the file that names it, else as given."""
    if "\0" in name:
        raise mistake("A120", "a file name contains a zero byte", statement.body_span)
    file = statement.place.file
    beside = Path(file.name).parent / name
    return beside if beside.exists() else Path(name)


_actions: dict[str, Callable[[Expander, Statement], None]] = {
    ".macro": _define,
    ".purgem": _purge,
    ".exitm": _leave,
    ".rept": _repeat,
    ".irp": _iterate,
    ".irpc": _iterate,
    ".include": _include,
}
