"""An instruction set made from its description, and checked."""

from __future__ import annotations

import attrs

from hicannx.diagnostic import Diagnostics
from hicannx.isa.check import check, check_formats
from hicannx.isa.extended import read_extended
from hicannx.isa.formats import read_formats
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.registers import Registers
from hicannx.isa.rows import read_rows, syntaxes_of_row
from hicannx.isa.syntax import Syntax
from hicannx.structure import structure
from hicannx.yamlsource import Node


@attrs.frozen
class Description:
    """The parsed texts: formats.yaml, the tables of rows, extended.yaml, registers.yaml and timing.yaml.

    Formats and axes of `base` may be used as well.
    """

    formats: Node
    tables: tuple[Node, ...]
    extended: Node
    registers: Node
    timing: Node
    base: Description | None = None


@attrs.frozen
class _Timing:
    cycles: dict[str, int]
    model: Node | None = None  # see timing.py


def build(description: Description) -> InstructionSet:
    """The instruction set; a DiagnosticError (I1xx, H2xx) with all mistakes that were found."""
    diagnostics = Diagnostics()
    base = description.base
    known = read_formats(description.formats, diagnostics, base.formats if base else None)
    registers = structure(description.registers, Registers, diagnostics)
    timing = structure(description.timing, _Timing, diagnostics)
    diagnostics.raise_if_errors()
    rows: dict[str, Instruction] = {}
    for table in description.tables:
        read_rows(table, known.formats, rows, diagnostics)
    diagnostics.raise_if_errors()
    syntaxes: dict[str, list[Syntax]] = {}
    for row in rows.values():
        for one in syntaxes_of_row(row):
            syntaxes.setdefault(one.mnemonic, []).append(one)
    shared = base.extended if base else None
    for one in read_extended(description.extended, rows, registers, diagnostics, shared):
        syntaxes.setdefault(one.mnemonic, []).append(one)
    frozen = {mnemonic: tuple(group) for mnemonic, group in syntaxes.items()}
    isa = InstructionSet(rows, frozen, registers, timing.cycles, known.kinds)
    check_formats(known, rows, diagnostics)
    check(isa, diagnostics)
    diagnostics.raise_if_errors()
    return isa
