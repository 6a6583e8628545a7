"""Source text to pieces: comments blanked, cut at line ends and semicolons, strings and characters left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hicannx.asm.mistake import Report, mistake
from hicannx.diagnostic import DiagnosticError
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
_string_end = re.compile(r'(?:\\.|[^"\\])*("|\Z)', re.DOTALL)


def scan(source: SourceFile, report: Report) -> Iterator[tuple[int, str]]:
    """Yield (offset, text) of every piece that is not blank; a comment becomes blanks, so that offsets stay true.

    Unterminated strings (A101) and comments (A102) are reported; a piece with such a string is left out, or where the
    dialect lets it pass, reaches over the end of the line up to the next quote or the end of the file.
    """
    text = source.text
    start = shift = position = 0
    parts: list[str] = []
    broken = False
    while match := _mark.search(text, position):
        position = match.end()
        first = text[match.start()]
        if first in ";\n":
            parts.append(text[shift : match.start()])
            yield from _piece(start, "" if broken else "".join(parts))
            start = shift = position
            parts, broken = [], False
        elif first in "#/":
            parts += [text[shift : match.start()], " " * (position - match.start())]
            shift = position
            _check_comment(source, match, report)
        elif first == '"' and not match.group(1):
            broken = not _continues(source, match, report)
            if not broken:
                end = _string_end.match(text, match.start() + 1)
                assert end is not None
                position = end.end()
                if not end.group(1):
                    parts += [text[shift:], '"']
                    shift = len(text)
    parts.append(text[shift:])
    yield from _piece(start, "" if broken else "".join(parts))


def _continues(source: SourceFile, match: re.Match[str], report: Report) -> bool:
    """Whether a string that its line does not close goes on in the next one."""
    span = source.span(match.start(), match.end())
    error = mistake("A101", "unterminated string", span, label="begins here", help='close it with `"`')
    if "A101" in report.warned:
        report.warn("A101", "unterminated string: it goes on in the next line", span, help='close it with `"`')
        return True
    report.collect(error.diagnostics)
    return False


def _piece(start: int, text: str) -> Iterator[tuple[int, str]]:
    stripped = text.lstrip()
    if stripped:
        yield start + len(text) - len(stripped), stripped.rstrip()


def _check_comment(source: SourceFile, match: re.Match[str], report: Report) -> None:
    text = match.group()
    if text.startswith("/*") and (len(text) < 4 or not text.endswith("*/")):
        span = source.span(match.start(), match.start() + 2)
        try:
            report.complain("A102", "unterminated comment", span, label="begins here", help="close it with `*/`")
        except DiagnosticError as error:
            report.collect(error.diagnostics)
