"""The word of an instruction as a row of boxes, for pictures of encodings."""

from __future__ import annotations

import itertools

import attrs

from hicannx.isa.instruction import Instruction


@attrs.frozen
class Box:
    """Bits `msb` to `lsb` of the word, 0 the least significant.

    `name` is that of the field, empty for bits without one; `value` is what the row has there, in the units of the
    field, None where operands decide or nothing does.
    """

    name: str
    msb: int
    lsb: int
    value: int | None = None

    @property
    def width(self) -> int:
        """How many bits it has."""
        return self.msb - self.lsb + 1


def boxes(instruction: Instruction) -> tuple[Box, ...]:
    """The boxes from the most significant bit on; together they are the whole word."""
    shape = instruction.format
    placed = [
        Box(one.name, one.msb, one.lsb, one.extract(instruction.match) if one.kind == "opcode" else None)
        for one in shape.fields.values()
    ]
    covered = {bit for one in placed for bit in range(one.lsb, one.msb + 1)}
    top = max(one.msb for one in placed)  # every format begins with the primary opcode
    free = [bit for bit in range(top, -1, -1) if bit not in covered]
    for _, run in itertools.groupby(enumerate(free), key=lambda one: (sum(one), shape.fixed_mask >> one[1] & 1)):
        bits = [bit for _, bit in run]
        fixed = shape.fixed_mask >> bits[0] & 1
        value = shape.fixed_match >> bits[-1] & (1 << len(bits)) - 1 if fixed else None
        placed.append(Box("", bits[0], bits[-1], value))
    return tuple(sorted(placed, key=lambda one: -one.msb))
