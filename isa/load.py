"""The tables as objects: YAML in, an `InstructionSet` out."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from hicannx.cache import cached
from hicannx.isa.instructionset import InstructionSet

if TYPE_CHECKING:
    from hicannx.isa.build import Description

__all__ = ["InstructionSet", "describe", "isa_content", "load_isa"]

_package = "hicannx.isa"
_tables = ("hicannx.isa.power", "hicannx.isa.fxv")


def _resources(package: str, ending: str) -> list[Traversable]:
    return sorted((one for one in files(package).iterdir() if one.name.endswith(ending)), key=lambda one: one.name)


@cache
def isa_content() -> tuple[bytes, ...]:
    """Everything that the instruction set is made from, its own code too: a key for caches."""
    found = _resources(_package, ".yaml") + _resources(_package, ".py")
    for package in _tables:
        found += _resources(package, ".yaml")
    return tuple(one.read_bytes() for one in found)


@cache
def load_isa() -> InstructionSet:
    """The instruction set of this version, cached by content; a DiagnosticError (I1xx) tells of broken tables."""
    return cached("isa", isa_content(), _build)


def _build() -> InstructionSet:
    from hicannx.isa.build import build

    return build(describe())


def describe() -> Description:
    """The texts of this version's instruction set, parsed."""
    from hicannx.isa.build import Description
    from hicannx.yamlsource import load_resource

    def read(name: str) -> Traversable:
        return files(_package) / f"{name}.yaml"

    formats, extended, registers, timing = (
        load_resource(read(name)) for name in ("formats", "extended", "registers", "timing")
    )
    tables = tuple(load_resource(one) for package in _tables for one in _resources(package, ".yaml"))
    return Description(formats, tables, extended, registers, timing)
