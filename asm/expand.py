"""Expansion: macros, repetitions, conditions and included files; what comes out is the program itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs

from hicannx.asm.condition import conditions, holds
from hicannx.asm.expression import Scope
from hicannx.asm.macro import Macro
from hicannx.asm.mistake import Report, collecting, mistake
from hicannx.asm.options import Options, plain
from hicannx.asm.parse import parse
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic, DiagnosticError, Label
from hicannx.source import SourceFile

_branches = {".else", ".elsec", ".elseif", ".endif", ".endc"}
_reported_at_end = {".rept", ".rep"}
_depth_limit = 500
_statement_limit = 2_000_000

Action = Callable[["Expander", Statement], None]


@attrs.define(eq=False)
class Branch:
    """An open `.if`: whether its present branch is taken, one was, and the whole lies in a taken one; its `.else`."""

    opener: Statement
    taken: bool
    done: bool
    outer: bool
    other: Statement | None = None

    @property
    def is_active(self) -> bool:
        """Whether statements count here."""
        return self.taken and self.outer


@attrs.define(eq=False)
class Frame:
    """A source of statements: a file, or a block (macro call, repetition); `branches` were open when it began."""

    statements: Iterator[Statement]
    branches: int
    is_block: bool = False


@attrs.define(eq=False)
class Expander:
    """The state of an expansion; iterate over `run` while the layout defines the symbols of `scope`."""

    scope: Scope
    actions: dict[str, Action]
    options: Options = plain
    files: list[str] = attrs.field(factory=list)
    macros: dict[str, Macro] = attrs.field(factory=dict)
    frames: list[Frame] = attrs.field(factory=list)
    branches: list[Branch] = attrs.field(factory=list)
    is_alternate: bool = False
    calls: int = 0
    labels: int = 0
    statements: int = 0

    @property
    def report(self) -> Report:
        """Where diagnostics go."""
        return self.scope.report

    def run(self, statements: Iterable[Statement]) -> Iterator[Statement]:
        """The statements of the program in the order in which they count."""
        self.push(statements)
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
        action: Action | None = None
        if name in conditions or name in _branches:
            action = _conditional
        elif not active:
            return
        elif name in self.macros:
            action = self.actions["call"]
        else:
            action = self.actions.get(name)
        if action is None:
            yield statement
            return
        if statement.labels and active:
            yield attrs.evolve(statement, mnemonic="", body="")
        with collecting(self.report, statement):
            action(self, statement)

    def push(self, statements: Iterable[Statement], *, is_block: bool = False) -> None:
        """Continue with these statements."""
        self.frames.append(Frame(iter(statements), len(self.branches), is_block))

    def push_text(self, statement: Statement, text: str, name: str) -> None:
        """Continue with a text that was made on behalf of a statement; a DiagnosticError (A117) if that never ends."""
        if len(self.frames) > _depth_limit:
            self.abandon()
            help_text = "put the call into `.if ... .endif`, with a condition that becomes false"
            raise mistake("A117", f"`{name}` expands without end", statement.span, help=help_text)
        self.push(parse(SourceFile(f"<{name}>", text), self.report, statement.place), is_block=True)

    def leave(self) -> bool:
        """Leave the innermost block; whether there was one."""
        if not any(frame.is_block for frame in self.frames):
            return False
        while True:
            frame = self.frames.pop()
            del self.branches[frame.branches :]
            if frame.is_block:
                return True

    def _pop(self) -> None:
        frame = self.frames.pop()
        while len(self.branches) > frame.branches:
            opener = self.branches.pop().opener
            self.report.collect([_unclosed(opener, ".if", ".endif")], opener)

    def abandon(self) -> None:
        """Leave all macros and repetitions: what calls itself twice would otherwise take for ever to end."""
        if len(self.frames) > 1:
            del self.branches[self.frames[1].branches :]
            del self.frames[1:]

    def body(self, opener: Statement, openers: frozenset[str], end: str) -> list[Statement]:
        """The statements up to the end of a block, which is consumed; a DiagnosticError (A113) when there is none."""
        depth = 1
        found: list[Statement] = []
        for statement in self.frames[-1].statements:
            word = statement.mnemonic.lower()
            depth += (word in openers) - (word == end)
            if depth == 0:
                return found
            found.append(statement)
        raise DiagnosticError([_unclosed(opener, opener.mnemonic.lower(), end)])

    def count(self, statement: Statement, number: int) -> None:
        """Count statements that are about to be made; a DiagnosticError (A117) when they become too many."""
        self.statements += number
        if self.statements > _statement_limit:
            self.statements = 0
            self.abandon()
            title = f"the program becomes longer than {_statement_limit} statements"
            help_text = "is a count too large, or does a macro call itself?"
            raise mistake("A117", title, statement.span, help=help_text)


def _unclosed(opener: Statement, name: str, end: str) -> Diagnostic:
    """Points at the end where GNU as does, and else at the beginning."""
    begin, ending = opener.mnemonic_span, opener.file.span(len(opener.file.text), len(opener.file.text))
    title, help_text = f"`{name}` without `{end}`", f"add `{end}`"
    if name in _reported_at_end:
        return Diagnostic("A113", title, ending, "the text ends here", [Label(begin, "begins here")], help=help_text)
    return Diagnostic("A113", title, begin, "begins here", [Label(ending, "the text ends here")], help=help_text)


def _conditional(state: Expander, statement: Statement) -> None:
    name = statement.mnemonic.lower()
    if name in conditions:
        outer = not state.branches or state.branches[-1].is_active
        branch = Branch(statement, taken=False, done=False, outer=outer)
        state.branches.append(branch)
        if outer:
            branch.done = True  # when the condition cannot be told, no branch is taken
            branch.taken = branch.done = holds(statement, state.scope)
        return
    if len(state.branches) <= state.frames[-1].branches:
        raise mistake(
            "A114", f"`{name}` without `.if`", statement.mnemonic_span, help="remove it, or write `.if` before"
        )
    branch = state.branches[-1]
    if name in {".endif", ".endc"}:
        state.branches.pop()
    elif branch.other:
        labels = [Label(branch.other.mnemonic_span, "here"), Label(branch.opener.mnemonic_span, "of this condition")]
        title, help_text = f"`{name}` after `.else`", "close with `.endif` first"
        raise mistake("A114", title, statement.mnemonic_span, labels=labels, help=help_text)
    elif name in {".else", ".elsec"}:
        branch.taken, branch.other = not branch.done, statement
    else:
        branch.taken = not branch.done and branch.outer and holds(statement, state.scope)
        branch.done = branch.done or branch.taken
