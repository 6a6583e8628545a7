"""Random words: instructions with operands that make sense, any bits of a row, and words that are no instruction."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache, partial

from hypothesis import strategies as some

from hicannx.isa.codec import encode
from hicannx.isa.example import encode_text
from hicannx.isa.formula import evaluate
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa
from hicannx.isa.syntax import Operand, Syntax
from properties import layout

Words = some.SearchStrategy[int]
# The first one is what a failing example ends with.
_registers = some.sampled_from([3, 4, 5, 6, 0, 3, 4, 5, 6, 0, *range(32)])
_backwards, _forwards = -3, 6  # words that branches go
_near = 64  # bytes of displacements
_often = 16  # so many ways to write an instruction a family has at least


@cache
def rows() -> tuple[Instruction, ...]:
    """Rows that have a meaning."""
    return tuple(row for row in load_isa().instructions.values() if row.semantics)


def accesses(row: Instruction) -> bool:
    """Whether it goes to memory or to the parallel bus."""
    return row.semantics is not None and "EA = " in row.semantics.text


def encoded(*texts: str) -> tuple[int, ...]:
    """The words of these lines."""
    return tuple(encode_text(load_isa(), text) for text in texts)


def instructions(wanted: Callable[[Instruction], bool] = lambda row: True) -> Words:
    """An instruction of the wanted rows, with operands that make sense; no family is rare."""
    chosen = [row for row in rows() if wanted(row)]
    ways = [way for row in chosen for way in _ways(row.name)]
    for _, group in itertools.groupby(chosen, key=lambda row: row.family):
        ways += itertools.islice(itertools.cycle([way for row in group for way in _ways(row.name)]), _often)
    return some.one_of(ways)


def words() -> Words:
    """Mostly instructions that make sense; any bits of a row; any word."""
    loose = [some.integers(0, 2**32 - 1).map(partial(_loosen, row)) for row in rows()]
    return weighed({instructions(): 12, some.one_of(loose): 2, some.integers(0, 2**32 - 1): 1})


def weighed(shares: dict[Words, int]) -> Words:
    """One of these, as often as their shares say; `one_of` would take all branches of all of them alike."""
    chosen = [one for one, share in shares.items() for _ in range(share)]
    return some.sampled_from(chosen).flatmap(lambda one: one)


@cache
def _ways(name: str) -> list[Words]:
    """Words of a row, for each way to write it with all its operands."""
    ways = [one for one in load_isa().syntaxes_of[name] if not one.extended]
    return [some.tuples(*(_values(one, operand) for operand in one.operands)).map(partial(_write, one)) for one in ways]


def _values(syntax: Syntax, operand: Operand) -> Words:
    """Values of an operand: near branches, addresses in the data area, special registers that exist, edges."""
    near = some.integers(_backwards, _forwards).map(lambda count: 4 * count)
    if operand.kind == "branch":
        return near.map(lambda one: one + layout.program) if syntax.fixed.get("AA") else near
    if accesses(syntax.instruction):
        if operand.name == "RA":
            return some.sampled_from([*layout.bases, *layout.bases, *layout.bases, *range(32)])
        if operand.name == "RB":
            return some.sampled_from([*layout.indices, *layout.indices, *range(32)])
        if operand.kind == "displacement":
            return near | some.integers(-_near, _near) | _any(operand)
    if operand.kind in ("gpr", "gpr_or_zero"):
        return _registers
    if operand.kind == "spr":
        numbers = sorted(one.number for one in load_isa().registers.special_registers.values())
        return some.sampled_from([*numbers, *numbers, operand.low, 2, operand.high])
    return _any(operand)


def _any(operand: Operand) -> Words:
    low, high = -(-operand.low // operand.scale), operand.high // operand.scale
    anything = some.integers(low, high)
    if high - low >= 1 << 8:
        anything |= some.sampled_from([low, high, 0, 1])
    return anything.map(lambda number: number * operand.scale)


def _write(syntax: Syntax, values: tuple[int, ...]) -> int:
    """The word; without operands where these do not fit together."""
    given, fields = dict(zip((one.name for one in syntax.operands), values, strict=True)), syntax.instruction.fields
    fits = all(fields[name].holds(evaluate(text, given)) for name, text in syntax.derived.items())
    return encode(syntax, values) if fits else syntax.instruction.match


def _loosen(row: Instruction, bits: int) -> int:
    return row.match | bits & ~row.mask & 0xFFFFFFFF
