"""Values to words and words to values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hicannx.isa.formula import evaluate
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.syntax import Syntax


def encode(syntax: Syntax, values: Sequence[int]) -> int:
    """The word of an instruction written with these operand values, one for each operand, already in range."""
    fields = syntax.instruction.format.fields
    given = {operand.name: value for operand, value in zip(syntax.operands, values, strict=True)}
    word = syntax.instruction.match
    for name, value in given.items():
        if name in fields:
            word |= fields[name].insert(value)
    for name, value in syntax.fixed.items():
        word |= fields[name].insert(value)
    for name, text in syntax.derived.items():
        word |= fields[name].insert(evaluate(text, given))
    return word


def encode_fields(instruction: Instruction, values: Mapping[str, int]) -> int:
    """The word with these field values, missing ones 0."""
    word = instruction.match
    for name, value in values.items():
        word |= instruction.format.fields[name].insert(value)
    return word


def decode(isa: InstructionSet, word: int) -> Instruction | None:
    """The row whose word this is, or None."""
    window, rows = isa.windows[(word & 0xFFFFFFFF) >> isa.opcode.lsb]
    for one in rows.get(word & window, ()):
        if word & one.mask == one.match:
            return one
    return None


def extract(instruction: Instruction, word: int) -> dict[str, int]:
    """The values of the fields of a word."""
    return {name: field.extract(word) for name, field in instruction.fields.items()}
