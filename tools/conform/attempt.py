"""One source assembled: the assembly or the errors, and the lines that messages are about."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from hicannx.asm.assemble import Assembly, assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.source import SourceFile

name = "golden.s"
_expansion = "<"  # macros are shown as files whose names begin so; where they are called stands in a label


@attrs.frozen
class Attempt:
    """What became of a source; `assembly` is None where it was rejected."""

    assembly: Assembly | None
    diagnostics: tuple[Diagnostic, ...]

    def told(self) -> str:
        """The messages in one line."""
        return "; ".join(f"line {_line(one)}: {one.title}" for one in self.diagnostics) or "no message"


def attempt(source: str | SourceFile, options: Options) -> Attempt:
    """Assemble a text or a file that was read."""
    try:
        assembly = assemble(SourceFile(name, source) if isinstance(source, str) else source, options)
    except DiagnosticError as error:
        return Attempt(None, error.diagnostics)
    return Attempt(assembly, assembly.warnings)


def word_of(text: str, options: Options) -> int | str:
    """The one word that a line of source gives, or what it gives instead."""
    tried = attempt(text + "\n", options)
    if tried.assembly is None:
        return tried.told()
    data = bytes(tried.assembly.sections[".text"].data)
    return int.from_bytes(data, "big") if len(data) == 4 else f"{len(data)} bytes: {data.hex()}"


def lines_of(diagnostics: Iterable[Diagnostic], severity: Severity) -> set[int]:
    """The lines of the source itself that messages of this severity are about."""
    return {_line(one) for one in diagnostics if one.severity is severity}


def _line(one: Diagnostic) -> int:
    if one.span and one.span.file.name.startswith(_expansion) and one.labels:
        return one.labels[-1].span.line
    return one.span.line if one.span else 0


def shown(word: int | str) -> str:
    """A word as eight digits."""
    return word if isinstance(word, str) else f"{word:#010x}"
