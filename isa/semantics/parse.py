"""From a semantics text to its tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn

import attrs
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError
from lark.indenter import DedentError, Indenter

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.isa.semantics import tree
from hicannx.source import SourceFile, Span


class _Blocks(Indenter):
    NL_type = "_NL"
    OPEN_PAREN_types: list[str] = []  # noqa: RUF012 - as the base class declares it
    CLOSE_PAREN_types: list[str] = []  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8


@attrs.frozen
class Text:
    """A semantics text and where it stands: `place(start, end)` gives the span of its characters."""

    text: str
    place: Callable[[int, int], Span]


def text_at(text: str, span: Span | None, name: str) -> Text:
    """The text of a block scalar at `span` of a YAML file; without a span the text is a file of its own.

    YAML removes the indentation of a block scalar; the places in the file are found line by line.
    """
    own = SourceFile(name, text)
    if span is None:
        return Text(text, own.span)
    starts = _line_places(own, span)
    if starts is None:
        return Text(text, lambda start, end: span)

    def place(start: int, end: int) -> Span:
        line, column = own.position(min(start, len(text)))
        begin = starts[min(line, len(starts)) - 1] + column - 1
        return Span(span.file, begin, begin + max(1, end - start))

    return Text(text, place)


def _line_places(own: SourceFile, span: Span) -> list[int] | None:
    places, at = [], span.start
    for line in own.text.splitlines():
        at = span.file.text.find(line, at)
        if at < 0:
            return None
        places.append(at)
        at += len(line)
    return places or None


def parse(source: Text) -> tuple[tree.Statement, ...]:
    """The statements of a text; a DiagnosticError (I301) shows where it is not in the language."""
    try:
        return _Build(source).transform(_grammar().parse(source.text.rstrip() + "\n"))  # type: ignore[no-any-return]
    except VisitError as error:
        raise error.orig_exc from None
    except UnexpectedInput as error:
        _refuse(source, error)
    except DedentError:
        span = source.place(0, 1)
        _raise("the indentation of the blocks does not match", span, "give the lines of one block the same indentation")


@cache
def _grammar() -> Lark:
    text = (files("hicannx.isa.semantics") / "grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", postlex=_Blocks(), propagate_positions=True, maybe_placeholders=False)


def _refuse(source: Text, error: UnexpectedInput) -> NoReturn:
    start = max(0, error.pos_in_stream or 0)
    if isinstance(error, UnexpectedCharacters):
        found, length = f"`{error.char}`", 1
    elif isinstance(error, UnexpectedToken) and error.token.type not in ("_NL", "_INDENT", "_DEDENT", "$END"):
        found, length = f"`{error.token}`", len(error.token)
    else:
        found, length = "the end of the line", 1
    _raise(f"unexpected {found} in a semantics text", source.place(start, start + length), "")


def _raise(title: str, span: Span, help_text: str) -> NoReturn:
    raise DiagnosticError([Diagnostic("I301", title, span, help=help_text)])


def _binary(operator: str) -> Any:
    def build(self: _Build, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Binary(self.span(meta), operator, parts[0], parts[1])

    return v_args(meta=True)(build)


def _binary_token(self: _Build, meta: Any, parts: list[Any]) -> tree.Expression:
    return tree.Binary(self.span(meta), str(parts[1]), parts[0], parts[2])


@v_args(meta=True)
class _Build(Transformer[Token, Any]):
    """Lark's parse tree to ours."""

    def __init__(self, source: Text) -> None:
        super().__init__()
        self._source = source

    def span(self, meta: Any) -> Span:
        return self._source.place(meta.start_pos, meta.end_pos) if not meta.empty else self._source.place(0, 1)

    either, both = _binary("or"), _binary("and")
    bit_or, bit_xor, bit_and, product = _binary("|"), _binary("^"), _binary("&"), _binary("*")
    comparison = shift = sum = _binary_token

    def start(self, meta: Any, parts: list[Any]) -> tuple[tree.Statement, ...]:
        return tuple(parts)

    suite = start

    def assign(self, meta: Any, parts: list[Any]) -> tree.Statement:
        return tree.Assign(self.span(meta), parts[0], parts[1])

    def do(self, meta: Any, parts: list[Any]) -> tree.Statement:
        return tree.Do(self.span(meta), parts[0])

    def conditional(self, meta: Any, parts: list[Any]) -> tree.Statement:
        return tree.If(self.span(meta), parts[0], parts[1], parts[2] if len(parts) > 2 else ())

    def otherwise(self, meta: Any, parts: list[Any]) -> tuple[tree.Statement, ...]:
        return tuple(parts[0])

    def otherwise_if(self, meta: Any, parts: list[Any]) -> tuple[tree.Statement, ...]:
        return (self.conditional(meta, parts),)

    def counted(self, meta: Any, parts: list[Any]) -> tree.Statement:
        return tree.Counted(self.span(meta), str(parts[0]), parts[1], parts[2], parts[3])

    def lanes(self, meta: Any, parts: list[Any]) -> tree.Statement:
        mask = str(parts[2]) if len(parts) > 3 else None
        return tree.Lanes(self.span(meta), str(parts[0]), str(parts[1]), mask, parts[-1])

    def choice(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Choice(self.span(meta), parts[1], parts[0], parts[2])

    def negation(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Unary(self.span(meta), "not", parts[0])

    def unary(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Unary(self.span(meta), str(parts[0]), parts[1])

    def number(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Number(self.span(meta), int(parts[0], 0))

    def name(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Name(self.span(meta), str(parts[0]))

    def or_zero(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.OrZero(self.span(meta), parts[0].strip("(").split("|")[0].strip())

    def index(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Index(self.span(meta), str(parts[0]), parts[1])

    def slice(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Slice(self.span(meta), str(parts[0]), int(parts[1], 0), int(parts[2], 0))

    def call(self, meta: Any, parts: list[Any]) -> tree.Expression:
        return tree.Call(self.span(meta), str(parts[0]), tuple(parts[1:]))
