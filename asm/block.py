"""Directives of the expansion: macros and their calls, repetitions, included files."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from hicannx.asm.argument import ArgumentReader, Evaluate
from hicannx.asm.evaluate import constant, operands_of
from hicannx.asm.expand import Action, Expander
from hicannx.asm.expression import Scope
from hicannx.asm.macro import MacroError, bind_arguments, body_of, parse_definition, substitute
from hicannx.asm.mistake import mistake
from hicannx.asm.options import Options, plain
from hicannx.asm.parse import make_statement, parse
from hicannx.asm.scrub import scrub
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import DiagnosticError
from hicannx.source import SourceFile, read_source

_repetitions = frozenset({".rept", ".rep", ".irp", ".irep", ".irpc", ".irepc"})
_include_limit = 100
where_searched = "names count from the folder of the source, from here, and from the folders given by `-I`"


def expand(
    statements: Iterable[Statement], scope: Scope, options: Options = plain, files: list[str] | None = None
) -> Iterator[Statement]:
    """The statements that count, with macros, repetitions, conditions and includes carried out.

    The names of the files that were read on the way are added to `files`.
    """
    return Expander(scope, _actions, options, [] if files is None else files).run(statements)


def _evaluator(state: Expander, statement: Statement) -> Evaluate | None:
    """What computes `%expression` in the arguments of macros, where the alternate syntax is on."""

    def evaluate(text: str) -> int:
        made = make_statement(SourceFile("<argument>", text), 0, f". {text}", statement.place)
        (operand,) = operands_of(made, (1, 1), "%expression")
        return constant(made, operand, state.scope)

    return evaluate if state.is_alternate else None


def _call(state: Expander, statement: Statement) -> None:
    macro = state.macros[statement.mnemonic.lower()]
    try:
        values = bind_arguments(macro, statement.body, _evaluator(state, statement), state.report)
    except MacroError as error:
        raise mistake("A115", str(error), statement.span, help=error.help) from None
    text = _substituted(state, macro.body, values)
    state.calls += 1
    state.count(statement, len(macro.body))
    state.push_text(statement, text, f"macro {macro.name}")


def _substituted(state: Expander, body: tuple[str, ...], values: dict[str, str]) -> str:
    def next_label() -> int:
        state.labels += 1
        return state.labels

    return substitute(body, values, state.calls, next_label if state.is_alternate else None)


def _define(state: Expander, statement: Statement) -> None:
    body = state.body(statement, frozenset({".macro"}), ".endm")
    try:
        macro = parse_definition(statement.body, body, _evaluator(state, statement), state.report)
    except MacroError as error:
        raise mistake("A115", str(error), statement.body_span, help=error.help) from None
    if macro.name.lower() in state.macros:
        title = f"macro `{macro.name}` is defined twice"
        raise mistake("A115", title, statement.body_span, help=f"write `.purgem {macro.name}` before the second one")
    state.macros[macro.name.lower()] = macro


def _purge(state: Expander, statement: Statement) -> None:
    if state.macros.pop(statement.body.lower(), None) is None:
        title = f"macro `{statement.body}` is not defined"
        help_text = "write the name of a macro that is defined before"
        state.report.complain("A127", title, statement.body_span, help=help_text)


def _leave(state: Expander, statement: Statement) -> None:
    if not state.leave():
        state.report.complain("A123", "`.exitm` outside a macro", statement.mnemonic_span, help="remove it")


def _stray(state: Expander, statement: Statement) -> None:
    name = statement.mnemonic.lower()
    opener = ".macro" if name == ".endm" else ".rept"
    state.report.complain("A123", f"`{name}` without `{opener}`", statement.mnemonic_span, help="remove it")


def _repeat(state: Expander, statement: Statement) -> None:
    body = state.body(statement, _repetitions, ".endr")
    if not statement.body:
        state.report.complain("A105", "an operand is missing here", statement.span, help="write `.rept count`")
        return
    (operand,) = operands_of(statement, count=(1, 1), usage=".rept count")
    count = constant(statement, operand, state.scope)
    if count < 0:
        raise mistake("A116", f"a count of {count} is negative", operand.span(statement), help="allowed: 0 and more")
    state.count(statement, len(body) * count)
    state.push(itertools.chain.from_iterable(itertools.repeat(body, count)), is_block=True)


def _iterate(state: Expander, statement: Statement) -> None:
    body = body_of(state.body(statement, _repetitions, ".endr"))
    mnemonic = statement.mnemonic.lower()
    reader = ArgumentReader(scrub(statement.body), _evaluator(state, statement))
    name = reader.name()
    if not name:
        title = f"`{statement.mnemonic}` has no name for the values"
        raise mistake("A111", title, statement.span, help=f"write `{mnemonic} name, values`")
    reader.skip_comma()
    if reader.at_end:
        values = [""]
    else:
        values = _characters(reader.take_rest()) if mnemonic.endswith("c") else _values(reader)
    state.count(statement, len(body) * len(values))
    text = "\n".join(_substituted(state, body, {name: one}) for one in values)
    state.push_text(statement, text, f"{mnemonic} {name}")


def _values(reader: ArgumentReader) -> list[str]:
    values = []
    while not reader.at_end:
        values.append(reader.argument())
        reader.skip_comma()
    return values


def _characters(text: str) -> list[str]:
    """Every character for itself; blanks count between quotes only. Outer quotes do not count themselves."""
    quoted = text.startswith('"')
    found = []
    for index, one in enumerate(text[quoted:], start=quoted):
        if one == '"':
            quoted = not quoted
            if not text[index + 1 :].strip():
                break
        if quoted or not one.isspace():
            found.append(one)
    return found


def _include(state: Expander, statement: Statement) -> None:
    (operand,) = operands_of(statement, count=(1, 1), usage='.include "file"')
    if operand.operand.string is None:
        raise mistake("A112", "a file name stands in quotes", operand.span(statement), help='write `.include "file"`')
    if len(state.frames) > _include_limit:
        state.abandon()
        help_text = "put the contents of the file into `.ifndef NAME`, `.set NAME, 1` and `.endif`"
        raise mistake("A117", "files include each other without end", statement.span, help=help_text)
    path = find_file(statement, operand.operand.string.decode(errors="replace"), state.options)
    try:
        source = read_source(path)
    except DiagnosticError as error:
        place = operand.span(statement)
        raise DiagnosticError(
            [attrs.evolve(one, span=place, help=where_searched) for one in error.diagnostics]
        ) from None
    state.files.append(str(path))
    state.push(parse(source, state.report))


def find_file(statement: Statement, name: str, options: Options) -> Path:
    """Where a named file is: beside the file that names it, here, or in a folder of the options; else as given."""
    if "\0" in name:
        title = "a file name contains a zero byte"
        raise mistake("A120", title, statement.body_span, help="write `\\\\` for a backslash in a name")
    folders = [Path(statement.place.file.name).parent, Path(), *options.include]
    return next((folder / name for folder in folders if (folder / name).exists()), Path(name))


def _alternate(state: Expander, statement: Statement) -> None:
    state.is_alternate = statement.mnemonic.lower() == ".altmacro"


_actions: dict[str, Action] = {
    "call": _call,
    ".macro": _define,
    ".purgem": _purge,
    ".exitm": _leave,
    ".endm": _stray,
    ".endr": _stray,
    ".include": _include,
    ".altmacro": _alternate,
    ".noaltmacro": _alternate,
    **dict.fromkeys([".rept", ".rep"], _repeat),
    **dict.fromkeys([".irp", ".irep", ".irpc", ".irepc"], _iterate),
}
