"""The text of a bitstream to statements, line by line, so that every malformed line is told."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import lark

from hicannx.cache import cached
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.statement import (
    Argument,
    Assignment,
    Plain,
    Read,
    Register,
    Spikes,
    Statement,
    Word,
    Write,
)
from hicannx.source import SourceFile

_plain = re.compile(r"\s*([a-z_][a-z0-9_]*)((?: +\w+)*)\s*(?:#.*)?", re.ASCII)
_part = re.compile(r"\w+", re.ASCII)
_accesses, _spikes = ("write", "read"), "spikes"
_shown = {
    "NUMBER": "a number", "NAME": "a name", "KEY": "`field=value`", "EQUAL": "`=`", "LSQB": "`[`", "RSQB": "`]`",
    "COLON": "`:`", "WORD": "`word`", "BYTES": "`bytes`", "AT": "`at`",
}  # fmt: skip
_help = "a line is `write REGISTER[INSTANCE] field=value ...`, `read 0xADDRESS` or an instruction; `#` begins a comment"


def lines(source: SourceFile) -> Iterator[tuple[int, str]]:
    """Offset and text of each line that has more than a comment."""
    start = 0
    for line in source.text.split("\n"):
        if line.strip() and not line.lstrip().startswith("#"):
            yield start, line
        start += len(line) + 1


def parse_line(source: SourceFile, start: int, line: str) -> Statement:
    """The statement on a line that begins at `start`; a DiagnosticError (B120) where it is malformed."""
    simple = _plain.fullmatch(line)
    if simple and simple[1] not in _accesses and (simple[1] != _spikes or simple[2]):
        name, *rest = [Word(one[0], source, start + one.start()) for one in _words(simple)]
        return Spikes(tuple(rest)) if name.text == _spikes else Plain(name, tuple(rest))
    try:
        tree = _parser().parse(line)
    except lark.UnexpectedInput as error:
        raise DiagnosticError([_malformed(source, start, line, error)]) from None
    return _Build(source, start).statement(tree.children[0])


def _words(simple: re.Match[str]) -> Iterator[re.Match[str]]:
    return _part.finditer(simple.string, simple.start(1), simple.end(2))


@cache
def _parser() -> Any:
    text = (files("hicannx.regmodel.playback") / "grammar.lark").read_text(encoding="utf-8")
    saved = cached("playback-grammar", [text.encode(), lark.__version__.encode()], lambda: _compile(text))
    return lark.Lark.load(io.BytesIO(saved))


def _compile(grammar: str) -> bytes:
    buffer = io.BytesIO()
    lark.Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False).save(buffer)
    return buffer.getvalue()


def _malformed(source: SourceFile, start: int, line: str, error: lark.UnexpectedInput) -> Diagnostic:
    token = getattr(error, "token", None)
    expected = getattr(error, "expected", None) or getattr(error, "allowed", None) or ()
    label = _expected(expected)
    if token is not None and token.type == "$END":
        end = start + len(line.partition("#")[0].rstrip())
        return Diagnostic("B120", "the statement ends too early", source.span(end - 1, end), label=label, help=_help)
    at = max(0, error.pos_in_stream or 0)
    text = str(token) if token is not None else line[at : at + 1]
    span = source.span(start + at, start + at + max(1, len(text)))
    return Diagnostic("B120", f"`{text}` cannot stand here", span, label=label, help=_help)


def _expected(names: Any) -> str:
    known = sorted({_shown[name] for name in names if name in _shown})
    return f"expected {' or '.join([', '.join(known[:-1]), known[-1]] if known[1:] else known)}" if known else ""


class _Build:
    """Lark's tree of a line to ours."""

    def __init__(self, source: SourceFile, start: int) -> None:
        self._source, self._start = source, start

    def statement(self, tree: Any) -> Statement:
        parts = tree.children
        match tree.data:
            case "write":
                return Write(self._register(parts[0]), tuple(map(self._assignment, parts[1:])))
            case "write_word":
                return Write(self._word(parts[0]), data=self._word(parts[1]), enables=self._optional(parts[2:]))
            case "read":
                return Read(self._register(parts[0]))
            case "read_word":
                return Read(self._word(parts[0]), self._optional(parts[1:]))
            case "spikes":
                return Spikes(tuple(map(self._word, parts)))
        return Plain(self._word(parts[0]), tuple(map(self._argument, parts[1:])))

    def _register(self, tree: Any) -> Register:
        name, *rest = tree.children
        found = {str(one.data): one.children for one in rest}
        single = {key: self._word(found[key][0]) if key in found else None for key in ("word", "bytes", "at")}
        return Register(
            self._word(name), self._index(found.get("index")), single["word"], single["bytes"], single["at"]
        )

    def _index(self, parts: Any) -> Word | tuple[Assignment, ...] | None:
        if parts is None:
            return None
        return self._word(parts[0]) if isinstance(parts[0], lark.Token) else tuple(map(self._assignment, parts))

    def _argument(self, part: Any) -> Argument:
        return self._word(part) if isinstance(part, lark.Token) else self._assignment(part)

    def _assignment(self, tree: Any) -> Assignment:
        key, value = tree.children
        given = self._word(value) if isinstance(value, lark.Token) else tuple(map(self._word, value.children))
        return Assignment(self._word(key), given, self._start + tree.meta.end_pos)

    def _optional(self, parts: Any) -> Word | None:
        return self._word(parts[0].children[0]) if parts else None

    def _word(self, token: Any) -> Word:
        return Word(str(token), self._source, self._start + token.start_pos)
