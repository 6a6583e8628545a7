"""The state that semantics texts name: registers, arrays and lanes of state.yaml."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.cache import cached
from hicannx.isa.semantics.facts import load_facts
from hicannx.structure import structure
from hicannx.yamlsource import load_resource


@attrs.frozen
class Register:
    """A piece of scalar state; `keep_of` names the machine fact of its kept bits; `scratch` lasts one instruction.

    `choices` name the values of one that the configuration sets.
    """

    width: int
    variable: str
    writable: bool = True
    keep: int | None = None
    keep_of: str | None = None
    scratch: bool = False
    choices: tuple[str, ...] = ()


@attrs.frozen
class Array:
    """Numbered registers of one width."""

    width: int
    count: int


@attrs.frozen
class Lane:
    """A way to cut a vector register: lanes of `width` bits, each with an accumulator lane."""

    width: int
    accumulator: int

    @property
    def bytes(self) -> int:
        """Bytes in a lane."""
        return self.width // 8

    @property
    def count(self) -> int:
        """Lanes in a vector register."""
        return load_facts().vector_bytes // self.bytes


@attrs.frozen
class State:
    """All of state.yaml."""

    registers: dict[str, Register]
    arrays: dict[str, Array]
    lanes: dict[str, Lane]
    vector_registers: int
    compare: dict[str, int]
    condition: dict[str, int]
    exceptions: dict[str, int]


@cache
def load_state() -> State:
    """The state description, read once."""
    resource = files("hicannx.isa.semantics") / "state.yaml"
    return cached("state", [resource.read_bytes()], lambda: structure(load_resource(resource), State))


def word_bits() -> int:
    """Bits of a general register, and of an address."""
    return load_state().arrays["GPR"].width


def word_bytes() -> int:
    """Bytes of a word in memory."""
    return word_bits() // 8
