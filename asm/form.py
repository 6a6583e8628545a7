"""Invalid forms: combinations of operands that an instruction must not have."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cache

import attrs

from hicannx.asm.table import load_table

_comparisons: dict[str, Callable[[int, int], bool]] = {"==": operator.eq, ">=": operator.ge}


@attrs.frozen
class Form:
    """Instructions refuse operands for which `refuse`, a comparison of operands or numbers, holds."""

    instructions: list[str]
    refuse: str
    reason: str

    def is_refused(self, values: Mapping[str, int]) -> bool:
        """Whether these operands are refused."""
        left, comparison, right = self.refuse.split()
        return _comparisons[comparison](_number(left, values), _number(right, values))


def _number(text: str, values: Mapping[str, int]) -> int:
    return int(text) if text.isdigit() else values[text]


@attrs.frozen
class _Table:
    forms: list[Form]


@cache
def forms_of(instruction: str) -> tuple[Form, ...]:
    """What the instruction refuses."""
    table = load_table("form", _Table)
    return tuple(one for one in table.forms if instruction in one.instructions)
