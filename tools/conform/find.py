"""Golden files and program folders below the paths that a user names, and what stands there besides."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.conform.folder import expected_name, image_name, is_program, object_name
from hicannx.tools.conform.kind import load_kinds

_line_files = ("*.jsonl", "*.jsonl.xz")


class Form(enum.Enum):
    """How records are kept."""

    LINES = "lines"
    TABLE = "table"
    FOLDER = "folder"
    IGNORED = "ignored"
    FOREIGN = "foreign"


@attrs.frozen
class Item:
    """A file or folder; `reason` says why it is ignored."""

    path: Path
    form: Form
    reason: str = ""


def find(paths: Iterable[str | Path]) -> list[Item]:
    """Everything at and below the paths, once each, in order; a DiagnosticError (T401) for a path that is not there."""
    found = [item for path in paths for item in _at(Path(path))]
    return list({item.path: item for item in reversed(found)}.values())[::-1]


def _at(path: Path) -> list[Item]:
    if path.is_dir():
        return _merged(path, list(_below(path)))
    if not path.is_file():
        title = f"there is nothing at `{path}`"
        raise DiagnosticError([Diagnostic("T401", title, help="name golden files, or folders with some below")])
    named = path.name.removesuffix(".xz") in (expected_name, object_name, image_name)
    if named and is_program(path.parent):
        return [Item(path.parent, Form.FOLDER)]
    item = _file(path)
    known = item.form in (Form.LINES, Form.TABLE) or _why_ignored(path)
    return [item] if known else [Item(path, Form.FOREIGN)]


def _below(folder: Path) -> Iterator[Item]:
    """What stands in a folder; a program's own files are parts of it and not told."""
    if is_program(folder):
        yield Item(folder, Form.FOLDER)
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _merged(path, list(_below(path)))
        elif path.is_file():
            yield _file(path)


def _merged(folder: Path, items: list[Item]) -> list[Item]:
    """A folder with nothing to check is told once."""
    if any(item.form is not Form.IGNORED for item in items):
        return items
    return [Item(folder, Form.IGNORED, _why_ignored(folder) or "no golden data below")]


def _file(path: Path) -> Item:
    if any(fnmatch(path.name, pattern) for pattern in _line_files):
        return Item(path, Form.LINES)
    if any(fnmatch(path.name.removesuffix(".xz"), pattern) for pattern in load_kinds().tables):
        return Item(path, Form.TABLE)
    return Item(path, Form.IGNORED, _why_ignored(path) or "no golden data are known in files of this name")


def _why_ignored(path: Path) -> str:
    patterns = load_kinds().ignored
    return next((reason for pattern, reason in patterns.items() if fnmatch(path.name, pattern)), "")
