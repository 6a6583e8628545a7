"""Containers as the maps write them (see `maps/__init__.py`), and what they become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs
import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.bus import Buses
from hicannx.regmodel.codec import encode
from hicannx.regmodel.container import Block, Container, OneHotCell, Place
from hicannx.regmodel.coordinate import Coordinate
from hicannx.regmodel.field import Field, FieldRow, make_field, parse_position
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node

Bases = dict[str, int | list[int]]


@attrs.frozen
class _OneHotRow:
    enable: str
    cell: str
    columns: int
    row: str
    column: str


@attrs.frozen
class _PlaceRow:
    space: str
    address: int | str | list[str]
    access: str | None = None


@attrs.frozen
class _MembersRow:
    container: str
    count: int | None = None


@attrs.frozen
class ContainerRow:
    """A container, or a block of instances of another one where it has `members`."""

    doc: str
    source: str
    span: Span
    address: int | str | list[str] | None = None
    coordinate: str = "single"
    access: str = "rw"
    space: str = "chip"
    also: list[_PlaceRow] = attrs.field(factory=list)
    words: int = 1
    word_bits: int = 32
    behaviour: str | None = None
    fields: dict[str, Node] = attrs.field(factory=dict)
    fields_of: str | None = None
    constant_bits: tuple[int, ...] = ()
    reject_unless: str = "none"
    gray: bool = False
    one_hot_cell: _OneHotRow | None = None
    byte: str | None = None
    byte_enables: str | None = None
    alias_of: str | None = None
    image: str | None = None
    backends: tuple[str, ...] = ()
    differential_write: bool = False
    unsupported_read_targets: tuple[str, ...] = ()
    members: _MembersRow | None = None
    notes: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The formulas of its addresses; ValueError where there are none."""
        if self.address is None:
            raise ValueError("it needs an `address`, or `members`")
        return _formulas(self.address)


@attrs.frozen
class Surroundings:
    """What a row may refer to: all rows, numberings and bases by name, and the buses."""

    rows: Mapping[str, ContainerRow]
    coordinates: Mapping[str, Coordinate]
    bases: Bases
    buses: Buses


def make_container(name: str, known: Surroundings) -> Container:
    """The container of a row; a DiagnosticError (R101, R102, R140) where the row is wrong."""
    row = known.rows[name]
    problems = [*_unknown(row, known)]
    if problems:
        raise DiagnosticError(problems)
    try:
        return _complete(_container(name, row, known))
    except ValueError as error:
        raise DiagnosticError([Diagnostic("R102", f"{name}: {error}", row.span)]) from None


def make_block(name: str, known: Surroundings, containers: Mapping[str, Container]) -> Block:
    """The block of a row with members; a DiagnosticError (R101, R140) where the row is wrong."""
    row = known.rows[name]
    problems = [*_unknown(row, known)]
    if row.members is None or row.members.container not in containers:
        problems.append(_no_such("container", row.members.container if row.members else "", containers, row.span))
    if problems or row.members is None:
        raise DiagnosticError(problems)
    of, count = containers[row.members.container], row.members.count
    return Block(name, row.doc, known.coordinates[row.coordinate], of, count, row.source, row.span)


def _unknown(row: ContainerRow, known: Surroundings) -> Iterator[Diagnostic]:
    """What the row names and nobody knows."""
    if row.coordinate not in known.coordinates:
        title = f"there is no coordinate `{row.coordinate}`"
        help_text = did_you_mean(row.coordinate, known.coordinates)
        yield Diagnostic("R101", title, row.span, help=help_text)
    for space in (row.space, *(one.space for one in row.also)):
        if space not in known.buses.spaces:
            yield _no_such("address space", space, known.buses.spaces, row.span)
    if row.image is not None and row.image not in known.buses.images:
        yield _no_such("image of the FPGA", row.image, known.buses.images, row.span)
    for one in filter(None, (row.fields_of, row.alias_of)):
        if one not in known.rows:
            yield _no_such("container", one, known.rows, row.span)
    for one in row.backends:
        if one not in known.buses.backends:
            yield _no_such("backend", one, known.buses.backends, row.span)


def _no_such(kind: str, name: str, known: Iterable[str], span: Span) -> Diagnostic:
    return Diagnostic("R140", f"there is no {kind} `{name}`", span, help=did_you_mean(name, known))


def _container(name: str, row: ContainerRow, known: Surroundings) -> Container:
    places = tuple(_places(row, known.buses))
    formulas = [text for place in places for text in place.formulas]
    return Container(
        name=name,
        doc=row.doc,
        numbering=known.coordinates[row.coordinate],
        words=len(row.address) if isinstance(row.address, list) else row.words,
        access=row.access,
        places=places,
        fields=tuple(_fields(row, known.rows)),
        source=row.source,
        span=row.span,
        bases={base: value for base, value in known.bases.items() if any(base in text for text in formulas)},
        behaviour=row.behaviour,
        word_bits=row.word_bits,
        constant_bits=row.constant_bits,
        gray=row.gray,
        one_hot_cell=_one_hot(row.one_hot_cell) if row.one_hot_cell else None,
        byte=row.byte,
        byte_enables=row.byte_enables,
        demanded=parse_position(row.reject_unless),
        alias_of=row.alias_of,
        image=row.image,
        backends=row.backends,
        differential_write=row.differential_write,
        unsupported_read_targets=row.unsupported_read_targets,
        notes=row.notes,
    )


def _places(row: ContainerRow, buses: Buses) -> Iterator[Place]:
    yield Place(row.space, buses.bus_of(row.space), row.access, row.addresses)
    for one in row.also:
        yield Place(one.space, buses.bus_of(one.space), one.access or row.access, _formulas(one.address))


def _formulas(address: int | str | list[str]) -> tuple[str, ...]:
    return tuple(address) if isinstance(address, list) else (str(address),)


def _fields(row: ContainerRow, rows: Mapping[str, ContainerRow]) -> Iterator[Field]:
    nodes = (rows[row.fields_of].fields if row.fields_of else {}) | row.fields
    for name, node in nodes.items():
        yield make_field(name, structure(node, FieldRow))


def _one_hot(row: _OneHotRow) -> OneHotCell:
    (line,), (column,) = parse_position(row.row), parse_position(row.column)
    return OneHotCell(row.enable, row.cell, row.columns, line, column)


def _complete(container: Container) -> Container:
    """With what follows from the row: default words, lowest and highest addresses."""
    places = tuple(_bounded(container, place) for place in container.places)
    words = tuple(encode(container, {})) if "w" in container.access else ()
    return attrs.evolve(container, places=places, default_words=words)


def _bounded(container: Container, place: Place) -> Place:
    """With its lowest and highest address; those of a large memory ascend from instance to instance."""
    if container.numbering.is_large:
        table = container.addresses_of(np.array([0, container.instances - 1]), place)
    else:
        table = container.all_addresses(place)
    return attrs.evolve(place, low=int(table.min()), high=int(table.max()))
