"""A series of registers that are written or read together: addresses and words of all, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import byte_enables, decode, encode, encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.formula import evaluate
from hicannx.regmodel.geometry import synapse_columns
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.register import compare_enables
from hicannx.tools.conform.registerview import compare, container_of, first_failure, refused, unknown

Integers = NDArray[np.int64]


@attrs.frozen
class _Run:
    """Consecutive instances of a container; `first_part` counts the instances of the runs before."""

    container: Container
    instances: Integers
    first_part: int

    @property
    def parts(self) -> Integers:
        return self.first_part + np.arange(len(self.instances))


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Put the series together and compare what the record tells of it."""
    del context
    runs, first = [], 0
    for name, start, count in record["sequence"]:
        container = container_of(name)
        if container is None:
            return unknown(name)
        runs.append(_Run(container, start + np.arange(count), first))
        first += count
    try:
        addresses = [int(one) for run in runs for one in run.container.addresses_of(run.instances).ravel()]
        words = [] if record["kind"] == "composite_decode" else [word for run in runs for word in _words(run, record)]
        return first_failure([*_told(record, addresses, words), *_of_parts(record, runs)])
    except DiagnosticError as error:
        return refused(error)
    except ValueError as error:
        return failed(f"the record has a formula that is none: {error}", code="T402")


def _values(run: _Run, record: Mapping[str, Any]) -> dict[str, Any]:
    """The values that formulas give to all instances."""
    return {name: _of_formula(text, run) for name, text in record.get("fields_formula", {}).items()}


def _of_formula(text: Any, run: _Run) -> Any:
    if isinstance(text, list):
        return [_of_formula(one, run) for one in text]
    return np.broadcast_to(evaluate(str(text), {"i": run.parts}), len(run.parts))


def _words(run: _Run, record: Mapping[str, Any]) -> Iterator[int]:
    container, count = run.container, len(run.instances)
    values = _values(run, record)
    table = encode_instances(container, values, count, run.instances)
    for part, fields in _overrides(run, record):
        own = {name: _of_one(value, part - run.first_part) for name, value in values.items()}
        e = int(run.instances[part - run.first_part])
        table[part - run.first_part] = encode(container, {**own, **fields}, e)
    return iter(table.ravel().tolist())


def _overrides(run: _Run, record: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for key, fields in record.get("overrides", {}).items():
        if 0 <= int(key) - run.first_part < len(run.instances):
            yield int(key), fields


def _of_one(value: Any, index: int) -> Any:
    return [_of_one(one, index) for one in value] if isinstance(value, list) else int(value[index])


def _told(record: Mapping[str, Any], addresses: Sequence[int], words: Sequence[int]) -> Iterator[Outcome]:
    if "addresses" in record:
        yield compare("address", record["addresses"], addresses)
    if "addresses_formula" in record:
        yield compare("address", _numbers(record["addresses_formula"], len(addresses)), addresses)
    if "word_count" in record:
        yield _counted(record["word_count"], len(addresses))
    if "words" in record:
        yield compare("word", record["words"], words)
    if "words_formula" in record:
        yield compare("word", _numbers(record["words_formula"], len(words)), words)
    if "nonzero_words" in record:
        wanted = [0] * len(words)
        for key, word in record["nonzero_words"].items():
            wanted[int(key)] = word
        yield compare("word", wanted, words)


def _numbers(formula: str, count: int) -> list[int]:
    numbers: list[int] = np.broadcast_to(evaluate(formula, {"i": np.arange(count)}), count).tolist()
    return numbers


def _counted(expected: int, found: int) -> Outcome:
    return passed if expected == found else failed("there is another number of words", expected, found)


def _of_parts(record: Mapping[str, Any], runs: Sequence[_Run]) -> Iterator[Outcome]:
    """Byte enables and decoded values of single registers of the series."""
    parts = [(run, k) for run in runs for k in range(len(run.instances))] if _asks_for_parts(record) else []
    for (run, k), expected in zip(parts, record.get("part_byte_enables", ())):
        own = {name: _of_one(value, k) for name, value in _values(run, record).items()}
        fields = {**own, **dict(_overrides(run, record)).get(run.first_part + k, {})}
        yield compare_enables(expected, byte_enables(run.container, fields, int(run.instances[k])))
    for wanted in record.get("expect", ()):
        run, k = parts[wanted["part"]]
        yield _column(run.container, int(run.instances[k]), record, wanted)


def _asks_for_parts(record: Mapping[str, Any]) -> bool:
    return "part_byte_enables" in record or "expect" in record


def _column(container: Container, e: int, record: Mapping[str, Any], wanted: Mapping[str, Any]) -> Outcome:
    """A value of the synapse column that an entry of a quad belongs to."""
    word = record["words_nonzero_in"][str(wanted["part"])]
    values = decode(container, [word], e, valid_only=False)[wanted["field"]]
    quad_column = container.numbering.digits(e)["synapse_quad_column"]
    columns = dict(zip(synapse_columns()[quad_column].tolist(), values))
    found = columns.get(wanted["entry_column"])
    if found == wanted["value"]:
        return passed
    return failed(f"`{wanted['field']}` of column {wanted['entry_column']} differs", wanted["value"], found)
