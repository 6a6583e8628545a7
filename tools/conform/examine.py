"""Every record of the found files and folders checked, and what came out, file by file."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from hicannx.tools.conform.find import Form, Item
from hicannx.tools.conform.folder import read_folder
from hicannx.tools.conform.kind import classify, load_check, load_kinds, problem
from hicannx.tools.conform.outcome import Outcome, Status, failed
from hicannx.tools.conform.read import read_lines, read_table
from hicannx.tools.conform.record import Context, Record


@attrs.frozen
class Failure:
    """A record that failed: its place and input, and what was found."""

    place: str
    shown: str
    outcome: Outcome


@attrs.frozen
class Result:
    """The records of one file or folder: how many passed, what failed, why some were skipped, their kinds."""

    path: Path
    passed: int
    failures: list[Failure]
    skipped: Counter[str]
    kinds: Counter[str]


def examine(items: Iterable[Item], progress: Callable[[float], None] = lambda _: None) -> Iterator[Result]:
    """The result of each item that holds records, as soon as it is known; `progress` takes the fraction done."""
    checked = [item for item in items if item.form is not Form.IGNORED]
    for index, item in enumerate(checked):

        def inside(fraction: float, start: int = index) -> None:
            progress((start + fraction) / len(checked))

        yield _examine_one(item, inside)
        progress((index + 1) / len(checked))


def _examine_one(item: Item, progress: Callable[[float], None]) -> Result:
    """Check the records of one item in order."""
    records = _records(item)
    context = Context(item.path if item.form is Form.FOLDER else item.path.parent)
    passed, failures, skipped, kinds = 0, [], Counter[str](), Counter[str]()
    for number, (record, known) in enumerate(records):
        kind, outcome = ("", known) if known else _examine_record(record, item.path.name, context)
        kinds[kind] += 1
        if outcome.status is Status.PASSED:
            passed += 1
        elif outcome.status is Status.SKIPPED:
            skipped[outcome.reason] += 1
        else:
            failures.append(Failure(record.place, _shown(kind, record.data), outcome))
        progress((number + 1) / len(records))
    return Result(item.path, passed, failures, skipped, kinds)


def _records(item: Item) -> list[tuple[Record, Outcome | None]]:
    if item.form is Form.FOREIGN:
        return [(Record("the file", {}), failed("this is no golden file", code="T403"))]
    read = {Form.FOLDER: read_folder, Form.TABLE: read_table}.get(item.form, read_lines)
    found = read(item.path)
    return found or [(Record("the file", {}), failed("there are no records in it", code="T402"))]


def _examine_record(record: Record, file_name: str, context: Context) -> tuple[str, Outcome]:
    kind = classify(record.data, file_name)
    if kind is None:
        keys = ", ".join(f"`{key}`" for key in record.data) or "none"
        return "", failed(f"no kind of record has the keys of this one: {keys:.200}", code="T403")
    if wrong := problem(kind, record.data):
        return kind, failed(wrong, code="T402")
    try:
        return kind, load_check(kind)(record.data, context)
    except Exception as error:  # one record that our code does not survive must not hide the others
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return kind, failed(f"{type(error).__name__} at {place}: {error}", code="T404")


def _shown(kind: str, data: Mapping[str, Any]) -> str:
    return str(data.get(load_kinds().all[kind].shown, "")) if kind else ""
