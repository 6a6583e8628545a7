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

__all__ = ["InstructionSet", "describe", "describe_foreign", "isa_content", "load_foreign", "load_isa"]

_package = "hicannx.isa"
_tables = ("hicannx.isa.power", "hicannx.isa.fxv")
_foreign = "hicannx.isa.foreign"
_shared = ("formats", "extended")


def _resources(package: str, ending: str) -> list[Traversable]:
    return sorted((one for one in files(package).iterdir() if one.name.endswith(ending)), key=lambda one: one.name)


@cache
def isa_content() -> tuple[bytes, ...]:
    """Everything that the instruction set is made from, its own code too: a key for caches."""
    found = _resources(_package, ".yaml") + _resources(_package, ".py")
    for package in (*_tables, _foreign):
        found += _resources(package, ".yaml")
    return tuple(one.read_bytes() for one in found)


@cache
def load_isa() -> InstructionSet:
    """The instruction set of this version, cached by content; a DiagnosticError (I1xx) tells of broken tables."""
    return cached("isa", isa_content(), _build)


@cache
def load_foreign() -> InstructionSet:
    """Instructions of the Power ISA that the processor lacks; a DiagnosticError (I1xx) tells of broken tables."""
    return cached("foreign", isa_content(), _build_foreign)


def _build() -> InstructionSet:
    from hicannx.isa.build import build

    return build(describe())


def _build_foreign() -> InstructionSet:
    from hicannx.isa.build import build
    from hicannx.isa.check import check_apart

    foreign = build(describe_foreign())
    check_apart(load_isa(), foreign)
    return foreign


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


def describe_foreign() -> Description:
    """The texts of the instructions that the processor lacks, parsed."""
    from hicannx.isa.build import Description
    from hicannx.yamlsource import load_resource

    base = describe()
    formats, extended = (load_resource(files(_foreign) / f"{name}.yaml") for name in _shared)
    resources = [one for one in _resources(_foreign, ".yaml") if one.name.removesuffix(".yaml") not in _shared]
    tables = tuple(load_resource(one) for one in resources)
    return Description(formats, tables, extended, base.registers, base.timing, base)
