"""The bits of an instruction as a row of boxes, with bit numbers of the Power ISA: 0 is the most significant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from hicannx.isa.instruction import Instruction

_bits = 32


@attrs.frozen
class Box:
    """Bits `msb` to `lsb`, 0 the least significant: a field, fixed bits (no name) or ignored ones (no value either).

    `value` are the bits of the field as they stand in the word, where they are known; `is_opcode`: they choose the row.
    """

    name: str
    msb: int
    lsb: int
    value: int | None = None
    is_opcode: bool = False

    @property
    def width(self) -> int:
        """How many bits it has."""
        return self.msb - self.lsb + 1

    @property
    def first(self) -> int:
        """The number of its first bit in the Power ISA's way of counting."""
        return _bits - 1 - self.msb

    @property
    def last(self) -> int:
        """The number of its last bit in the Power ISA's way of counting."""
        return _bits - 1 - self.lsb

    @property
    def label(self) -> str:
        """What to write into the box: the value of opcodes and fixed bits, else the name; `/` for ignored bits."""
        if self.value is None:
            return self.name or "/"
        return str(self.value) if self.is_opcode or not self.name else f"{self.name}={self.value}"


def picture(row: Instruction, word: int | None = None, fixed: Mapping[str, int] | None = None) -> tuple[Box, ...]:
    """The boxes of a row from the first bit to the last, with the values of a word or of `fixed` fields."""
    fields = sorted(row.format.fields.values(), key=lambda one: -one.msb)
    boxes: list[Box] = []
    place = _bits - 1
    for field in fields:
        boxes += _between(row, place, field.msb + 1)
        bits = (row.match if word is None else word) >> field.lsb & (1 << field.width) - 1
        opcode, known = field.kind == "opcode", word is not None
        if field.name in (fixed or {}):
            bits, known = field.insert((fixed or {})[field.name]) >> field.lsb, True
        boxes.append(Box(field.name, field.msb, field.lsb, bits if opcode or known else None, opcode))
        place = field.lsb - 1
    return (*boxes, *_between(row, place, 0))


def _between(row: Instruction, high: int, low: int) -> list[Box]:
    """The bits that belong to no field: each fixed one alone, ignored ones together."""
    boxes: list[Box] = []
    start = high
    for place in range(high, low - 1, -1):
        if row.format.fixed_mask >> place & 1:
            if start > place:
                boxes.append(Box("", start, place + 1))
            boxes.append(Box("", place, place, row.format.fixed_match >> place & 1))
            start = place - 1
    if start >= low:
        boxes.append(Box("", start, low))
    return boxes


def picture_lines(boxes: Sequence[Box]) -> list[str]:
    """The boxes as text: the numbers of first and last bits, and a frame around the labels."""
    numbers, frame, labels = "", "", ""
    for box in boxes:
        first, last = str(box.first), "" if box.first == box.last else str(box.last)
        width = max(len(box.label) + 2, len(first) + len(last) + 1, box.msb - box.lsb + 2)
        numbers += " " + first + last.rjust(width - len(first))
        frame += "+" + "-" * width
        labels += "|" + box.label.center(width)
    return [numbers.rstrip(), frame + "+", labels + "|", frame + "+"]
