"""Extended mnemonics: single ones and families, as further ways to write a row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import attrs

from hicannx.diagnostic import Diagnostics, did_you_mean
from hicannx.isa.formula import evaluate, names_in, substitute
from hicannx.isa.instruction import Instruction
from hicannx.isa.registers import Registers
from hicannx.isa.rows import is_expression, read_limits, with_suffixes
from hicannx.isa.syntax import Operand, Syntax, UnknownOperandError, parse_template
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node

Axis = Mapping[str, Mapping[str, int]]
_register_axes = {"read_registers": "r", "written_registers": "w"}  # of registers.yaml, those with such mnemonics


@attrs.frozen
class _Extended:
    of: str
    asm: str
    span: Span
    mnemonic: str = ""
    set: dict[str, int | str] = attrs.field(factory=dict)
    operands: dict[str, Node] = attrs.field(factory=dict)
    kinds: dict[str, str] = attrs.field(factory=dict)
    suffixes: dict[str, str] = attrs.field(factory=dict)
    axes: dict[str, str] = attrs.field(factory=dict)
    shown: bool = False
    lost: dict[str, int | str] = attrs.field(factory=dict)
    gas: bool = True


@attrs.frozen
class _Table:
    mnemonics: dict[str, _Extended]
    families: dict[str, _Extended]
    axes: dict[str, dict[str, dict[str, int]]]


def read_extended(
    node: Node,
    rows: Mapping[str, Instruction],
    registers: Registers,
    diagnostics: Diagnostics,
    shared: Node | None = None,
) -> list[Syntax]:
    """All extended mnemonics, also with axes of another such text; errors (I105 to I109, I115) are collected."""
    table = structure(node, _Table, diagnostics)
    if table is None:
        return []
    axes: dict[str, Axis] = {**(structure(shared, _Table, diagnostics).axes if shared else {}), **table.axes}
    for axis, access in _register_axes.items():
        moved = [(name.lower(), one) for name, one in registers.special_registers.items() if access in one.moved]
        axes[axis] = {name: {"number": one.number} for name, one in moved}
    found: list[Syntax] = []
    for name, one in table.mnemonics.items():
        members = with_suffixes(name, one.suffixes)
        found += _syntaxes(name, one, members, rows, diagnostics)
    for name, one in table.families.items():
        unknown = [axis for axis in one.axes.values() if axis not in axes]
        if unknown:
            title = f"family `{name}` has the unknown axis `{unknown[0]}`"
            diagnostics.error("I109", title, one.span, help=did_you_mean(unknown[0], axes))
        else:
            found += _syntaxes(name, one, _members(one, axes), rows, diagnostics)
    return found


def _members(family: _Extended, axes: Mapping[str, Axis]) -> Iterator[tuple[str, dict[str, int]]]:
    """The mnemonics of a family with the numbers that the parts of each stand for."""
    choices = [axes[axis].items() for axis in family.axes.values()]
    for chosen in itertools.product(*choices):
        mnemonic = family.mnemonic
        names: dict[str, int] = {}
        for part, (text, numbers) in zip(family.axes, chosen, strict=True):
            mnemonic = mnemonic.replace(f"{{{part}}}", text)
            names.update(numbers)
        yield mnemonic, names


def _syntaxes(
    name: str,
    one: _Extended,
    members: Iterator[tuple[str, dict[str, int]]],
    rows: Mapping[str, Instruction],
    diagnostics: Diagnostics,
) -> list[Syntax]:
    row = rows.get(one.of)
    if row is None:
        title = f"`{name}` is of the unknown row `{one.of}`"
        diagnostics.error("I106", title, one.span, help=did_you_mean(one.of, rows))
        return []
    limits = {**row.operands, **read_limits(one.operands, diagnostics)}
    try:
        operands = parse_template(one.asm, row.fields, limits, one.kinds)
    except UnknownOperandError as error:
        title = f"`{name}` has the operand `{error.name}`, which is neither a field of `{row.name}` nor has limits"
        diagnostics.error("I107", title, one.span, help=f"add `operands: {{{error.name}: [low, high]}}`")
        return []
    first, numbers = next(members)
    if not _is_sound(name, one, row, operands, numbers, diagnostics):
        return []
    return [_syntax(mnemonic, one, row, operands, names) for mnemonic, names in [(first, numbers), *members]]


def _is_sound(
    name: str,
    one: _Extended,
    row: Instruction,
    operands: tuple[Operand, ...],
    numbers: Mapping[str, int],
    diagnostics: Diagnostics,
) -> bool:
    """Whether fields and expressions of `set` make sense; errors (I108, I115) are collected."""
    known = dict.fromkeys((operand.name for operand in operands), 0) | dict(numbers)
    before = len(diagnostics.collected)
    for field, value in [*one.set.items(), *one.lost.items()]:
        if field not in row.fields:
            title = f"`{name}` sets `{field}`, which is no field of `{row.name}`"
            diagnostics.error("I108", title, one.span, help=did_you_mean(field, row.fields))
        is_expression(str(value), known, name, field, one.span, diagnostics)
    return len(diagnostics.collected) == before


def _syntax(
    mnemonic: str, one: _Extended, row: Instruction, operands: tuple[Operand, ...], names: dict[str, int]
) -> Syntax:
    fixed = {name: value for name, value in names.items() if name in row.fields}
    derived: dict[str, str] = {}
    for field, value in one.set.items():
        if all(name in names for name in names_in(str(value))):
            fixed[field] = evaluate(str(value), names)
        else:
            derived[field] = substitute(str(value), names)
    lost = {field: evaluate(str(value), names) for field, value in one.lost.items()}
    gas = one.gas and row.gas
    return Syntax(mnemonic, row, operands, fixed, derived, extended=True, shown=one.shown, lost=lost, gas=gas)
