"""Conversions of any number of any type: the way back leads to it, and arrays give what single numbers give."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.conversion import conversion, convert, find
from hicannx.regmodel.coordinatetype import CoordinateType, type_number
from hicannx.regmodel.loadtypes import load_types

types = load_types().types
small = [one for one in types.values() if 1 < one.size <= 1 << 17]
sampled = st.sampled_from([one for one in types.values() if one.parts])
few = 4096


def numbers(one: CoordinateType) -> st.SearchStrategy[int]:
    return st.integers(0, one.size - 1)


def as_list(found: int | list[int] | None) -> list[int]:
    return found if isinstance(found, list) else [] if found is None else [found]


def counted(source: CoordinateType, target: CoordinateType) -> int:
    """How many counterparts a number has at most; 0 where there is no conversion or there are very many."""
    try:
        count = conversion(source.name, target.name).count
    except DiagnosticError:
        return 0
    return count if count <= few else 0


def derived(source: CoordinateType, target: CoordinateType) -> bool:
    both = {(source.name, target.name), (target.name, source.name)}
    return not any(one in row.from_ and other in row.to for one, other in both for row in load_types().conversions)


def test_equally_many_and_one_for_one_are_inverse() -> None:
    """All numbers of all pairs of types that number the same things."""
    checked = 0
    for source, target in itertools.permutations(small, 2):
        if source.size == target.size and counted(source, target) == counted(target, source) == 1:
            everything = np.arange(source.size)
            there = convert(source.name, target.name, everything)
            assert (convert(target.name, source.name, there) == everything).all(), (source.name, target.name)
            checked += 1
    assert checked > 500


@cache
def targets(source: str, mutual: bool) -> list[CoordinateType]:
    """What a type converts into; `mutual`: by what both share, and back, too."""
    found = [one for one in types.values() if counted(types[source], one)]
    if not mutual:
        return found
    return [one for one in found if counted(one, types[source]) and derived(types[source], one)]


@st.composite
def pairs(draw: st.DrawFn, *, mutual: bool = False) -> tuple[CoordinateType, CoordinateType]:
    source = draw(sampled.filter(lambda one: bool(targets(one.name, mutual))))
    return source, draw(st.sampled_from(targets(source.name, mutual)))


@given(pairs(mutual=True), st.data())
def test_counterparts_are_mutual(pair: tuple[CoordinateType, CoordinateType], data: st.DataObject) -> None:
    source, target = pair
    number = data.draw(numbers(source))
    for there in as_list(convert(source.name, target.name, number))[:3]:
        assert number in as_list(convert(target.name, source.name, there))


@given(pairs(), st.data())
def test_arrays_and_single_numbers_agree(pair: tuple[CoordinateType, CoordinateType], data: st.DataObject) -> None:
    source, target = pair
    given_numbers = data.draw(st.lists(numbers(source), min_size=1, max_size=4))
    found = convert(source.name, target.name, np.array(given_numbers))
    for row, number in zip(found.reshape(len(given_numbers), -1), given_numbers):
        assert [one for one in row.tolist() if one >= 0] == as_list(convert(source.name, target.name, number))


@given(sampled, st.data())
def test_a_number_is_that_of_its_parts(one: CoordinateType, data: st.DataObject) -> None:
    number = data.draw(numbers(one))
    values = one.part_values(np.asarray(number))
    assert type_number(one, {name: int(value) for name, value in values.items()}) == number
    assert int(one.of_parts(values)) == number


@given(st.sampled_from(small), st.data())
def test_what_converts_into_the_parts_is_the_number(one: CoordinateType, data: st.DataObject) -> None:
    inner = [other for other in small if len(other.places) < len(one.places) and counted(one, other) == 1]
    assume(inner and derived(one, inner[0]))
    number = data.draw(numbers(one))
    at = {other.name: convert(one.name, other.name, number) for other in inner}
    assert number in find(one.name, {name: value for name, value in at.items() if value is not None})
