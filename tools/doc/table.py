"""The tables that lie beside these modules."""

from __future__ import annotations

from importlib.resources import files
from typing import TypeVar

from hicannx.structure import structure
from hicannx.yamlsource import load_resource

T = TypeVar("T")


def load_doc_table(name: str, kind: type[T]) -> T:
    """The table in `NAME.yaml` as a `kind`; a DiagnosticError (H2...) says what is wrong with it."""
    return structure(load_resource(files("hicannx.tools.doc") / f"{name}.yaml"), kind)
