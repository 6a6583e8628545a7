"""Loading of the register maps."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import attrs

from hicannx.cache import cached
from hicannx.regmodel.addresstable import check_overlaps
from hicannx.regmodel.bus import Buses, make_buses
from hicannx.regmodel.cells import Cells
from hicannx.regmodel.container import Block, Container
from hicannx.regmodel.containerrow import ContainerRow, Surroundings, make_block, make_container
from hicannx.regmodel.coordinate import Coordinate, CoordinatePart
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import load_resource

_code = ("addresstable", "bus", "cells", "codec", "container", "containerrow", "coordinate", "field", "load")
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
    package = files("hicannx.regmodel")
    code = ((package / f"{name}.py").read_bytes() for name in _code)
    return cached("registers", [registers_content(), *code], lambda: build_registers(_maps()))


def registers_content() -> bytes:
    """The content of all maps, for keys of caches."""
    return b"\0".join(resource.read_bytes() for resource in _maps())


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
    parts: dict[str, int | list[str]]
    span: Span
    existing: list[list[int]] | None = None
    derived: dict[str, str] = attrs.field(factory=dict)
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
    parts = tuple(
        CoordinatePart(part, size) if isinstance(size, int) else CoordinatePart(part, len(size), tuple(size))
        for part, size in row.parts.items()
    )
    pairs = tuple((first, second) for first, seconds in enumerate(row.existing or ()) for second in seconds)
    return Coordinate(name, parts, row.doc, row.span, pairs, tuple(row.derived.items()))
