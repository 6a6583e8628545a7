"""Digits that numbers of coordinates are made of, and how a number is split into them and joined of them again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
absent = -1  # the number of what does not exist


@attrs.frozen
class Digit:
    """A number that cannot be divided further: how many values it has, and their names where they have some."""

    name: str
    size: int
    names: tuple[str, ...] = ()


@attrs.frozen
class Choice:
    """One of several things, numbered one after the other."""

    name: str
    alternatives: tuple[tuple[Place, ...], ...]

    @property
    def size(self) -> int:
        """How many values there are, those of all alternatives together."""
        return sum(size_of(one) for one in self.alternatives)


Leaf: TypeAlias = Digit | Choice


@attrs.frozen
class Place:
    """A digit or a choice in a number, counted backwards where so stated."""

    of: Leaf
    backwards: bool = False


Places: TypeAlias = tuple[Place, ...]


def size_of(places: Places) -> int:
    """How many numbers these places make."""
    return math.prod(place.of.size for place in places)


def names_in(places: Places, *, deep: bool = True) -> frozenset[str]:
    """The names of digits and choices at these places; `deep` adds those that the alternatives have."""
    names = {place.of.name for place in places}
    for place in places:
        if deep and isinstance(place.of, Choice):
            names.update(*(names_in(one) for one in place.of.alternatives))
    return frozenset(names)


def split(places: Places, numbers: Numbers, *, deep: bool = True) -> dict[str, Numbers]:
    """The values of all digits and choices by name, elementwise; -1 where the number is, or the digit is not used."""
    found: dict[str, Numbers] = {}
    is_absent = numbers < 0
    for place in reversed(places):
        numbers, value = np.divmod(numbers, place.of.size)
        value = np.where(is_absent, absent, place.of.size - 1 - value if place.backwards else value)
        found[place.of.name] = value
        if deep and isinstance(place.of, Choice):
            found |= _split_choice(place.of, value)
    return found


def _split_choice(choice: Choice, value: Numbers) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    first = 0
    for places in choice.alternatives:
        size = size_of(places)
        found |= split(places, np.where((value >= first) & (value < first + size), value - first, absent))
        first += size
    return found


def join(places: Places, found: Mapping[str, Numbers]) -> Numbers:
    """The numbers that have these digits, elementwise; -1 where one of them is."""
    number: Numbers = np.zeros((), dtype=np.int64)
    is_absent = np.zeros((), dtype=bool)
    for place in places:
        value = _value(place.of, found)
        is_absent = is_absent | (value < 0)
        number = number * place.of.size + (place.of.size - 1 - value if place.backwards else value)
    return np.where(is_absent, absent, number)


def _value(leaf: Leaf, found: Mapping[str, Numbers]) -> Numbers:
    if leaf.name in found or isinstance(leaf, Digit):
        return found[leaf.name]
    value: Numbers = np.full((), absent, dtype=np.int64)
    first = 0
    for places in leaf.alternatives:
        if not missing(places, found.keys()):
            inside = join(places, found)
            value = np.where(inside >= 0, first + inside, value)
        first += size_of(places)
    return value


def missing(places: Places, known: Set[str]) -> tuple[Leaf, ...]:
    """The digits and choices that cannot be had from those of these names."""
    return tuple(place.of for place in places if not _is_known(place.of, known))


def _is_known(leaf: Leaf, known: Set[str]) -> bool:
    if leaf.name in known or isinstance(leaf, Digit):
        return leaf.name in known
    return any(not missing(places, known) for places in leaf.alternatives)
