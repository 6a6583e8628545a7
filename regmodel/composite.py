"""Composites: things that are several registers, such as a neuron with its parameters, in the order of writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import attrs

from hicannx.cache import cached
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.load import load_registers
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import load_resource

_folder = "hicannx.regmodel.maps.composites"
_files = ("neuron.yaml", "synapse.yaml", "readout.yaml", "chip.yaml")
_cell = "CapMemCell"

# What a member is: a name of a field or member, or names of values that each stand for values of fields.
Meaning = str | dict[str, dict[str, int]]


@attrs.frozen
class Item:
    """An item of a sequence; `maps/composites/__init__.py` says what its keys mean."""

    span: Span
    register: str = ""
    composite: str = ""
    cell: str | list[str] = ""
    each: str = ""
    sequence: tuple[Item, ...] = ()
    where: dict[str, int | str] = attrs.field(factory=dict)
    through: str = ""
    member: str = ""
    members: dict[str, Meaning] = attrs.field(factory=dict)
    defaults: dict[str, int] = attrs.field(factory=dict)

    @property
    def cells(self) -> list[str]:
        """The names of the analog parameters whose cells are meant."""
        return [self.cell] if isinstance(self.cell, str) and self.cell else list(self.cell)


@attrs.frozen
class Image:
    """What the default of all instances gives: how many words, their hash, and registers that are left out."""

    words: int
    sha256: str
    except_: tuple[str, ...] = ()


@attrs.frozen
class Composite:
    """A composite: the coordinate type `of` its instances, and its items in the order of writing."""

    doc: str
    of: str
    sequence: tuple[Item, ...]
    source: str
    span: Span
    name: str = ""
    access: str = "rw"
    image: Image | None = None
    notes: tuple[str, ...] = ()


@cache
def load_composites() -> dict[str, Composite]:
    """All composites by name; a DiagnosticError (H...) where a table is wrong."""
    content = [(files(_folder) / name).read_bytes() for name in _files]
    return cached("composites", content, _build)


def composite(name: str) -> Composite:
    """The composite of a name; DiagnosticError R165 where there is none."""
    known = load_composites()
    if name not in known:
        raise DiagnosticError([Diagnostic("R165", f"there is no composite `{name}`", help=did_you_mean(name, known))])
    return known[name]


@cache
def member_names(name: str) -> frozenset[str]:
    """The names of everything in a composite that has a value."""
    return frozenset(path for item in composite(name).sequence for path in _paths(item))


def item_values(item: Item, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the values of members that an item has, by the names that they have in it; DiagnosticError R167."""
    inside = _inside(item)
    own: dict[str, Any] = {}
    for path, value in values.items():
        meaning = item.members.get(path)
        if isinstance(meaning, str):
            own[meaning] = value
        elif meaning is not None:
            own |= _chosen(path, value, meaning)
        elif (inner := _without_member(item, path)) in inside:
            own[inner] = value
    return own


def _paths(item: Item) -> Iterator[str]:
    yield from item.members
    for inner in _inside(item):
        yield item.member if item.cell else f"{item.member}.{inner}" if item.member else inner


def _inside(item: Item) -> frozenset[str]:
    """The names that values have in an item."""
    if item.each:
        return frozenset(path for one in item.sequence for path in _paths(one))
    if item.composite:
        return member_names(item.composite)
    container = load_registers().containers.get(_cell if item.cell else item.register)
    return frozenset(container.by_name) if container else frozenset()


def _without_member(item: Item, path: str) -> str:
    if item.cell:
        return "value" if path == item.member else ""
    before = f"{item.member}." if item.member else ""
    return path.removeprefix(before) if path.startswith(before) else ""


def _chosen(path: str, value: Any, meaning: Mapping[str, dict[str, int]]) -> dict[str, int]:
    if value not in meaning:
        title = f"`{path}` has no value `{value}`"
        raise DiagnosticError([Diagnostic("R167", title, help=f"it is one of {', '.join(meaning)}")])
    return meaning[value]


def _build() -> dict[str, Composite]:
    return {
        name: attrs.evolve(one, name=name)
        for file in _files
        for name, one in structure(load_resource(files(_folder) / file), dict[str, Composite]).items()
    }
