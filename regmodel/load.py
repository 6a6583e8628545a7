"""Loading of the register maps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import attrs
import numpy as np

from hicannx.cache import cached
from hicannx.regmodel.addresstable import check_overlaps
from hicannx.regmodel.bus import Buses, make_buses
from hicannx.regmodel.cells import Cells
from hicannx.regmodel.container import Block, Container
from hicannx.regmodel.containerrow import ContainerRow, Surroundings, make_block, make_container
from hicannx.regmodel.coordinate import Coordinate, CoordinatePart
from hicannx.regmodel.coordinatetype import CoordinateType
from hicannx.regmodel.loadtypes import coordinate_type_of, known, load_types, types_content
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import load_resource

_not_maps = ("bases.yaml", "buses.yaml", "cells.yaml", "coordinates.yaml")


@attrs.frozen
class RegisterModel:
    """All containers, blocks of them and coordinates by name, the places of the analog parameters, and the buses."""

    containers: dict[str, Container]
    coordinates: dict[str, Coordinate]
    cells: Cells
    blocks: dict[str, Block]
    buses: Buses


@cache
def load_registers() -> RegisterModel:
    """The registers of the chip and the FPGA; a DiagnosticError (H..., R101 to R103, R140) where a map is wrong."""
    return cached("registers", [registers_content()], lambda: build_registers(_maps()))


def registers_content() -> bytes:
    """The content of all maps, for keys of caches."""
    return b"\0".join([types_content(), *(resource.read_bytes() for resource in _maps())])


def build_registers(maps: Iterable[Traversable]) -> RegisterModel:
    """The register model of these YAML files."""
    nodes = {resource.name: load_resource(resource) for resource in maps}
    numberings = structure(nodes["coordinates.yaml"], _Coordinates).coordinates
    coordinates = {name: _coordinate(name, row) for name, row in numberings.items()}
    bases = structure(nodes["bases.yaml"], _Bases).bases
    buses = make_buses(nodes["buses.yaml"])
    rows = {
        name: row
        for file, node in nodes.items()
        if file not in _not_maps
        for name, row in structure(node, dict[str, ContainerRow]).items()
    }
    surroundings = Surroundings(rows, coordinates, bases, buses)
    containers = {name: make_container(name, surroundings) for name, row in rows.items() if row.members is None}
    blocks = {name: make_block(name, surroundings, containers) for name, row in rows.items() if row.members}
    check_overlaps(containers.values())
    return RegisterModel(containers, coordinates, structure(nodes["cells.yaml"], Cells), blocks, buses)


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
