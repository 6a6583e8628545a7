"""The form of configurations as a JSON schema, made from the register maps, for editors and checkers."""

from __future__ import annotations

from typing import Any

from hicannx.configs.draft import cell_container, neuron_places
from hicannx.configs.neurons import cell_names, neuron_names, shared_names, switch_ways
from hicannx.configs.quantity import knob_of
from hicannx.configs.synapses import container as synapse_container
from hicannx.configs.synapses import synapse_coordinate
from hicannx.regmodel.container import Container
from hicannx.regmodel.coordinate import Coordinate
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import load_presets, load_transfer

Schema = dict[str, Any]

_kinds_of_selection = ["integer", "string", "array", "object"]
_selection = r"^\s*(all|\w+|\w+\s*\.\.\s*\w+(\s+by\s+\d+)?)\s*$"
_expression = r"[^\w]|^\d"  # what is more than one word


def config_schema() -> Schema:
    """The schema (draft 2020-12) of a configuration file."""
    writable = [one for one in load_registers().containers.values() if "w" in one.access]
    containers = [one for one in writable if not one.numbering.is_large]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of a BrainScaleS-2 chip",
        "type": ["object", "null"],
        "properties": {
            "include": _described("files applied before this one", {"type": "array", "items": {"type": "string"}}),
            "values": _described("names of numbers for expressions", _mapping({"type": ["number", "string"]})),
            "groups": _described("names of values of `at`", _mapping({"type": _kinds_of_selection})),
            "defaults": _described("values of fields that entries do not set", _defaults(containers)),
            "registers": _described("fields of registers", _registers(containers)),
            "neurons": _described("fields, cells and quantities of neurons", _entries(_neuron_entry(neuron_names()))),
            "neuron_cells": _described("analog parameters of neurons", _entries(_neuron_entry(cell_names()))),
            "quadrant_cells": _described("shared analog parameters", _entries(_quadrant_entry())),
            "synapses": _described("weights and labels of synapses", _entries(_synapse_entry())),
            "addresses": _described("words at Omnibus addresses", _mapping(_word())),
        },
        "additionalProperties": False,
        "$defs": {**_selections(), "file": _file(), **_all_fields(containers)},
    }


def _described(text: str, schema: Schema) -> Schema:
    return {"description": text, **schema}


def _mapping(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _entries(entry: Schema) -> Schema:
    return {"type": "array", "items": entry}


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _word() -> Schema:
    return {"type": "integer", "minimum": 0, "maximum": 0xFFFFFFFF}


def _file() -> Schema:
    return _object({"file": _described(".npy, .csv, .txt, .pgm or .png", {"type": "string"})}, ["file"])


def _selections() -> dict[str, Schema]:
    model = load_registers()
    numbers = {
        "type": ["integer", "string", "array"],
        "minimum": 0,
        "pattern": _selection,
        "items": {"$ref": "#/$defs/numbers"},
    }
    coordinates = [*model.coordinates.values(), synapse_coordinate()]
    coordinates = [one for one in coordinates if not one.is_large]
    return {"numbers": numbers, **{f"at_{one.name}": _selections_of(one) for one in coordinates}}


def _selections_of(coordinate: Coordinate) -> Schema:
    parts = {key: _part(coordinate, key) for key in coordinate.views()}
    where = _described("an expression over these coordinates", {"type": "string"})
    return {
        "description": coordinate.doc or f"instances by {', '.join(parts) or 'number'}",
        "type": _kinds_of_selection,
        "minimum": 0,
        "maximum": coordinate.size - 1,
        "pattern": _selection,
        "items": {"$ref": f"#/$defs/at_{coordinate.name}"},
        "properties": {**parts, "where": where},
        "additionalProperties": False,
    }


def _part(coordinate: Coordinate, key: str) -> Schema:
    names = list(coordinate.names_of(key))
    highest = int(coordinate.views()[key].max())
    text = f"{', '.join(names)}, or a group" if names else f"0 to {highest}, ranges such as 0..{highest}, or a group"
    return {"$ref": "#/$defs/numbers", "description": text, "maximum": highest}


def _at(coordinate: Coordinate) -> dict[str, Schema]:
    selection = {"$ref": f"#/$defs/at_{coordinate.name}"}
    return {"at": selection, "except": selection}


def _registers(containers: list[Container]) -> Schema:
    return _object({one.name: _described(one.doc, _entries(_register_entry(one))) for one in containers}, [])


def _register_entry(container: Container) -> Schema:
    words = {"type": ["integer", "array"], "items": {"type": ["integer", "null"]}}
    fields = {field.name: _reference(container, field) for field in container.fields}
    both = {**_at(container.numbering), "words": _described("whole words, as they are", words)}
    return _object({**both, **fields}, ["at"])


def _defaults(containers: list[Container]) -> Schema:
    tables = {one.name: _object({field.name: _reference(one, field) for field in one.fields}, []) for one in containers}
    return _object(tables, [])


def _all_fields(containers: list[Container]) -> dict[str, Schema]:
    return {f"{one.name}.{field.name}": _field(field) for one in containers for field in one.fields}


def _reference(container: Container, field: Field) -> Schema:
    return {"$ref": f"#/$defs/{container.name}.{field.name}"}


def _field(field: Field) -> Schema:
    """A value, an expression, a list or text of many values, or a file."""
    doc = f"{field.doc} ({field.allowed})"
    if field.enum:
        names = [*field.enum, *sorted(set(field.enum.values()))]
        several = {"type": ["string", "array"], "pattern": _expression}
        return _described(doc, {"anyOf": [{"enum": names}, several, {"$ref": "#/$defs/file"}]})
    kinds = ["integer", "string", *(["boolean"] if field.kind == "bool" else [])]
    limits = {"minimum": field.low, "maximum": field.high}
    items = {"type": [*kinds, "array"], **limits}
    file = {key: value for key, value in _file().items() if key != "type"}
    return _described(doc, {"type": [*kinds, "array", "object"], **limits, "items": items, **file})


def _neuron_entry(known: dict[str, str]) -> Schema:
    model = load_registers()
    properties = _at(model.coordinates["neuron"])
    properties["preset"] = _described("settings of an ideal calibrated chip", {"enum": list(load_presets())})
    properties["switches"] = _described("whether quantities may set switches", {"enum": list(switch_ways)})
    return _object({**properties, **{name: _neuron_parameter(name, kind) for name, kind in known.items()}}, ["at"])


def _neuron_parameter(name: str, kind: str) -> Schema:
    if kind == "field":
        container = neuron_places()[name].container
        return _reference(container, container.by_name[name])
    if kind == "cell":
        return _described(load_registers().cells.neuron[name].doc, _code())
    if kind == "cell by itself":
        return _described("voltage or current of the cell", _quantity())
    row = load_transfer().settable[name]
    return _described(f"set by {knob_of(name)}; confidence {row.confidence}; {row.source}", _quantity())


def _quantity() -> Schema:
    return {"type": ["number", "string", "array"], "items": {"type": ["number", "string"]}}


def _code() -> Schema:
    field = load_registers().containers[cell_container].by_name["value"]
    return {key: value for key, value in _field(field).items() if key != "description"}


def _quadrant_entry() -> Schema:
    model = load_registers()
    docs = {name: cell.doc for name, cell in model.cells.quadrant.items()}
    docs |= {name: cell.doc for name, cell in model.cells.chip.items()}
    known = {
        name: _described(docs[name], _code()) if name in docs else _described("voltage or current", _quantity())
        for name in shared_names()
    }
    return _object({**_at(model.coordinates["quadrant"]), **known}, ["at"])


def _synapse_entry() -> Schema:
    fields = {field.name: _reference(synapse_container(), field) for field in synapse_container().fields}
    return _object({**_at(synapse_coordinate()), **fields}, ["at"])
