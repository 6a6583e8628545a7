"""Dialects: which mnemonics are understood, and which words mean a register where one of some kind is expected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import attrs

from hicannx.asm.options import Options
from hicannx.asm.syntax import Binary, Expression, Name, Number, Register, Unary
from hicannx.asm.table import load_table
from hicannx.isa.load import load_isa


@attrs.frozen
class Special:
    """Operands of this kind know the registers that mnemonics beginning with `mnemonic` move to."""

    kind: str
    mnemonic: str
    field: str


@attrs.frozen
class DialectRow:
    """A row of dialect.yaml; its comments say what the columns are."""

    doc: str
    bare_names: bool
    foreign: bool
    refused: list[str]
    warned: list[str]
    prefixes: dict[str, str] = attrs.field(factory=dict)
    includes: dict[str, str] = attrs.field(factory=dict)
    named: dict[str, dict[str, int]] = attrs.field(factory=dict)
    always_bare: dict[str, dict[str, int]] = attrs.field(factory=dict)
    ranges: dict[str, int] = attrs.field(factory=dict)
    any: dict[str, int] = attrs.field(factory=dict)


@attrs.frozen
class DialectTable:
    """All dialects, and what they share."""

    dialects: dict[str, DialectRow]
    special: Special
    masks: dict[str, str]
    nouns: dict[str, str]
    hints: dict[str, str]


@attrs.frozen(eq=False)
class Dialect:
    """A dialect in use: names of registers by kind of operand, with a percent sign (`signed`) and without (`bare`)."""

    name: str
    row: DialectRow
    signed: Mapping[str, Mapping[str, int]]
    bare: Mapping[str, Mapping[str, int]]


@cache
def load_dialects() -> DialectTable:
    """The table."""
    return load_table("dialect", DialectTable)


def dialect_of(options: Options) -> Dialect:
    """The dialect that the options ask for; a KeyError when there is none of this name."""
    return make_dialect(options.dialect, options.register_names)


@cache
def make_dialect(name: str, bare_names: bool | None = None) -> Dialect:
    """A dialect, with names of registers understood without percent sign or not."""
    row = load_dialects().dialects[name]
    signed = {kind: _names(row, kind) for kind in (*_counts(), "")}
    if row.bare_names if bare_names is None else bare_names:
        return Dialect(name, row, signed, signed)
    return Dialect(name, row, signed, row.always_bare)


def _names(row: DialectRow, kind: str) -> dict[str, int]:
    if row.ranges:
        numbered = {f"{prefix}{number}": number for prefix, count in row.ranges.items() for number in range(count)}
        return {**numbered, **row.any, **row.always_bare.get(kind, {})}
    return _typed_names(row, kind)


def _typed_names(row: DialectRow, kind: str) -> dict[str, int]:
    isa = load_isa()
    names = dict(row.named.get(kind, {}))
    known = isa.kinds.get(kind)
    if known is not None:
        names.update((name, number) for number, name in enumerate(known.names))
    if prefix := row.prefixes.get(kind) or (known.prefix if known else ""):
        names.update((f"{prefix}{number}", number) for number in range(_counts()[kind]))
    if kind in row.includes:
        names.update(_typed_names(row, row.includes[kind]))
    special = load_dialects().special
    if kind == special.kind:
        names.update((name.lower(), one.number) for name, one in isa.registers.special_registers.items())
        for mnemonic, (syntax, *_) in isa.syntaxes.items():
            if mnemonic.startswith(special.mnemonic) and special.field in syntax.fixed:
                names.setdefault(mnemonic.removeprefix(special.mnemonic), syntax.fixed[special.field])
    return names


@cache
def _counts() -> dict[str, int]:
    """How many registers of each kind an operand can select."""
    operands = [operand for group in load_isa().syntaxes.values() for one in group for operand in one.operands]
    return {one.kind: one.high + 1 for one in sorted(operands, key=lambda one: one.high)}


def register_kinds() -> list[str]:
    """The kinds of operands whose registers have names with a prefix, such as `r3`."""
    return list(load_dialects().nouns)


_none: Mapping[str, int] = {}


def with_registers(node: Expression, kind: str, dialect: Dialect, replaced: set[str]) -> Expression:
    """The expression with the names of registers replaced by their numbers; bare names are added to `replaced`."""
    if isinstance(node, Register):
        number = dialect.signed.get(kind, _none).get(node.name)
        return node if number is None else Number(number, node.start, node.end)
    if isinstance(node, Name):
        number = dialect.bare.get(kind, _none).get(node.name.lower())
        if number is None:
            return node
        replaced.add(node.name)
        return Number(number, node.start, node.end)
    if isinstance(node, Unary):
        return Unary(node.operator, with_registers(node.operand, kind, dialect, replaced), node.start, node.end)
    if isinstance(node, Binary):
        left, right = (with_registers(one, kind, dialect, replaced) for one in (node.left, node.right))
        return Binary(node.operator, left, right, node.start, node.end)
    return node
