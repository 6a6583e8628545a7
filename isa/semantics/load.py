"""Programs of the instructions that have a semantics text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from hicannx.diagnostic import DiagnosticError, Diagnostics
from hicannx.isa.semantics.program import Field, Program
from hicannx.isa.semantics.types import check
from hicannx.source import Span


class Semantics(Protocol):
    """A text and its place."""

    @property
    def text(self) -> str:
        """The text itself."""

    @property
    def span(self) -> Span | None:
        """Where it stands."""


class Described(Protocol):
    """What is needed of an instruction row."""

    @property
    def name(self) -> str:
        """Canonical mnemonic."""

    @property
    def fields(self) -> Mapping[str, Field]:
        """Fields by name."""

    @property
    def semantics(self) -> Semantics | None:
        """Its meaning, when it is described."""


def load_program(instruction: Described) -> Program | None:
    """The checked program of an instruction; None without semantics; a DiagnosticError (I301 to I309) for mistakes."""
    found = instruction.semantics
    return check(instruction.name, instruction.fields, found.text, found.span) if found else None


def require_program(instruction: Described) -> Program:
    """The program of an instruction that is known to have a semantics text."""
    program = load_program(instruction)
    assert program is not None, f"{instruction.name} has no semantics"
    return program


def load_programs(instructions: Mapping[str, Described]) -> dict[str, Program]:
    """All programs by name; a DiagnosticError reports the mistakes of all texts."""
    programs, diagnostics = {}, Diagnostics()
    for name, instruction in instructions.items():
        try:
            program = load_program(instruction)
        except DiagnosticError as error:
            diagnostics.collected.extend(error.diagnostics)
            continue
        if program:
            programs[name] = program
    diagnostics.raise_if_errors()
    return programs
