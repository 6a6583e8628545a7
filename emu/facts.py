"""The emulator's own tables: numbers with their sources in, plain numbers out."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from hicannx.cache import cached


def load_facts(name: str) -> dict[str, Any]:
    """The values of `<name>.yaml`: a row with a `value` becomes that value, everything else stays a mapping."""
    resource = files("hicannx.emu") / f"{name}.yaml"

    def load() -> dict[str, Any]:
        from hicannx.yamlsource import load_resource

        facts: dict[str, Any] = _values(load_resource(resource).plain())
        return facts

    return cached(name, [resource.read_bytes()], load)


def _values(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    return tree["value"] if "value" in tree else {key: _values(item) for key, item in tree.items()}
