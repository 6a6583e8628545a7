"""Folders that hold a program: each object, the linked file and the execution are a record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.read import exists, read_object
from hicannx.tools.conform.record import Record

expected_name, object_name, image_name = "expected.json", "prog.obj.json", "image.bin"
_compiled_source = "prog.s"

Found = tuple[Record, Outcome | None]


def is_program(folder: Path) -> bool:
    """Whether a folder holds a program and what is expected of it."""
    return exists(folder / expected_name) or exists(folder / object_name)


def read_folder(folder: Path) -> list[Found]:
    """Every part of a program that can be checked, or the failure to read it."""
    found = [*_compiled_object(folder)]
    if exists(folder / expected_name):
        expected = read_object(folder / expected_name)
        if isinstance(expected, Outcome):
            return [*found, (Record(expected_name, {}), expected)]
        found += [(record, None) for record in _parts(folder, expected)]
    if not found:
        found.append((Record(expected_name, {}), failed("it says nothing that is known here", code="T403")))
    return found


def _compiled_object(folder: Path) -> Iterator[Found]:
    if exists(folder / object_name):
        expected = read_object(folder / object_name)
        if isinstance(expected, Outcome):
            yield Record(object_name, {}), expected
        else:
            yield Record(_compiled_source, {"source": _compiled_source, "expected": expected}), None


def _parts(folder: Path, expected: dict[str, Any]) -> Iterator[Record]:
    """What `expected.json` describes: objects, the linked file, what the processor makes of it."""
    flags = expected.get("as_flags", "")
    for name, wanted in expected.get("objects", {}).items():
        source = str(Path(name).with_suffix(".s"))
        yield Record(name, {"source": source, "expected": wanted, "flags": flags})
    if "linked" in expected:
        yield Record("linked", expected)
    execution = expected.get("exec", expected if "result_words" in expected else None)
    if execution is not None:
        image = image_name if exists(folder / image_name) else "linked"
        yield Record("run", {**expected, **execution, "run": image})
