"""Writing results: files as a whole or not at all, and JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hicannx.cache import open_atomically, write_atomically
from hicannx.diagnostic import Diagnostic, DiagnosticError


def write_file(path: str | Path, content: bytes) -> None:
    """Write a file; a DiagnosticError (T101) says why it cannot be written, and then an older one stays as it was."""
    try:
        write_atomically(Path(path), content)
    except OSError as error:
        raise _cannot_write(path, error, "choose another place with -o or --out") from None


@contextmanager
def written_text(path: str | Path) -> Iterator[Callable[[str], object]]:
    """A function that appends to a file, which appears at the end of the block; DiagnosticErrors as `write_file`.

    What hinders it meanwhile is told there, too, so that the block does the rest of its work.
    """
    failures: list[OSError] = []

    def write(text: str) -> None:
        try:
            if not failures:
                stream.write(text.encode())
        except BrokenPipeError:  # of standard output
            raise
        except OSError as error:
            failures.append(error)

    try:
        with open_atomically(Path(path)) as stream:
            yield write
            if failures:
                raise failures[0]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _cannot_write(path, error, "choose another place") from None


def _cannot_write(path: str | Path, error: OSError, help_text: str) -> DiagnosticError:
    title = f"cannot write `{path}`: {(error.strerror or str(error)).lower()}"
    return DiagnosticError([Diagnostic("T101", title, help=help_text)])


def read_bytes(path: str | Path) -> bytes:
    """Read a binary file; a DiagnosticError (T102) says why it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        title = f"cannot read `{path}`: {(error.strerror or str(error)).lower()}"
        raise DiagnosticError([Diagnostic("T102", title, help="check the path and its permissions")]) from None


def print_warnings(warnings: Sequence[Diagnostic], color: str) -> None:
    """Print warnings on standard error; `color` as in the option of that name."""
    if warnings:
        from hicannx.render import render_text
        from hicannx.tools.cli import use_color

        print(render_text(warnings, color=use_color(color, sys.stderr)), file=sys.stderr)


def print_json(value: Any) -> None:
    """Print one JSON value on standard output."""
    json.dump(value, sys.stdout, indent=1)
    sys.stdout.write("\n")
