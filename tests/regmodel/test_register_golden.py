"""Every golden record of registers, of the accesses that reach them, and of what tests of other software assert."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hicannx.regmodel.load import load_registers
from hicannx.tools.conform.kind import classify, load_check
from hicannx.tools.conform.outcome import passed
from hicannx.tools.conform.record import Context

vectors = Path(__file__).parent.parent / "vectors"
context = Context(vectors)


def records(name: str) -> Iterator[dict[str, Any]]:
    with lzma.open(vectors / name, "rt") as stream:
        yield from map(json.loads, stream)


def checked(name: str, only: frozenset[str] = frozenset()) -> Counter[str | None]:
    """All records pass; how many there are of each kind."""
    kinds = Counter[str | None]()
    for row in records(name):
        kind = classify(row, name)
        if kind and (not only or kind in only):
            assert load_check(kind)(row, context) == passed, row
            kinds[kind] += 1
        else:
            assert only, row
    return kinds


def test_golden_words_and_addresses() -> None:
    assert checked("registers/golden.jsonl.xz") == {"register": 85, "register_sequence": 11, "register_range": 6}


def test_golden_accesses() -> None:
    assert checked("registers/golden_lowlevel.jsonl.xz") == {"bus_access": 20}


def test_random_encodings() -> None:
    assert checked("registers/random_encodings.jsonl.xz") == {"register": 2425}
    seen = {row["container"] for row in records("registers/random_encodings.jsonl.xz")}
    with_fields = {one.name for one in load_registers().containers.values() if one.fields}
    assert with_fields - seen == {"PPUStatusRegister", "INA219Status"}


def test_calls_and_assertions_of_other_tests() -> None:
    kinds = checked("playback/golden.jsonl.xz", frozenset({"lowering", "answer_value"}))
    assert kinds == {"lowering": 22, "answer_value": 1}
    outcomes = Counter(
        load_check("register_assertion")(row, context).reason
        for row in records("playback/golden.jsonl.xz")
        if classify(row, "") == "register_assertion"
    )
    assert outcomes == {"": 84}


@pytest.mark.parametrize("kind", ["register", "bus_access"])
def test_the_checks_see_differences(kind: str) -> None:
    """Each record with one number changed fails."""
    name = {"register": "registers/golden.jsonl.xz", "bus_access": "registers/golden_lowlevel.jsonl.xz"}[kind]
    seen = 0
    for row in records(name):
        if classify(row, name) != kind:
            continue
        for changed in _changed(row):
            seen += 1
            assert load_check(kind)(changed, context) != passed, changed
    assert seen > 15


def _changed(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The record with another address, word or operation."""
    for key in ("addresses", "words") if row.get("kind") == "encode" else ("addresses",):
        if row.get(key):
            yield {**row, key: [row[key][0] ^ 1, *row[key][1:]]}
    if "expect" in row:
        yield {**row, "expect": [[*row["expect"][0][:-1], row["expect"][0][-1] ^ 1], *row["expect"][1:]]}
