"""Conversion of numbers of one coordinate type into those of another."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import attrs
import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.coordinatetype import CoordinateType, checked_number
from hicannx.regmodel.digit import Leaf, Numbers, absent, missing
from hicannx.regmodel.formula import evaluate
from hicannx.regmodel.loadtypes import ConversionRow, load_types

_most = 1 << 20  # counterparts of one number
_table = 1 << 22  # numbers in a table


@attrs.frozen
class Conversion:
    """How numbers of `source` become numbers of `target`, `count` of them at most for each one.

    `function` takes an array of any shape and gives one with an axis of `count` more, -1 where there is none.
    """

    source: CoordinateType
    target: CoordinateType
    count: int
    function: Callable[[Numbers], Numbers] = attrs.field(repr=False)


def coordinate_type(name: str) -> CoordinateType:
    """The type of an official name; DiagnosticError R160 where there is none."""
    types = load_types().types
    if name not in types:
        title = f"there is no coordinate type `{name}`"
        raise DiagnosticError([Diagnostic("R160", title, help=did_you_mean(name, types))])
    return types[name]


def convert(source: str, target: str, e: Any) -> Any:
    """The counterparts in `target` of a number of `source`, or of an integer array of them.

    Of a number: an integer or None, or a list where the types have several counterparts. Of an array: an array of
    the same shape, with one more axis where there are several; -1 is none. DiagnosticError R160 (unknown type), R161
    (nothing in common), R162 (too many counterparts), R163 (no such number).
    """
    chosen = conversion(source, target)
    if isinstance(e, np.ndarray):
        numbers = e.astype(np.int64)
        for number in (numbers.min(), numbers.max()) if numbers.size else ():
            checked_number(int(number), chosen.source.size, source)
        found = chosen.function(numbers)
        return found[..., 0] if chosen.count == 1 else found
    number = np.asarray(checked_number(e, chosen.source.size, source), dtype=np.int64)
    several = [int(one) for one in chosen.function(number) if one != absent]
    return several if chosen.count > 1 else several[0] if several else None


@lru_cache(maxsize=4096)
def conversion(source: str, target: str) -> Conversion:
    """The conversion between two types; DiagnosticError R160 to R162 where there is none."""
    first, second = coordinate_type(source), coordinate_type(target)
    for row in load_types().conversions:
        if source in row.from_ and target in row.to:
            return _written(first, second, row)
    return derived(first, second)


def derived(source: CoordinateType, target: CoordinateType) -> Conversion:
    """The conversion that follows from the digits of both types; DiagnosticError R161 or R162."""
    free = missing(target.places, source.digits)
    shared = source.digits & target.digits
    if not shared and len(free) == len(target.places):
        title = f"{source.name} and {target.name} have nothing in common"
        raise DiagnosticError([Diagnostic("R161", title, help=f"`hicannx lookup {source.name}` lists what has")])
    count = math.prod(leaf.size for leaf in free)
    if count > _most:
        title = f"a number of {source.name} has up to {count} counterparts in {target.name}"
        raise DiagnosticError([Diagnostic("R162", title, help=f"at most {_most} are listed")])
    return _trimmed(Conversion(source, target, count, lambda numbers: _agreeing(source, target, free, numbers)))


def find(name: str, at: Mapping[str, int]) -> list[int]:
    """The numbers of a type that convert into all of these numbers of other types; DiagnosticError as `convert`."""
    numbers = np.arange(coordinate_type(name).size, dtype=np.int64)
    for target, wanted in at.items():
        found = conversion(name, target).function(numbers)
        numbers = numbers[np.any(found == wanted, axis=-1)]
    return [int(number) for number in numbers]


def _agreeing(source: CoordinateType, target: CoordinateType, free: tuple[Leaf, ...], numbers: Numbers) -> Numbers:
    """All that agree in the digits that both have, ascending, shape [..., count]."""
    found = {name: value[..., np.newaxis] for name, value in source.split(numbers).items()}
    if not free:
        return np.broadcast_to(target.join(found), (*numbers.shape, 1))
    grid = np.indices([leaf.size for leaf in free], dtype=np.int64).reshape(len(free), -1)
    joined = target.join(found | {leaf.name: values for leaf, values in zip(free, grid)})
    digits = target.split(joined)
    for name in source.digits & target.digits:
        joined = np.where(digits[name] == found[name], joined, absent)
    return _ascending(np.broadcast_to(joined, (*numbers.shape, grid.shape[1])))


def _ascending(numbers: Numbers) -> Numbers:
    """Sorted along the last axis, -1 behind all others."""
    ordered = np.sort(np.where(numbers < 0, np.iinfo(np.int64).max, numbers), axis=-1)
    return np.where(ordered == np.iinfo(np.int64).max, absent, ordered)


def _trimmed(one: Conversion) -> Conversion:
    """The same with no more columns than are used, where combinations are missing among several that fit in a table."""
    if one.count == 1 or not one.target.existing or one.source.size * one.count > _table:
        return one
    return _tabulated(one.source, one.target, one.function(np.arange(one.source.size, dtype=np.int64)))


def _tabulated(source: CoordinateType, target: CoordinateType, table: Numbers) -> Conversion:
    """By a table of all numbers, shape [size, count]."""
    used = max(1, int((table >= 0).sum(axis=-1).max()))
    kept = table[:, :used]
    return Conversion(
        source, target, used, lambda numbers: np.where(numbers[..., np.newaxis] < 0, absent, kept[numbers])
    )


def _written(source: CoordinateType, target: CoordinateType, row: ConversionRow) -> Conversion:
    if row.names:
        numbers = [target.names.get(name, absent) for name in _names_by_number(source)]
        return _tabulated(source, target, np.array(numbers, dtype=np.int64)[:, np.newaxis])
    if row.through:
        return _chained(source, target, row.through)
    if row.formula:
        formula = row.formula
        return Conversion(source, target, 1, lambda at: evaluate(formula, source.part_values(at))[..., np.newaxis])
    forward = derived(source, target)
    return attrs.evolve(forward, function=lambda numbers: forward.function(numbers)[..., ::-1])


def _names_by_number(one: CoordinateType) -> list[str]:
    names = {number: name for name, number in one.names.items()}
    return [names.get(number, "") for number in range(one.size)]


def _chained(source: CoordinateType, target: CoordinateType, through: list[str]) -> Conversion:
    """From type to type; a table, since how many there are in the end is seen only then."""
    table: Numbers = np.arange(source.size, dtype=np.int64)[:, np.newaxis]
    at = source
    for name in [*through, target.name]:
        if name != at.name:
            step = derived(at, coordinate_type(name))
            table = step.function(table).reshape(source.size, -1)
            at = step.target
    return _tabulated(source, target, _distinct(table))


def _distinct(table: Numbers) -> Numbers:
    ordered = _ascending(table)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = absent
    return _ascending(ordered)
