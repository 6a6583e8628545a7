"""The lines of golden files, plain or compressed, as records; what is malformed becomes a failure."""

from __future__ import annotations

import csv
import io
import json
import lzma
from pathlib import Path
from typing import Any

from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.record import Record

_compressed = ".xz"


def read_content(path: Path) -> bytes:
    """The content of a file, or of the compressed one beside it; an OSError, LZMAError or EOFError when damaged."""
    if not path.exists() and path.suffix != _compressed:
        path = path.with_name(path.name + _compressed)
    return lzma.decompress(path.read_bytes()) if path.suffix == _compressed else path.read_bytes()


def exists(path: Path) -> bool:
    """Whether there is such a file, plain or compressed."""
    return path.is_file() or path.with_name(path.name + _compressed).is_file()


def read_object(path: Path) -> dict[str, Any] | Outcome:
    """A JSON object in a file of its own, or the failure to read it."""
    try:
        value = json.loads(read_content(path))
    except (OSError, EOFError, lzma.LZMAError, ValueError, RecursionError) as error:
        return damaged(f"`{path.name}` cannot be read", error)
    return value if isinstance(value, dict) else failed(f"`{path.name}` is no JSON object", code="T402")


def damaged(what: str, error: BaseException) -> Outcome:
    """A failure because of a file that is not what it should be."""
    reason = str(getattr(error, "strerror", None) or error)
    if isinstance(error, json.JSONDecodeError):
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
    return failed(f"{what}: {reason}", code="T402")


def read_lines(path: Path) -> list[tuple[Record, Outcome | None]]:
    """Every line with a record, and a failure instead of the check for what is none."""
    found: list[tuple[Record, Outcome | None]] = []
    try:
        with lzma.open(path) if path.suffix == _compressed else path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    found.append(_read_line(number, line))
    except (OSError, EOFError, lzma.LZMAError) as error:
        found.append((Record(f"after {len(found)} records", {}), damaged("the file is damaged", error)))
    return found


def read_table(path: Path) -> list[tuple[Record, Outcome | None]]:
    """Every row below a header, or every object of a JSON list; a failure where the file is neither."""
    is_csv = path.name.removesuffix(_compressed).endswith(".csv")
    try:
        text = read_content(path).decode()
        rows: Any = list(csv.DictReader(io.StringIO(text))) if is_csv else json.loads(text)
    except (OSError, EOFError, lzma.LZMAError, ValueError, RecursionError, csv.Error) as error:
        return [(Record("the file", {}), damaged(f"`{path.name}` cannot be read", error))]
    if isinstance(rows, dict):
        rows = _headed(rows)
    if not isinstance(rows, list):
        return [(Record("the file", {}), failed(f"`{path.name}` is no JSON list", code="T402"))]
    return [_read_row(number, row) for number, row in enumerate(rows, 2 if is_csv else 1)]


def _headed(content: dict[str, Any]) -> Any:
    """The list below a header, or the objects with their names; where neither is there the whole is one record."""
    named = content.get("programs")
    if isinstance(named, dict) and all(isinstance(one, dict) for one in named.values()):
        return [{"name": name, **one} for name, one in named.items()]
    return content.get("benchmarks", [content])


def _read_row(number: int, row: Any) -> tuple[Record, Outcome | None]:
    if isinstance(row, dict) and None not in row and None not in row.values():
        return Record(f"row {number}", row), None
    return Record(f"row {number}", {}), failed("the row is no record", code="T402")


def _read_line(number: int, line: bytes) -> tuple[Record, Outcome | None]:
    place = f"line {number}"
    try:
        value = json.loads(line.decode())
    except json.JSONDecodeError as error:
        return Record(place, {}), failed(f"the line is not JSON: {error.msg} at column {error.colno}", code="T402")
    except (ValueError, RecursionError) as error:
        return Record(place, {}), damaged("the line is not JSON", error)
    if not isinstance(value, dict):
        return Record(place, {}), failed("the line is no JSON object", code="T402")
    return Record(place, value), None
