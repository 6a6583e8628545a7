"""Invalid forms: combinations of operands that an instruction must not have, or that are hardly meant."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache

import attrs

from hicannx.asm.table import load_table
from hicannx.isa.formula import evaluate, names_in
from hicannx.isa.syntax import Syntax

_comparisons: dict[str, Callable[[int, int], bool]] = {"==": operator.eq, ">=": operator.ge, "!=": operator.ne}
_comparison = re.compile(r"\s(==|>=|!=)\s")


@attrs.frozen
class Form:
    """Instructions or mnemonics complain with `code` when `refuse`, comparisons joined by `and`, holds."""

    instructions: list[str]
    refuse: str
    reason: str
    code: str = "A209"
    help: str = ""

    def is_refused(self, values: Mapping[str, int]) -> bool:
        """Whether these operands are refused."""
        return all(_holds(part, values) for part in self.refuse.split(" and "))

    @property
    def names(self) -> set[str]:
        """The operands that it is about."""
        return set(names_in(self.refuse)) - {"and"}


def _holds(text: str, values: Mapping[str, int]) -> bool:
    left, comparison, right = _comparison.split(text)
    return _comparisons[comparison](evaluate(left, values), evaluate(right, values))


@attrs.frozen
class _Table:
    forms: list[Form]
    unchecked: list[str]


@cache
def _table() -> _Table:
    return load_table("form", _Table)


@cache
def _forms_of(instruction: str, mnemonic: str) -> tuple[Form, ...]:
    return tuple(one for one in _table().forms if instruction in one.instructions or mnemonic in one.instructions)


def forms_of(syntax: Syntax) -> list[Form]:
    """What an instruction that is written in this way has to be checked for."""
    names = {operand.name for operand in syntax.operands}
    found = _forms_of(syntax.instruction.name, syntax.mnemonic)
    return [one for one in found if one.names <= names] if found else []


def is_unchecked(syntax: Syntax) -> bool:
    """Whether GNU as looks at the fields only, not at the operands that they follow from."""
    return syntax.mnemonic.removesuffix(".") in _table().unchecked
