"""Loading of the register maps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import attrs
import numpy as np

from hicannx.cache import cached
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.addresstable import check_overlaps
from hicannx.regmodel.cells import Cells
from hicannx.regmodel.codec import encode
from hicannx.regmodel.container import Container, OneHotCell
from hicannx.regmodel.coordinate import Coordinate, CoordinatePart
from hicannx.regmodel.coordinatetype import CoordinateType
from hicannx.regmodel.field import FieldRow, make_field, parse_position
from hicannx.regmodel.loadtypes import coordinate_type_of, known, load_types, types_content
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node, load_resource

_code = ("addresstable", "cells", "codec", "container", "coordinate", "field", "load")
_not_maps = ("bases.yaml", "cells.yaml", "coordinates.yaml")


@attrs.frozen
class RegisterModel:
    """All containers and coordinates by name, and the places of the analog parameters."""

    containers: dict[str, Container]
    coordinates: dict[str, Coordinate]
    cells: Cells


@cache
def load_registers() -> RegisterModel:
    """The registers of the chip and the FPGA; a DiagnosticError (H..., R101 to R103) where a map is wrong."""
    package = files("hicannx.regmodel")
    code = ((package / f"{name}.py").read_bytes() for name in _code)
    return cached("registers", [registers_content(), *code], lambda: build_registers(_maps()))


def registers_content() -> bytes:
    """The content of all maps, for keys of caches."""
    return b"\0".join([types_content(), *(resource.read_bytes() for resource in _maps())])


def build_registers(maps: Iterable[Traversable]) -> RegisterModel:
    """The register model of these YAML files."""
    nodes = {resource.name: load_resource(resource) for resource in maps}
    rows = structure(nodes["coordinates.yaml"], _Coordinates).coordinates
    coordinates = {name: _coordinate(name, row) for name, row in rows.items()}
    bases = structure(nodes["bases.yaml"], _Bases).bases
    containers = {}
    for file, node in nodes.items():
        if file not in _not_maps:
            for name, row in structure(node, dict[str, _ContainerRow]).items():
                containers[name] = _container(name, row, coordinates, bases)
    check_overlaps(containers.values())
    return RegisterModel(containers, coordinates, structure(nodes["cells.yaml"], Cells))


def _maps() -> list[Traversable]:
    folder = files("hicannx.regmodel.maps")
    return sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)


@attrs.frozen
class _CoordinateRow:
    span: Span
    halco: str = ""
    parts: str | dict[str, int | list[str]] = ""
    derived: dict[str, str] = attrs.field(factory=dict)
    also: list[str] = attrs.field(factory=list)
    doc: str = ""


@attrs.frozen
class _Coordinates:
    source: str
    coordinates: dict[str, _CoordinateRow]


@attrs.frozen
class _Bases:
    source: str
    bases: dict[str, int | list[int]]


@attrs.frozen
class _OneHotRow:
    enable: str
    cell: str
    columns: int
    row: str
    column: str


@attrs.frozen
class _ContainerRow:
    doc: str
    address: int | str | list[str]
    source: str
    span: Span
    coordinate: str = "single"
    access: str = "rw"
    space: str = "chip"
    words: int = 1
    behaviour: str | None = None
    fields: dict[str, Node] = attrs.field(factory=dict)
    gray: bool = False
    one_hot_cell: _OneHotRow | None = None
    byte_enables: str | None = None
    alias_of: str | None = None
    notes: tuple[str, ...] = ()


def _coordinate(name: str, row: _CoordinateRow) -> Coordinate:
    types, parts = load_types().types, load_types().parts
    also = tuple((word, known(word, parts, row.span).places) for word in row.also)
    if not isinstance(row.parts, str):
        own = tuple(
            CoordinatePart(part, size) if isinstance(size, int) else CoordinatePart(part, len(size), tuple(size))
            for part, size in row.parts.items()
        )
        return Coordinate(name, own, row.doc, row.span, (), tuple(row.derived.items()), also, row.halco)
    like = known(row.halco, types, row.span) if row.halco else coordinate_type_of(name, row.parts, parts, row.span)
    derived = tuple(row.derived.items())
    return Coordinate(name, _own(like), row.doc or like.doc, row.span, _pairs(like), derived, also, row.halco)


def _own(like: CoordinateType) -> tuple[CoordinatePart, ...]:
    return tuple(
        CoordinatePart(part.name, part.size, tuple(part.names) if len(part.names) == part.size else (), part.places)
        for part in like.parts
    )


def _pairs(like: CoordinateType) -> tuple[tuple[int, int], ...]:
    """The values of the two parts of each number, where not all of them exist."""
    if not like.existing:
        return ()
    first, second = like.part_values(np.arange(like.size)).values()
    return tuple(zip(first.tolist(), second.tolist()))


def _container(
    name: str, row: _ContainerRow, coordinates: dict[str, Coordinate], bases: dict[str, int | list[int]]
) -> Container:
    if row.coordinate not in coordinates:
        title = f"there is no coordinate `{row.coordinate}`"
        raise DiagnosticError([Diagnostic("R101", title, row.span, help=did_you_mean(row.coordinate, coordinates))])
    formulas = tuple(row.address) if isinstance(row.address, list) else (str(row.address),)
    try:
        container = Container(
            name=name,
            doc=row.doc,
            numbering=coordinates[row.coordinate],
            words=len(row.address) if isinstance(row.address, list) else row.words,
            access=row.access,
            address_space=row.space,
            fields=tuple(make_field(key, structure(node, FieldRow)) for key, node in row.fields.items()),
            source=row.source,
            span=row.span,
            formulas=formulas,
            bases={base: value for base, value in bases.items() if any(base in text for text in formulas)},
            behaviour=row.behaviour,
            gray=row.gray,
            one_hot_cell=_one_hot(row.one_hot_cell) if row.one_hot_cell else None,
            byte_enables=row.byte_enables,
            alias_of=row.alias_of,
            notes=row.notes,
        )
        container.all_addresses()
    except ValueError as error:
        raise DiagnosticError([Diagnostic("R102", f"{name}: {error}", row.span)]) from None
    return attrs.evolve(container, default_words=tuple(encode(container, {})) if "w" in row.access else ())


def _one_hot(row: _OneHotRow) -> OneHotCell:
    (line,), (column,) = parse_position(row.row), parse_position(row.column)
    return OneHotCell(row.enable, row.cell, row.columns, line, column)
