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


@attrs.frozen(slots=False)
class Container:
    """Registers of one kind: how many, at which addresses, with which fields, and what accessing them does.

    Words are in the order of access. `default_words` are those of the defaults of all fields; empty where the
    register cannot be written. `address_space` is `chip` or `fpga`; `behaviour` names a side effect.
    """

    name: str
    doc: str
    numbering: Coordinate
    words: int
    access: str
    address_space: str
    fields: tuple[Field, ...]
    source: str
    span: Span
    formulas: tuple[str, ...] = attrs.field(repr=False)
    bases: dict[str, Any] = attrs.field(repr=False, eq=False)
    behaviour: str | None = None
    default_words: tuple[int, ...] = ()
    gray: bool = False
    one_hot_cell: OneHotCell | None = None
    byte_enables: str | None = None
    alias_of: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def coordinate(self) -> str:
        """The name of the numbering of its instances."""
        return self.numbering.name

    @property
    def instances(self) -> int:
        """How many instances there are."""
        return self.numbering.size

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    def addresses(self, e: int) -> list[int]:
        """Omnibus addresses of the words of instance `e`, in the order of access."""
        return [int(address) for address in self.all_addresses()[e]]

    def all_addresses(self) -> NDArray[np.int64]:
        """Omnibus addresses of the words of all instances, shape [instances, words] (read-only)."""
        return self._addresses

    @cached_property
    def _addresses(self) -> NDArray[np.int64]:
        values = {**self.bases, **self.numbering.views(), "e": np.arange(self.instances)}
        first = [np.broadcast_to(evaluate(text, values), self.instances) for text in self.formulas]
        if len(first) == 1:
            first = [first[0] + word for word in range(self.words)]
        table = np.stack(first, axis=1).astype(np.int64)
        table.setflags(write=False)
        return table

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_addresses", "by_name")}
