"""What words still do that are no instructions of the processor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import attrs

from hicannx.cache import cached
from hicannx.isa.field import Field
from hicannx.isa.instruction import Semantics
from hicannx.isa.instructionset import InstructionSet
from hicannx.structure import structure
from hicannx.yamlsource import Node, load_resource


@attrs.frozen
class Effect:
    """Words with `word & mask == match` that are no instruction do this."""

    mask: int
    match: int
    text: str
    source: str
    format: str = ""
    semantics: Node | None = None


@attrs.frozen
class Unknown:
    """What is the semantics of an instruction for a row: an effect that is emulated, with the fields that it reads."""

    name: str
    fields: Mapping[str, Field]
    semantics: Semantics


@attrs.frozen
class _Table:
    timing: str
    effects: tuple[Effect, ...]


@cache
def _load() -> _Table:
    resource = files("hicannx.isa") / "effects.yaml"
    return cached("effects", [resource.read_bytes()], lambda: structure(load_resource(resource), _Table))


def load_effects() -> tuple[Effect, ...]:
    """The rows of effects.yaml."""
    return _load().effects


def unknown_timing() -> str:
    """The timing class of words that are no instruction."""
    return _load().timing


def emulated_effects(isa: InstructionSet) -> list[tuple[Effect, Unknown]]:
    """The effects that have semantics."""
    formats = {row.format.name: row.format for row in isa.instructions.values()}
    found = []
    for number, one in enumerate(load_effects()):
        if one.semantics is not None:
            text = Semantics(str(one.semantics.value), one.semantics.span)
            found.append((one, Unknown(f"unknown_{number}", formats[one.format].fields, text)))
    return found


def effects_of(word: int) -> list[str]:
    """What a word does although the processor has no such instruction."""
    return [one.text for one in load_effects() if word & one.mask == one.match]
