"""Writing results: files as a whole or not at all, and JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hicannx.cache import write_atomically
from hicannx.diagnostic import Diagnostic, DiagnosticError


def write_file(path: str | Path, content: bytes) -> None:
    """Write a file; a DiagnosticError (T101) says why it cannot be written, and then an older one stays as it was."""
    try:
        write_atomically(Path(path), content)
    except OSError as error:
        title = f"cannot write `{path}`: {(error.strerror or str(error)).lower()}"
        raise DiagnosticError([Diagnostic("T101", title, help="choose another place with -o or --out")]) from None


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
