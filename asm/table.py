"""The tables of the assembler: YAML files beside the modules, structured and remembered."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

from hicannx.cache import cached
from hicannx.structure import structure
from hicannx.yamlsource import load_resource

T = TypeVar("T")


def load_table(name: str, kind: type[T], package: str = "hicannx.asm") -> T:
    """The table in `NAME.yaml` of a package as a `kind`; a DiagnosticError (H2...) says what is wrong with it."""
    resource = files(package) / f"{name}.yaml"
    parts = [resource.read_bytes(), str(kind.__annotations__).encode()]
    return cached(f"asm-{name}", parts, lambda: structure(load_resource(resource), kind))
