"""Registers that are windows on others."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@cache
def load_windows() -> dict[str, dict[str, tuple[str, str]]]:
    """By container and field, the container and the field that are shown there, in the same instance."""
    table = structure(load_resource(files("hicannx.configs") / "windows.yaml"), dict[str, dict[str, str]])
    return {name: {key: _split(text) for key, text in fields.items()} for name, fields in table.items()}


def _split(text: str) -> tuple[str, str]:
    container, _, field = text.partition(".")
    return container, field
