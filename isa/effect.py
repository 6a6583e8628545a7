"""What words still do that are no instructions of the processor."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class Effect:
    """Words with `word & mask == match` that are no instruction do this."""

    mask: int
    match: int
    text: str
    source: str


@attrs.frozen
class _Table:
    effects: tuple[Effect, ...]


@cache
def load_effects() -> tuple[Effect, ...]:
    """The rows of effects.yaml."""
    return structure(load_resource(files("hicannx.isa") / "effects.yaml"), _Table).effects


def effects_of(word: int) -> list[str]:
    """What a word does although the processor has no such instruction."""
    return [one.text for one in load_effects() if word & one.mask == one.match]
