"""Words to text, in the manner of GNU objdump."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from hicannx.isa.codec import decode, encode
from hicannx.isa.field import Kind
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.syntax import Operand, Syntax, or_zero

_absolute = "AA"  # the field that makes a branch target an address


def disassemble(isa: InstructionSet, word: int, address: int = 0) -> str:
    """The text of a word at an address; `.long` for what is no instruction.

    Assembled again it gives the same word, but for bits that the format marks with `*`.
    """
    row = decode(isa, word)
    if row is None:
        return f".long {word:#x}"
    for one in isa.preferred_syntaxes[row.name]:
        values = _solve(one, word)
        if values is not None:
            return _render(isa, one, values, address)
    return f".long {word:#x}"


def _solve(one: Syntax, word: int) -> list[int] | None:
    """The operand values for which the syntax gives this word."""
    fields, ignored = one.instruction.format.fields, one.instruction.format.ignored
    if any(fields[name].extract(word) != value for name, value in one.fixed.items()):
        return None
    choices = [_candidates(operand, one, word) for operand in one.operands]
    for values in itertools.product(*choices):
        fits = all(operand.check(value) is None for operand, value in zip(one.operands, values, strict=True))
        if fits and (encode(one, values) ^ word) & ~ignored == 0:
            return list(values)
    return None


def _candidates(operand: Operand, one: Syntax, word: int) -> list[int] | range:
    field = one.instruction.format.fields.get(operand.name)
    if field is None:
        return range(operand.low, operand.high + 1)
    value = field.extract(word)
    return [value, value % (1 << field.width)] if operand.high >= 1 << field.width - 1 and operand.signed else [value]


def _render(isa: InstructionSet, one: Syntax, values: list[int], address: int) -> str:
    shown: list[str] = []
    origin = 0 if one.fixed.get(_absolute) else address
    pairs = list(zip(one.operands, values, strict=True))
    while pairs and pairs[-1][0].default == pairs[-1][1]:
        pairs.pop()
    for index, (operand, value) in enumerate(pairs):
        if operand.default == value and index == 0:
            continue
        text = _operand_text(isa.kinds[operand.kind], operand, value, origin)
        if operand.in_parentheses:
            shown[-1] += f"({text})"
        else:
            shown.append(text)
    return f"{one.mnemonic} {','.join(shown)}".strip()


def _operand_text(kind: Kind, operand: Operand, value: int, origin: int) -> str:
    if kind.prefix:
        return f"{kind.prefix}{value}" if value or operand.kind != or_zero else str(value)
    if kind.names:
        field, bit = divmod(value, len(kind.names))
        return f"{len(kind.names)}*cr{field}+{kind.names[bit]}" if field else kind.names[bit]
    if kind.scale > 1:
        return hex(value + origin & 0xFFFFFFFF)
    return str(value)


def disassemble_all(isa: InstructionSet, words: Mapping[int, int]) -> Iterator[tuple[int, int, str]]:
    """Address, word and text of each word of a mapping from address to word, in its order."""
    for address, word in words.items():
        yield address, word, disassemble(isa, word, address)
