"""The directives as a reader finds them: grouped, each with its syntax and what it does."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from hicannx.asm.directive import directives
from hicannx.asm.table import load_table


@attrs.frozen
class _Help:
    doc: str
    usage: str | None = None


@attrs.frozen
class _Group:
    title: str
    doc: str
    directives: dict[str, _Help]


@attrs.frozen
class _Table:
    groups: list[_Group]


@attrs.frozen
class Directive:
    """A directive: how it is written, and what it does (empty where nobody has said so yet)."""

    name: str
    usage: str
    doc: str


@attrs.frozen
class Group:
    """Directives that belong together."""

    title: str
    doc: str
    directives: tuple[Directive, ...]


def directive_groups() -> tuple[Group, ...]:
    """All directives: those of directive_help.yaml in its order, then those that only directive.yaml has."""
    groups = load_table("directive_help", _Table).groups
    known = {name: row.usage for name, row in directives().items()}
    found = [
        Group(group.title, group.doc, tuple(_directive(name, one, known) for name, one in group.directives.items()))
        for group in groups
    ]
    told = {name for one in groups for name in one.directives}
    rest = tuple(Directive(name, usage or name, "") for name, usage in known.items() if name not in told)
    return (*found, Group("Others", "", rest)) if rest else tuple(found)


def directive_names() -> list[str]:
    """The names of all directives; those that are operators are left out."""
    return [one.name for group in directive_groups() for one in group.directives if one.name.startswith(".")]


def _directive(name: str, text: _Help, usages: Mapping[str, str]) -> Directive:
    return Directive(name, text.usage or usages.get(name) or name, text.doc)
