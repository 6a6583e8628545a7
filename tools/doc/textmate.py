"""The TextMate grammar of assembly sources, which editors read."""

from __future__ import annotations

import json
from typing import Any

from hicannx.tools.doc.highlight import Highlighting, Rule, highlighting

_first = "statement"
_end_of_statement = r"(?=;)|$"
Pattern = dict[str, Any]


def grammar_text() -> str:
    """The grammar as JSON."""
    return json.dumps(grammar(highlighting()), indent=2) + "\n"


def grammar(known: Highlighting) -> Pattern:
    """The grammar: a context becomes a part of its repository."""
    contexts = {name: {"patterns": _patterns(known, name)} for name in known.contexts}
    return {
        "name": known.name,
        "scopeName": known.scope,
        "fileTypes": list(known.endings),
        "patterns": [{"include": f"#{_first}"}],
        "repository": {name: one for name, one in contexts.items() if one["patterns"]},
    }


def _patterns(known: Highlighting, context: str) -> list[Pattern]:
    found = (_pattern(known, rule) for rule in known.contexts[context])
    return [one for one in found if one is not None]


def _pattern(known: Highlighting, rule: Rule) -> Pattern | None:
    """The pattern of a rule; None for what has no scope, such as blanks and ends of lines."""
    language = known.scope.rpartition(".")[2]
    if rule.include:
        return {"include": f"#{rule.include}"}
    if not rule.scope:
        return None
    if rule.begin:
        inside = _patterns(known, rule.inside)
        return {"name": f"{rule.scope}.{language}", "begin": rule.begin, "end": rule.end, "patterns": inside}
    if rule.opens:
        pattern = {"begin": rule.match, "beginCaptures": _captures(rule.scope, language), "end": _end_of_statement}
        return {**pattern, "patterns": [{"include": f"#{rule.opens}"}]}
    if isinstance(rule.scope, str):
        return {"name": f"{rule.scope}.{language}", "match": rule.match}
    return {"match": rule.match, "captures": _captures(rule.scope, language)}


def _captures(scope: str | list[str], language: str) -> dict[str, dict[str, str]]:
    if isinstance(scope, str):
        return {"0": {"name": f"{scope}.{language}"}}
    return {str(number): {"name": f"{one}.{language}"} for number, one in enumerate(scope, 1) if one}
