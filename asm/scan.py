"""Source text to pieces: comments blanked, cut at line ends and semicolons, strings and characters left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hicannx.diagnostic import Diagnostics
from hicannx.source import SourceFile

_mark = re.compile(
    r"""  "(?:\\.|[^"\\\n])*("?)
        | '(?:\\.|[^\\\n])'?
        | \#[^\n]*
        | /\*.*?(?:\*/|\Z)
        | [;\n]
    """,
    re.VERBOSE | re.DOTALL,
)


def scan(source: SourceFile, diagnostics: Diagnostics) -> Iterator[tuple[int, str]]:
    """Yield (offset, text) of every piece that is not blank; a comment becomes blanks, so that offsets stay true.

    Unterminated strings (A101) and comments (A102) are reported; a piece with such a string is left out.
    """
    text = source.text
    start, shift = 0, 0
    parts: list[str] = []
    broken = False
    for match in _mark.finditer(text):
        first = text[match.start()]
        if first in ";\n":
            parts.append(text[shift : match.start()])
            yield from _piece(start, "" if broken else "".join(parts))
            start = shift = match.end()
            parts, broken = [], False
        elif first in "#/":
            parts += [text[shift : match.start()], " " * len(match.group())]
            shift = match.end()
            _check_comment(source, match, diagnostics)
        elif first == '"' and not match.group(1):
            span = source.span(match.start(), match.end())
            diagnostics.error("A101", "unterminated string", span, label="begins here", help='close it with `"`')
            broken = True
    parts.append(text[shift:])
    yield from _piece(start, "" if broken else "".join(parts))


def _piece(start: int, text: str) -> Iterator[tuple[int, str]]:
    stripped = text.lstrip()
    if stripped:
        yield start + len(text) - len(stripped), stripped.rstrip()


def _check_comment(source: SourceFile, match: re.Match[str], diagnostics: Diagnostics) -> None:
    text = match.group()
    if text.startswith("/*") and (len(text) < 4 or not text.endswith("*/")):
        span = source.span(match.start(), match.start() + 2)
        diagnostics.error("A102", "unterminated comment", span, label="begins here", help="close it with `*/`")
