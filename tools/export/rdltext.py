"""Words of SystemRDL: names, texts, and the properties that it does not have itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import attrs

from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class _Property:
    type: str
    component: str
    doc: str


@attrs.frozen
class _RdlTable:
    prefix: str
    keywords: tuple[str, ...]
    properties: dict[str, _Property]


@cache
def _table() -> _RdlTable:
    return structure(load_resource(files("hicannx.tools.export") / "systemrdl.yaml"), _RdlTable)


def name_of(name: str) -> str:
    """A name, marked where it is a word of the language; what no name may have becomes `_`."""
    plain = "".join(one if one.isalnum() else "_" for one in name)
    return f"\\{plain}" if plain in _table().keywords else plain


def text_of(text: str) -> str:
    """A text in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def declared() -> list[str]:
    """The declarations of all properties."""
    found = []
    for name, one in _table().properties.items():
        found.append(f"// {one.doc}")
        found.append(f"property {_table().prefix}_{name} {{ type = {one.type}; component = {one.component}; }};")
    return found


def assigned(values: Mapping[str, Any], to: str = "") -> list[str]:
    """Lines that give properties their values, in a component, or to an instance; those that are empty are left out."""
    start = f"{to}->" if to else ""
    return [
        f"{start}{_table().prefix}_{name} = {_value(name, value)};"
        for name, value in values.items()
        if value is not None and value is not False and value != ""
    ]


def _value(name: str, value: Any) -> str:
    kind = _table().properties[name].type
    return "true" if kind == "boolean" else text_of(str(value)) if kind == "string" else str(int(value))


def inside(head: str, lines: Iterable[str], tail: str) -> list[str]:
    """Lines in braces, indented."""
    return [f"{head} {{", *(f"  {line}" for line in lines), f"}}{tail}"]
