"""The tables of the assembler: YAML files beside the modules, structured and remembered."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from hicannx.cache import cached

T = TypeVar("T")


def load_table(name: str, kind: type[T], package: str = "hicannx.asm") -> T:
    """The table in `NAME.yaml` of a package as a `kind`; a DiagnosticError (H2...) says what is wrong with it."""
    resource = files(package) / f"{name}.yaml"
    parts = [resource.read_bytes(), str(kind.__annotations__).encode()]
    return cached(f"asm-{name}", parts, lambda: _read(resource, kind))


def _read(resource: Traversable, kind: type[T]) -> T:
    from hicannx.structure import structure  # late: a table is read from its text once only
    from hicannx.yamlsource import load_resource

    return structure(load_resource(resource), kind)
