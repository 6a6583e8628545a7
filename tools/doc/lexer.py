"""The states of a Pygments lexer, and a lexer as a file of its own."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template

from hicannx import __version__
from hicannx.tools.doc.highlight import Highlighting, Rule, highlighting
from hicannx.tools.doc.template import resource

# A pattern, the names of its tokens (one for each group, or one), and the state that follows ("" for the same).
State = tuple[str, tuple[str, ...], str]
_names = {"statement": "root"}


def states(known: Highlighting) -> dict[str, list[State]]:
    """The rules of each state by its name."""
    return {_names.get(name, name): list(_rules(known, name)) for name in known.contexts}


def _rules(known: Highlighting, context: str) -> Iterator[State]:
    yield from _ends(known, context)
    for rule in known.contexts[context]:
        if rule.include:
            yield from _rules(known, rule.include)
        else:
            yield rule.begin or rule.match, _tokens(rule), "#pop" if rule.closes else rule.inside or rule.opens


def _ends(known: Highlighting, context: str) -> Iterator[State]:
    """What ends a context that lies inside a rule with `begin` and `end`."""
    rules = [rule for group in known.contexts.values() for rule in group]
    for rule in rules:
        if rule.inside == context:
            yield rule.end, _tokens(rule), "#pop"


def _tokens(rule: Rule) -> tuple[str, ...]:
    return (rule.token,) if isinstance(rule.token, str) else tuple(rule.token)


def lexer_module() -> str:
    """The source of a Python module with the lexer, which needs nothing but Pygments."""
    known = highlighting()
    template = Template(resource("lexer.in"))
    rules = "\n".join(_state_text(name, group) for name, group in states(known).items())
    return template.substitute(version=__version__, name=known.name, alias=known.alias, states=rules)


def _state_text(name: str, group: list[State]) -> str:
    lines = "".join(f"            {_rule_text(*one)},\n" for one in group)
    return f"        {name!r}: [\n{lines}        ],"


def _rule_text(pattern: str, tokens: tuple[str, ...], following: str) -> str:
    names = [f"Token.{one}" for one in tokens]
    action = names[0] if len(names) == 1 else f"bygroups({', '.join(names)})"
    return f"({pattern!r}, {action}, {following!r})" if following else f"({pattern!r}, {action})"
