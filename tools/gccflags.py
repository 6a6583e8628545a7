"""The flags that keep a stock gcc inside the processor's instruction set."""

from __future__ import annotations

from importlib.resources import files

from hicannx.structure import structure
from hicannx.yamlsource import load_resource


def gcc_flags() -> dict[str, str]:
    """Each flag with its reason, in the order in which they are given."""
    table = structure(load_resource(files("hicannx.tools") / "gcc_flags.yaml"), dict[str, dict[str, str]])
    return table["flags"]
