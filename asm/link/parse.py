"""The text of a linker script to its model; mistakes are reported with their place."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import lark

from hicannx.asm.link.build import Builder, Collected
from hicannx.asm.link.script import Script
from hicannx.asm.mistake import mistake
from hicannx.cache import cached
from hicannx.diagnostic import DiagnosticError
from hicannx.source import SourceFile, Span, read_source

_starts = ["script", "section_script", "body_script", "memory_script"]
_most_included = 20
_words = {
    "SEMICOLON": "`;`", "RBRACE": "`}`", "LBRACE": "`{`", "LPAR": "`(`", "RPAR": "`)`", "COLON": "`:`", "IS": "`=`",
    "COMMA": "`,`", "NAME": "a name", "WILD": "a name", "NUMBER": "a number", "QUOTED": "a text in quotes",
    "_ORIGIN": "`ORIGIN`", "_LENGTH": "`LENGTH`",
}  # fmt: skip


@cache
def _parser() -> Any:
    text = (files("hicannx.asm.link") / "grammar.lark").read_text(encoding="utf-8")
    saved = cached("link-grammar", [text.encode(), lark.__version__.encode()], lambda: _compile(text))
    return lark.Lark.load(io.BytesIO(saved))


def _compile(grammar: str) -> bytes:
    buffer = io.BytesIO()
    options: dict[str, Any] = {"parser": "lalr", "propagate_positions": True, "maybe_placeholders": False}
    lark.Lark(grammar, start=_starts, **options).save(buffer)
    return buffer.getvalue()


def parse_script(source: SourceFile, folders: Sequence[Path] = ()) -> Script:
    """The model of a script; included scripts are looked for beside it and in `folders`.

    A DiagnosticError (A510, A511, H101) says what is wrong.
    """
    collected = Collected()
    _parse_into(collected, source, "script", [Path(source.name).parent, *folders], [])
    return collected.script()


def _parse_into(
    collected: Collected, source: SourceFile, start: str, folders: list[Path], open_files: list[SourceFile]
) -> list[Any]:
    def include(name: str, span: Span, kind: str) -> list[Any]:
        if len(open_files) >= _most_included:
            raise mistake("A510", f"`{name}` includes itself without end", span)
        return _parse_into(collected, _find(name, span, folders), kind, folders, [*open_files, source])

    builder = Builder(source, collected, include)
    try:
        tree = _parser().parse(source.text, start=start)
    except lark.UnexpectedInput as error:
        raise _malformed(source, error) from None
    result = builder.build(tree)
    assert isinstance(result, list)
    return result


def _find(name: str, span: Span, folders: list[Path]) -> SourceFile:
    for folder in folders:
        if (folder / name).is_file():
            return read_source(folder / name)
    searched = ", ".join(f"`{folder}`" for folder in dict.fromkeys(folders))
    raise mistake("A511", f"there is no script `{name}`", span, notes=[f"searched in {searched}"],
                  help="give its folder with `-L`")  # fmt: skip


def _malformed(source: SourceFile, error: lark.UnexpectedInput) -> DiagnosticError:
    start = error.pos_in_stream
    if start is None or start < 0 or getattr(getattr(error, "token", None), "type", "") == "$END":
        start = len(source.text.rstrip())
    text = str(getattr(error, "token", "")) or source.text[start : start + 1]
    span = source.span(start, start + max(1, len(text)))
    expected = getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    found = f"`{text}` cannot stand here" if source.text[start:].strip() else "the script ends too early"
    return mistake("A510", f"malformed linker script: {found}", span, label=_wanted(expected), help=_repair(expected))


def _wanted(expected: Any) -> str:
    known = sorted({_words[name] for name in expected if name in _words})
    return f"expected {' or '.join([', '.join(known[:-1]), known[-1]] if known[1:] else known)}" if known else ""


def _repair(expected: Any) -> str:
    hints: list[tuple[str, Callable[[], str]]] = [
        ("SEMICOLON", lambda: "end the assignment before with `;`"),
        ("_LENGTH", lambda: "a region is written `name (rwx) : ORIGIN = 0, LENGTH = 16K`"),
        ("_ORIGIN", lambda: "a region is written `name (rwx) : ORIGIN = 0, LENGTH = 16K`"),
    ]
    return next((text() for name, text in hints if name in expected), "")
