"""Texts of the semantics language with their words marked, for pages."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from hicannx.isa.instruction import Instruction
from hicannx.tools.doc.template import Html, fill, join

_token = re.compile(r"(?P<comment>#[^\n]*)|(?P<word>[A-Za-z_]\w*)|(?P<number>0x[0-9a-fA-F]+|0b[01]+|[0-9]+)|[^#\w]+")


def marked_semantics(row: Instruction) -> Html:
    """The row's own text; a note where it has none."""
    if row.semantics is None:
        return fill("semantics_missing")
    text = row.semantics.text.rstrip()
    return fill("semantics", text=join(_marked(match, text, row.fields) for match in _token.finditer(text)))


def _marked(match: re.Match[str], text: str, fields: Collection[str]) -> str:
    kind = match.lastgroup or ""
    if kind == "word":
        kind = _kind_of_word(match.group(), text[match.end() : match.end() + 1], fields)
    return fill("span", kind=kind, text=match.group()) if kind else match.group()


def _kind_of_word(word: str, following: str, fields: Collection[str]) -> str:
    if word in _keywords():
        return "keyword"
    if word in fields:
        return "operand"
    return "function" if following == "(" else ""


@cache
def _keywords() -> frozenset[str]:
    grammar = files("hicannx.isa.semantics") / "grammar.lark"
    return frozenset(re.findall(r'"([a-z]+)"', grammar.read_text(encoding="utf-8")))
