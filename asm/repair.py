"""Proposals what to write instead of an operand that does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import attrs

from hicannx.asm.dialect import Dialect, make_dialect, register_kinds
from hicannx.asm.relocation import load_relocations
from hicannx.asm.syntax import Statement
from hicannx.asm.table import load_table
from hicannx.diagnostic import did_you_mean
from hicannx.isa.syntax import Operand, Syntax

if TYPE_CHECKING:
    from hicannx.asm.match import Matched

_half = 1 << 16
_word = 1 << 32
_known_directives = "directives are those of GNU as, such as `.long`, `.align` and `.section`"


@attrs.frozen
class _Table:
    repairs: dict[str, str]
    kinds: dict[str, str]
    mnemonics: dict[str, str]
    directives: dict[str, str]
    indexed: str
    registers: str


@cache
def _table() -> _Table:
    return load_table("repair", _Table)


def propose(matched: Matched, operand: Operand, value: int, statement: Statement) -> str:
    """A replacement for an instruction whose operand cannot hold `value`; empty when there is none."""
    if not -_word // 2 <= value < _word:
        return ""
    mnemonic = matched.syntax.mnemonic
    pattern = _table().repairs.get(mnemonic) or _table().kinds.get(operand.kind, "")
    texts = {
        one.name: statement.body[argument.offset + argument.written.start : argument.offset + argument.written.end]
        for one, argument in zip(matched.syntax.operands, matched.arguments)
        if argument
    }
    try:
        return pattern.format(**texts, **_halves(value))
    except KeyError:
        return ""


def other_mnemonic(mnemonic: str, known: Mapping[str, tuple[Syntax, ...]], dialect: Dialect) -> str:
    """What to write instead of a mnemonic that there is not."""
    if mnemonic in dialect.row.refused and mnemonic in known:
        return f"the dialect `{dialect.name}` does not know it, `ppu` does"
    if mnemonic in _table().mnemonics:
        return _table().mnemonics[mnemonic]
    near = did_you_mean(mnemonic, [one for one in known if one not in dialect.row.refused])
    return near if near.startswith("did you mean") else "`hicannx lookup` shows the instructions that there are"


def other_directive(name: str, known: Iterable[str]) -> str:
    """What to write instead of a directive that there is not."""
    if name in _table().directives:
        return f"use `{_table().directives[name]}`"
    near = did_you_mean(name, known)
    return near if near.startswith("did you mean") else _known_directives


def sibling(mnemonic: str) -> str:
    """The mnemonic of the same access with an index instead of a displacement, or the other way round."""
    suffix = _table().indexed
    return mnemonic.removesuffix(suffix) if mnemonic.endswith(suffix) else mnemonic + suffix


def undefined(name: str, known: Iterable[str]) -> str:
    """What to write instead of a symbol that is not defined."""
    signed = make_dialect("ppu").signed
    is_register = any(name.lower() in signed.get(kind, ()) for kind in register_kinds())
    return _table().registers.format(name=name) if is_register else did_you_mean(name, known)


def _halves(value: int) -> dict[str, int]:
    operators = load_relocations().operators
    upper = {name: operators[name].apply(value) % _half for name in ("h", "ha")}
    negative = -value
    return {
        **upper,
        "ha": _signed(upper["ha"]),
        "l": _signed(value % _half),
        "low": value % _half,
        "negative_ha": _signed(operators["ha"].apply(negative) % _half),
        "negative_l": _signed(negative % _half),
    }


def _signed(half: int) -> int:
    return half - _half if half >= _half // 2 else half
