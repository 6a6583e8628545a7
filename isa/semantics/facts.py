"""Machine facts that the language needs, from registers.yaml of the instruction set."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import attrs

from hicannx.cache import cached
from hicannx.yamlsource import load_resource


@attrs.frozen
class Spr:
    """A special register: its number, the bits a write keeps (None: all), and who may access it."""

    number: int
    keep: int | None
    readable: bool
    writable: bool
    clear_on_write: bool


@attrs.frozen
class Facts:
    """`sprs` by name; `xer`: state names to bits of XER; `offsets`: byte offsets in a word, by access size."""

    sprs: dict[str, Spr]
    xer: dict[str, int]
    machine_state: dict[str, int]
    offsets: dict[int, tuple[int, ...]]
    vector_bytes: int


@cache
def load_facts() -> Facts:
    """The facts, read once; their form is checked where the instruction set is loaded."""
    resource = files("hicannx.isa") / "registers.yaml"
    return cached("facts", [resource.read_bytes()], lambda: _facts(load_resource(resource).plain()))


def _facts(table: dict[str, Any]) -> Facts:
    return Facts(
        {name: _spr(row) for name, row in table["special_registers"].items()},
        {f"XER.{name}": bit for name, bit in table["xer"].items()},
        {name: value for name, value in table["machine_state"].items() if isinstance(value, int)},
        {int(size): tuple(places) for size, places in table["alignment"].items() if size != "source"},
        table["vector"]["slices"] * table["vector"]["bytes_of_a_slice"],
    )


def _spr(row: dict[str, Any]) -> Spr:
    access = row["access"]
    return Spr(row["number"], row.get("keep"), "r" in access, "w" in access, bool(row.get("clear_on_write", False)))
