"""Texts of single instructions to words: the examples of the tables and golden encodings, without an assembler.

Operands are numbers, names of the kinds in formats.yaml, and sums and products of these; `.` is the address 0.
"""

from __future__ import annotations

import re

from hicannx.isa.codec import encode
from hicannx.isa.formula import evaluate
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.syntax import Operand, Syntax

_memory = re.compile(r"(.*)\((.*)\)$")


def encode_text(isa: InstructionSet, text: str) -> int:
    """The word of one instruction in text form; a ValueError says what is wrong with it."""
    mnemonic, _, rest = text.strip().partition(" ")
    written = _operands(rest)
    for one in isa.syntaxes.get(mnemonic, ()):
        operands = _chosen(one, len(written))
        if operands is not None:
            return _encode(isa, one, operands, written)
    raise ValueError(f"no spelling `{mnemonic}` takes {len(written)} operands")


def _operands(text: str) -> list[str]:
    """The texts of the operands; `D(RA)` is two."""
    parts: list[str] = []
    for one in text.split(",") if text.strip() else []:
        found = _memory.match(one.strip())
        parts += found.groups() if found and found[1] else [one.strip()]
    return parts


def _chosen(one: Syntax, count: int) -> list[Operand] | None:
    """The operands that are written when there are so many: the first optional ones are left out."""
    missing = len(one.operands) - count
    optional = [operand for operand in one.operands if operand.default is not None]
    if not 0 <= missing <= len(optional):
        return None
    left_out = optional[:missing]
    return [operand for operand in one.operands if operand not in left_out]


def _encode(isa: InstructionSet, one: Syntax, operands: list[Operand], written: list[str]) -> int:
    given = {operand.name: operand.default or 0 for operand in one.operands}
    for operand, text in zip(operands, written, strict=True):
        value = _number(isa, operand, text)
        problem = operand.check(value)
        if problem:
            raise ValueError(f"{operand.name} of `{one.mnemonic}`: {problem}")
        given[operand.name] = value
    return encode(one, [given[operand.name] for operand in one.operands])


def _number(isa: InstructionSet, operand: Operand, text: str) -> int:
    if text.startswith(".") and isa.kinds[operand.kind].target:
        text = f"0{text[1:]}"
    try:
        return evaluate(text, isa.names)
    except (KeyError, ValueError, SyntaxError):
        raise ValueError(f"`{text}` is no number for {operand.name}") from None
