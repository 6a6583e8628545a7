"""Registers that are windows on others: no instance of both may be written, or the order of writing would matter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from hicannx.configs.setting import Instances, Setting
from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@cache
def load_windows() -> dict[str, dict[str, tuple[str, str]]]:
    """By container and field, the container and the field that are shown there, in the same instance."""
    table = structure(load_resource(files("hicannx.configs") / "windows.yaml"), dict[str, dict[str, str]])
    return {name: {key: _split(text) for key, text in fields.items()} for name, fields in table.items()}


def owner_of(window: str) -> str | None:
    """The container that a window shows, or None for what is no window."""
    fields = load_windows().get(window)
    return next(iter(fields.values()))[0] if fields else None


def fold_windows(settings: Mapping[str, Setting], owner: Setting, instances: Instances) -> None:
    """Take over what windows say of instances of `owner` that are written from now on."""
    for window, fields in load_windows().items():
        setting = settings.get(window)
        if setting is None or owner_of(window) != owner.container.name:
            continue
        both = instances[setting.chosen[instances]]
        for name, (_, field) in fields.items():
            if len(both):
                owner.put(field, both, setting.look(name, both))
        setting.drop(both)


def _split(text: str) -> tuple[str, str]:
    container, _, field = text.partition(".")
    return container, field
