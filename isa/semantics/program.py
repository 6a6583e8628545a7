"""A checked semantics text: its statements with the type of every expression."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Protocol

import attrs

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.interval import Interval


class Field(Protocol):
    """A field of an instruction word, bits numbered from the least significant one."""

    @property
    def name(self) -> str:
        """Name in texts."""

    @property
    def msb(self) -> int:
        """Highest bit."""

    @property
    def lsb(self) -> int:
        """Lowest bit."""

    @property
    def signed(self) -> bool:
        """Two's complement."""

    @property
    def scale(self) -> int:
        """Its values are multiples of this."""

    @property
    def swapped(self) -> bool:
        """Its halves stand in exchanged order."""

    @property
    def kind(self) -> str:
        """What the field selects: gpr, vr, crf, spr, unsigned ..."""


class Role(enum.Enum):
    """What a name, an indexed name or an access stands for."""

    VALUE = "a value"
    FIELD = "a field"
    LOCAL = "a local"
    STATE = "a register"
    GPR = "a general register behind a field"
    VECTOR = "a vector register"
    BIT = "a bit"
    ELEMENT = "a numbered register"
    SPR = "a special register"
    LANE = "a lane of a vector register"
    PIECE = "an element of a vector register"
    ACCUMULATOR = "an accumulator lane"
    CONDITION = "the condition code of a lane"
    MEMORY = "memory"
    VECTOR_MEMORY = "a vector in memory"
    BUS = "a row of the parallel bus"


@attrs.frozen
class Type:
    """The range of an expression, its role, and its width where it is a place or a cut of one."""

    interval: Interval
    role: Role = Role.VALUE
    width: int | None = None
    boolean: bool = False


@attrs.frozen(eq=False)
class Program:
    """The meaning of one instruction. `types` is keyed by node."""

    name: str
    fields: Mapping[str, Field]
    body: tuple[tree.Statement, ...]
    types: Mapping[tree.Expression, Type]

    def type(self, node: tree.Expression) -> Type:
        """The type of a node of this program."""
        return self.types[node]
