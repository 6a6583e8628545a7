"""How an instruction is written: a mnemonic and its operands."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from hicannx.isa.field import Field
from hicannx.isa.instruction import Instruction


class UnknownOperandError(Exception):
    """A template has a name that is neither a field nor has limits."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


_modulus = 1 << 32


@attrs.frozen
class Operand:
    """One operand: `kind` as in formats.yaml (or gpr_or_zero), the limits of its value, and how it is written.

    `default` is its value when it is left out, None when it must not be; `in_parentheses`: written behind the operand
    before it as in `D(RA)`; `scale`: values are multiples of it; `relocation`: which kind a symbol asks for.
    """

    name: str
    kind: str
    low: int
    high: int
    scale: int = 1
    default: int | None = None
    in_parentheses: bool = False
    relocation: str | None = None

    @property
    def signed(self) -> bool:
        """Whether negative values are possible."""
        return self.low < 0

    def fold(self, value: int) -> int:
        """The value, or the number with the same lower 32 bits that fits: signs may be written out in a word."""
        if self.low <= value <= self.high:
            return value
        return next((one for one in (value - _modulus, value + _modulus) if self.low <= one <= self.high), value)

    def check(self, value: int) -> str | None:
        """What is wrong with a value, or None; a negative one may also be written as 32 bits."""
        value = self.fold(value)
        if not self.low <= value <= self.high:
            return f"{value} is not in the range {self.low} to {self.high}"
        if value % self.scale:
            return f"{value} is not a multiple of {self.scale}"
        return None


@attrs.frozen(slots=False)
class Syntax:
    """A mnemonic for a row: fields that its operands fill, that are `fixed`, or that follow from operands (`derived`).

    A disassembler writes those that are `shown`; the bits `lost` of some fields are not told by its text; `gas`:
    whether GNU as -mnux accepts it.
    """

    mnemonic: str
    instruction: Instruction
    operands: tuple[Operand, ...]
    fixed: Mapping[str, int] = attrs.field(factory=dict)
    derived: Mapping[str, str] = attrs.field(factory=dict)
    extended: bool = False
    shown: bool = True
    lost: Mapping[str, int] = attrs.field(factory=dict)
    gas: bool = True

    @property
    def text(self) -> str:
        """How it is written, for messages: `lwz RT, D(RA)`."""
        parts = ""
        for one in self.operands:
            shown = f"({one.name})" if one.in_parentheses else f"{', ' if parts else ''}{one.name}"
            parts += f"[{shown}]" if one.default is not None else shown
        return f"{self.mnemonic} {parts}".strip()


or_zero = "gpr_or_zero"  # the kind that `RA|0` in a template asks for
_token = re.compile(r"\[|\]|,|\(|\)|[A-Za-z]\w*(?:\|0)?")


def parse_template(
    text: str,
    fields: Mapping[str, Field],
    limits: Mapping[str, tuple[int, int]],
    kinds: Mapping[str, str],
) -> tuple[Operand, ...]:
    """The operands of a template such as `RT, D(RA|0)` or `[BF,] RA, SI`; an UnknownOperandError otherwise."""
    operands: list[Operand] = []
    optional = parentheses = False
    for token in _token.findall(text):
        if token in "[]":
            optional = token == "["
        elif token in "()":
            parentheses = token == "("
        elif token != ",":
            name, zero, _ = token.partition("|")
            default = 0 if optional else None
            operands.append(_operand(name, bool(zero), default, parentheses, fields, limits, kinds))
    return tuple(operands)


def _operand(
    name: str,
    zero_allowed: bool,
    default: int | None,
    in_parentheses: bool,
    fields: Mapping[str, Field],
    limits: Mapping[str, tuple[int, int]],
    kinds: Mapping[str, str],
) -> Operand:
    field = fields.get(name)
    if field is None and name not in limits:
        raise UnknownOperandError(name)
    low, high = limits.get(name) or (field.limits() if field else (0, 0))
    kind = kinds.get(name) or (field.kind if field else "unsigned" if low >= 0 else "signed")
    scale = field.scale if field and name not in limits else 1
    relocation = field.relocation if field else None
    return Operand(name, or_zero if zero_allowed else kind, low, high, scale, default, in_parentheses, relocation)
