"""Parts of pages: files of named templates, filled with text that is escaped unless it is markup already."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from string import Template

_mark = re.compile(r"^<!-- part: (\w+) -->\n", re.MULTILINE)
_code = re.compile(r"`([^`]*)`")


class Html(str):
    """Text that is markup, and is not escaped again."""

    __slots__ = ()


@cache
def parts(name: str) -> dict[str, Template]:
    """The named templates in a file that lies beside this module."""
    pieces = _mark.split(resource(name))
    return {name: Template(text.rstrip("\n")) for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}


def resource(name: str) -> str:
    """The text of a file that lies beside this module."""
    return (files("hicannx.tools.doc") / name).read_text(encoding="utf-8")


def fill(part: str, **values: object) -> Html:
    """A part of parts.html with its places filled; all of them have to be given."""
    return fill_from("parts.html", part, **values)


def fill_from(file: str, part: str, /, **values: object) -> Html:
    """A part of another file that lies beside this module, as `fill` does."""
    return Html(parts(file)[part].substitute({name: escape(value) for name, value in values.items()}))


def escape(value: object) -> Html:
    """Markup that shows the text of a value; markup stays as it is."""
    return value if isinstance(value, Html) else Html(html.escape(str(value)))


def join(pieces: Iterable[object], between: str = "") -> Html:
    """Pieces one after the other."""
    return Html(between.join(escape(one) for one in pieces))


def prose(text: str) -> Html:
    """A text whose words in backticks are code."""
    pieces = _code.split(text)
    return join(fill("code", text=one) if index % 2 else one for index, one in enumerate(pieces))
