"""Diagnostics as text with carets, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from hicannx.diagnostic import Diagnostic
from hicannx.source import Span

_colours = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "frame": "\x1b[1;34m",
    "bold": "\x1b[1m",
    "help": "\x1b[1;32m",
}
_reset = "\x1b[0m"


def render_text(diagnostics: Iterable[Diagnostic], *, color: bool = False) -> str:
    """All diagnostics as text, one blank line between them."""
    return "\n\n".join(_render_one(one, color) for one in diagnostics)


def render_json(diagnostics: Iterable[Diagnostic]) -> str:
    """All diagnostics as a JSON array of objects."""
    return json.dumps([_as_object(one) for one in diagnostics], indent=1)


def _paint(text: str, kind: str, color: bool) -> str:
    return f"{_colours[kind]}{text}{_reset}" if color else text


def _render_one(one: Diagnostic, color: bool) -> str:
    kind = one.severity.value
    lines = [_paint(f"{kind}[{one.code}]", kind, color) + _paint(f": {one.title}", "bold", color)]
    places = [(one.span, one.label, kind)] if one.span else []
    places += [(label.span, label.text, "frame") for label in one.labels]
    margin = max((len(str(span.line)) for span, _, _ in places), default=1)
    for index, (span, text, mark) in enumerate(places):
        lines += _excerpt(span, text, mark, margin, color, first=index == 0)
    tail = [*(("note", note) for note in one.notes), *([("help", one.help)] if one.help else [])]
    bar = _paint("=", "frame", color)
    lines += [f"{' ' * (margin + 1)}{bar} {_paint(name, 'help', color)}: {text}" for name, text in tail]
    return "\n".join(lines)


def _excerpt(span: Span, text: str, mark: str, margin: int, color: bool, *, first: bool) -> list[str]:
    line, column = span.line, span.column
    source = span.file.line(line)
    width = max(1, min(span.end - span.start, len(source) - column + 1))
    pad = "".join("\t" if char == "\t" else " " for char in source[: column - 1])
    caret = _paint("^" * width + (f" {text}" if text else ""), mark, color)
    bar = _paint("|", "frame", color)
    blank = " " * margin
    arrow = _paint("-->" if first else ":::", "frame", color)
    return [
        f"{blank}{arrow} {span.file.name}:{line}:{column}",
        f"{blank} {bar}",
        f"{_paint(f'{line:>{margin}}', 'frame', color)} {bar} {source}".rstrip(),
        f"{blank} {bar} {pad}{caret}",
    ]


def _as_object(one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "title": one.title,
        "place": _place(one.span, one.label),
        "labels": [_place(label.span, label.text) for label in one.labels],
        "notes": list(one.notes),
        "help": one.help,
    }


def _place(span: Span | None, text: str) -> dict[str, Any] | None:
    if span is None:
        return None
    place = {"file": span.file.name, "line": span.line, "column": span.column}
    return {**place, "length": span.end - span.start, "label": text}
