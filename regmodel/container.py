"""Containers: registers of one kind, all instances of which have the same words and fields."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.coordinate import Coordinate
from hicannx.regmodel.field import Field, Part
from hicannx.regmodel.formula import evaluate
from hicannx.source import Span


@attrs.frozen
class OneHotCell:
    """A cell number kept as one bit for its row (the highest for row 0) and as the number of its column.

    `enable` and `cell` name the fields; while the cell is not enabled both words are zero.
    """

    enable: str
    cell: str
    columns: int
    row: Part
    column: Part


@attrs.frozen
class Place:
    """Where the words of a container stand: an address space, the bus that has its addresses, formulas of addresses.

    `low` and `high` are the lowest and highest address; `access` says what can be done there.
    """

    space: str
    bus: str
    access: str
    formulas: tuple[str, ...] = attrs.field(repr=False)
    low: int = 0
    high: int = 0


@attrs.frozen(slots=False)
class Container:
    """Registers of one kind: how many, at which addresses, with which fields, and what accessing them does.

    Words are in the order of access. `default_words` are those of the defaults of all fields; empty where the
    register cannot be written. The first of `places` is the usual one. `behaviour` names a side effect. `byte` is a
    formula: which byte of the word, the highest being 0, an instance has. A valid word has the bits `demanded`. `backends` are the only ones that reach it, if any are named; `image`: only in this image of the FPGA.
    """

    name: str
    doc: str
    numbering: Coordinate
    words: int
    access: str
    places: tuple[Place, ...]
    fields: tuple[Field, ...]
    source: str
    span: Span
    bases: dict[str, Any] = attrs.field(repr=False, eq=False)
    behaviour: str | None = None
    default_words: tuple[int, ...] = ()
    word_bits: int = 32
    constant_bits: tuple[int, ...] = ()
    gray: bool = False
    one_hot_cell: OneHotCell | None = None
    byte_enables: str | None = None
    byte: str | None = None
    demanded: tuple[Part, ...] = ()
    alias_of: str | None = None
    image: str | None = None
    backends: tuple[str, ...] = ()
    differential_write: bool = False
    unsupported_read_targets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def coordinate(self) -> str:
        """The name of the numbering of its instances."""
        return self.numbering.name

    @property
    def instances(self) -> int:
        """How many instances there are."""
        return self.numbering.size

    @property
    def address_space(self) -> str:
        """The address space of its usual place."""
        return self.places[0].space

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    def place_in(self, space: str) -> Place | None:
        """Its place in an address space."""
        return next((place for place in self.places if place.space == space), None)

    def addresses(self, e: int, place: Place | None = None) -> list[int]:
        """Addresses of the words of instance `e`, in the order of access, at its usual place or another one."""
        if not self.numbering.is_large:
            return [int(address) for address in self.all_addresses(place)[e]]
        return [int(address) for address in self.addresses_of(np.array([e]), place)[0]]

    def addresses_of(self, instances: NDArray[np.int64], place: Place | None = None) -> NDArray[np.int64]:
        """Addresses of the words of some instances, shape [instances, words]."""
        if not self.numbering.is_large:
            return self.all_addresses(place)[instances]
        return self._evaluate(self.numbering.digits(instances), place or self.places[0])

    def all_addresses(self, place: Place | None = None) -> NDArray[np.int64]:
        """Addresses of the words of all instances, shape [instances, words] (read-only); not of a large memory."""
        chosen = place or self.places[0]
        if chosen.space not in self._addresses:
            table = self._evaluate({**self.numbering.views(), "e": np.arange(self.instances)}, chosen)
            table.setflags(write=False)
            self._addresses[chosen.space] = table
        return self._addresses[chosen.space]

    def byte_of(self, instances: Any) -> Any:
        """Which byte of the word, the highest being 0, instances have; only where `byte` is given."""
        return evaluate(self.byte or "", self.numbering.digits(instances))

    def _evaluate(self, digits: dict[str, Any], place: Place) -> NDArray[np.int64]:
        values, count = {**self.bases, **digits}, len(digits["e"])
        columns = [np.broadcast_to(evaluate(text, values), count) for text in place.formulas]
        if len(columns) == 1:
            columns = [columns[0] + word for word in range(self.words)]
        return np.stack(columns, axis=1).astype(np.int64)

    @cached_property
    def _addresses(self) -> dict[str, NDArray[np.int64]]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_addresses", "by_name")}


@attrs.frozen
class Block:
    """Consecutive instances of a container as one: `count` for each of its own, or any range where that is None."""

    name: str
    doc: str
    numbering: Coordinate
    container: Container
    count: int | None
    source: str
    span: Span

    def members(self, e: int) -> range:
        """The instances of the container that instance `e` of a block of fixed size has."""
        assert self.count is not None, f"{self.name}: the range is to be given"
        return range(self.count * e, self.count * (e + 1))
