"""A source file of a program gives the object file that is expected."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hicannx.asm.assemble import Assembly
from hicannx.asm.options import Options
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import SourceFile
from hicannx.tools.conform.attempt import attempt
from hicannx.tools.conform.difference import difference
from hicannx.tools.conform.objectview import view
from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.read import read_content
from hicannx.tools.conform.record import Context

_names_flag = "-mregnames"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble, and compare everything that the record says of the object."""
    try:
        assembly = assembled(context.folder / record["source"], record.get("flags", ""))
    except DiagnosticError as error:
        return failed("it is rejected", "accepted", error)
    return difference(record["expected"], view(assembly.object()))


def assembled(path: Path, flags: str = "") -> Assembly:
    """A source of a program, assembled; its own folder is searched for what it includes."""
    try:
        source = SourceFile(str(path), read_content(path).decode())
    except (OSError, ValueError) as error:
        raise DiagnosticError([Diagnostic("T402", f"cannot read `{path.name}`: {error}")]) from None
    names = True if _names_flag in flags.split() else None
    tried = attempt(source, Options("gas", register_names=names, include=(path.parent,)))
    if tried.assembly is None:
        raise DiagnosticError(tried.diagnostics)
    return tried.assembly
