"""Names of registers: which words mean a number where a register of some kind is expected."""

from __future__ import annotations

from functools import cache

import attrs

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
class Dialect:
    """Names by kind of operand, beside those of the instruction set."""

    prefixes: dict[str, str]
    includes: dict[str, str]
    named: dict[str, dict[str, int]]
    special: Special
    masks: dict[str, str]
    nouns: dict[str, str]


@attrs.frozen
class _Table:
    dialects: dict[str, Dialect]


@cache
def load_dialect(name: str = "ppu") -> Dialect:
    """The dialect with this name."""
    return load_table("dialect", _Table).dialects[name]


@cache
def register_names(kind: str) -> dict[str, int]:
    """The numbers behind the names that are understood in an operand of this kind."""
    isa, dialect = load_isa(), load_dialect()
    names = dict(dialect.named.get(kind, {}))
    known = isa.kinds.get(kind)
    if known is not None:
        names.update((name, number) for number, name in enumerate(known.names))
    if prefix := dialect.prefixes.get(kind) or (known.prefix if known else ""):
        names.update((f"{prefix}{number}", number) for number in range(_counts()[kind]))
    if kind in dialect.includes:
        names.update(register_names(dialect.includes[kind]))
    special = dialect.special
    if kind == special.kind:
        names.update((name.lower(), row.number) for name, row in isa.registers.special_registers.items())
        for mnemonic, (syntax, *_) in isa.syntaxes.items():
            if mnemonic.startswith(special.mnemonic) and special.field in syntax.fixed:
                names.setdefault(mnemonic.removeprefix(special.mnemonic), syntax.fixed[special.field])
    return names


@cache
def _counts() -> dict[str, int]:
    """How many registers of each kind an operand can select."""
    operands = [operand for group in load_isa().syntaxes.values() for one in group for operand in one.operands]
    return {one.kind: one.high + 1 for one in sorted(operands, key=lambda one: one.high)}


def with_registers(node: Expression, kind: str, replaced: set[str]) -> Expression:
    """The expression with the names of registers replaced by their numbers; bare names are added to `replaced`."""
    if isinstance(node, Register):
        number = register_names(kind).get(node.name)
        return node if number is None else Number(number, node.start, node.end)
    if isinstance(node, Name):
        number = register_names(kind).get(node.name.lower())
        if number is None:
            return node
        replaced.add(node.name)
        return Number(number, node.start, node.end)
    if isinstance(node, Unary):
        return Unary(node.operator, with_registers(node.operand, kind, replaced), node.start, node.end)
    if isinstance(node, Binary):
        left, right = with_registers(node.left, kind, replaced), with_registers(node.right, kind, replaced)
        return Binary(node.operator, left, right, node.start, node.end)
    return node
