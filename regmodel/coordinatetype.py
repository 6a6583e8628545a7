"""The coordinate types of the usual software: what their numbers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import attrs
import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.digit import Choice, Numbers, Places, absent, join, names_in, size_of, split
from hicannx.source import Span


@attrs.frozen
class NumberPart:
    """A part of a number: the digits that it is made of, and the names of its values, or of some of them."""

    name: str
    places: Places
    names: dict[str, int] = attrs.field(factory=dict, eq=False)

    @property
    def size(self) -> int:
        """How many values it has."""
        return size_of(self.places)


@attrs.frozen(slots=False)
class CoordinateType:
    """A type by its official name: `parts` from the slowest to the fastest digit, and the combinations that exist.

    `existing` has, for each number, the one that it would have if all combinations of parts existed; empty where
    they do. `first` is the value that the usual software shows for number 0. `registers` are numbered so.
    """

    name: str
    doc: str
    parts: tuple[NumberPart, ...]
    source: str
    span: Span = attrs.field(eq=False)
    existing: tuple[int, ...] = ()
    first: int = 0
    registers: tuple[str, ...] = ()
    own_names: dict[str, int] = attrs.field(factory=dict, eq=False)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return len(self.existing) or size_of(self.places)

    @cached_property
    def places(self) -> Places:
        """The digits of all parts."""
        return tuple(place for part in self.parts for place in part.places)

    @property
    def names(self) -> dict[str, int]:
        """Names of whole numbers, such as `top`; only types with a single part of several values have them."""
        named = [part for part in self.parts if part.size > 1] or self.parts
        return (named[0].names if len(named) == 1 else {}) | self.own_names

    @cached_property
    def digits(self) -> frozenset[str]:
        """The names of all digits; of several alternatives, as in a crossbar node, those inside them are left out."""
        return names_in(self.places, deep=self._deep)

    def split(self, numbers: Numbers) -> dict[str, Numbers]:
        """The digits of numbers, elementwise; -1 stays -1."""
        return split(self.places, self._dense(numbers), deep=self._deep)

    def join(self, digits: Mapping[str, Numbers]) -> Numbers:
        """The numbers of digits, elementwise; -1 where there is none."""
        dense = join(self.places, digits)
        if not self.existing:
            return dense
        row = np.minimum(np.searchsorted(self._sorted[0], dense), len(self.existing) - 1)
        return np.where(self._sorted[0][row] == dense, self._sorted[1][row], absent)

    def part_values(self, numbers: Numbers) -> dict[str, Numbers]:
        """The value of each part, elementwise."""
        values, dense = {}, self._dense(numbers)
        for part in reversed(self.parts):
            dense, values[part.name] = np.divmod(dense, part.size)
        return dict(reversed(values.items()))

    def of_parts(self, values: Mapping[str, Numbers]) -> Numbers:
        """The numbers whose parts have these values, elementwise; -1 where there is none."""
        digits: dict[str, Numbers] = {}
        for part in self.parts:
            digits |= split(part.places, values[part.name], deep=False)
        return self.join(digits)

    @property
    def _deep(self) -> bool:
        return sum(isinstance(place.of, Choice) for place in self.places) < 2

    def _dense(self, numbers: Numbers) -> Numbers:
        if not self.existing:
            return numbers
        return np.where(numbers < 0, absent, np.array(self.existing, dtype=np.int64)[numbers])

    @cached_property
    def _sorted(self) -> tuple[Numbers, Numbers]:
        dense = np.array(self.existing, dtype=np.int64)
        order = np.argsort(dense)
        return dense[order], order


def part_value(part: NumberPart, word: str | int) -> int:
    """The value of a part that a name or a number means; DiagnosticError R163."""
    if isinstance(word, str) and word in part.names:
        return part.names[word]
    return checked_number(word, part.size, f"part `{part.name}`", part.names)


def type_number(one: CoordinateType, at: str | int | Mapping[str, str | int]) -> int:
    """The number of a type that is meant: a number, a name, or the values of all parts by name.

    DiagnosticError R111 (no such part), R113 (no such combination), R114 (a part is missing), R163 (no such value).
    """
    if isinstance(at, Mapping):
        return _number_of_parts(one, at)
    if isinstance(at, str) and at in one.names:
        return one.names[at]
    return checked_number(at, one.size, one.name, one.names)


def _number_of_parts(one: CoordinateType, at: Mapping[str, str | int]) -> int:
    parts = {part.name: part for part in one.parts}
    for key in at:
        if key not in parts:
            title = f"`{one.name}` has no part `{key}`"
            raise DiagnosticError([Diagnostic("R111", title, help=did_you_mean(key, parts))])
    lacking = [key for key in parts if key not in at]
    if lacking:
        title = f"several numbers of `{one.name}` have these parts"
        raise DiagnosticError([Diagnostic("R114", title, help=f"give `{'` and `'.join(lacking)}`, too")])
    values = {key: np.asarray(part_value(part, at[key]), dtype=np.int64) for key, part in parts.items()}
    number = int(one.of_parts(values))
    if number < 0:
        wanted = ", ".join(f"{key}: {value}" for key, value in at.items())
        raise DiagnosticError([Diagnostic("R113", f"there is no `{one.name}` with {wanted}")])
    return number


def checked_number(word: str | int, size: int, what: str, names: Iterable[str] = ()) -> int:
    """An integer, or its text, that is at least 0 and less than a size; DiagnosticError R163."""
    try:
        number = int(word, 0) if isinstance(word, str) else int(word)
    except ValueError:
        help_text = did_you_mean(str(word), names) or f"give a number of 0 to {size - 1}"
        raise DiagnosticError([Diagnostic("R163", f"{what} has no value named `{word}`", help=help_text)]) from None
    if not 0 <= number < size:
        raise DiagnosticError([Diagnostic("R163", f"{what} has no number {number} (0 to {size - 1})")])
    return number
