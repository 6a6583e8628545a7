"""The ways to write an instruction, as a reader finds them."""

from __future__ import annotations

from collections.abc import Iterable

from hicannx.isa.formula import names_in
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.syntax import Operand, Syntax
from hicannx.tools.doc.template import Html, fill, join

_table_rows = 16  # longer lists are folded


def base(isa: InstructionSet, row: Instruction) -> Syntax:
    """The row as its table writes it."""
    return isa.syntaxes_of[row.name][0]


def operands_text(syntax: Syntax) -> str:
    """Operands as they are written: `RT, D(RA|0)`."""
    return syntax.text.partition(" ")[2]


def range_text(operand: Operand) -> str:
    """The limits of its value."""
    return str(operand.low) if operand.low == operand.high else f"{operand.low} to {operand.high}"


def spellings(isa: InstructionSet, row: Instruction) -> Html:
    """All spellings; nothing when there is only one."""
    group = isa.syntaxes_of[row.name]
    if len(group) == 1:
        return Html("")
    if len(group) <= _table_rows:
        return fill("spellings", rows=join((_spelling(one) for one in group), "\n"))
    rows = join((fill("spelling_of_many", text=one.text, sets=_settings(one)) for one in group), "\n")
    return fill("spellings_many", count=len(group), rows=rows)


def _spelling(one: Syntax) -> Html:
    own = [operand for operand in one.operands if operand.name not in one.instruction.fields]
    ranges = ", ".join(f"{operand.name}: {range_text(operand)}" for operand in own)
    return fill("spelling", text=one.text, sets=_settings(one), range=ranges)


def _settings(one: Syntax) -> str:
    """The fields that the mnemonic sets; flags that are 0 in a spelling of the row itself go without saying."""
    flags = one.instruction.suffixes
    given: Iterable[tuple[str, object]] = [*one.fixed.items(), *one.derived.items()]
    return ", ".join(f"{name} = {_value(value)}" for name, value in given if value != 0 or name not in flags)


def _value(value: object) -> str:
    text = str(value)
    return text.strip() if names_in(text) else str(value)
