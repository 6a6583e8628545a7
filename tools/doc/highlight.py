"""The rules of highlight.yaml with the words of the tables in their places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import attrs

from hicannx.tools.doc.table import load_doc_table
from hicannx.tools.doc.words import alternation, words

_place = re.compile(r"\{\{(\w+)\}\}")


@attrs.frozen
class Rule:
    """A row of highlight.yaml; its comments say what the columns are."""

    match: str = ""
    begin: str = ""
    end: str = ""
    inside: str = ""
    token: str | list[str] = ""
    scope: str | list[str] = ""
    opens: str = ""
    closes: bool = False
    include: str = ""


@attrs.frozen
class _Table:
    name: str
    scope: str
    alias: str
    endings: list[str]
    patterns: dict[str, str]
    contexts: dict[str, list[Rule]]


@attrs.frozen
class Highlighting:
    """Names of the language, endings of its files, and its rules by context, complete."""

    name: str
    scope: str
    alias: str
    endings: tuple[str, ...]
    contexts: Mapping[str, tuple[Rule, ...]]


@cache
def highlight_table() -> _Table:
    """The table as it stands."""
    return load_doc_table("highlight", _Table)


def highlighting() -> Highlighting:
    """The table with its places filled."""
    table = highlight_table()
    known = {**table.patterns, **{name: alternation(given) for name, given in words().items()}}
    contexts = {name: tuple(_filled(rule, known) for rule in rules) for name, rules in table.contexts.items()}
    return Highlighting(table.name, table.scope, table.alias, tuple(table.endings), contexts)


def _filled(rule: Rule, known: Mapping[str, str]) -> Rule:
    return attrs.evolve(rule, match=_place.sub(lambda place: known[place.group(1)], rule.match))
