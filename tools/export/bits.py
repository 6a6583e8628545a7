"""The bits of a word by the values that they belong to, and what is to be known of them, in words."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field, Part


@attrs.frozen
class Bits:
    """Bits `part` of a word, which hold bits `msb` to `lsb` of a value of a field: of its element of that number.

    `one_hot` tells that these are the row or the column of the cell that a register selects.
    """

    field: Field
    part: Part
    msb: int
    lsb: int
    element: int | None = None
    is_whole: bool = True
    one_hot: str = ""

    @property
    def value(self) -> str:
        """The name of the value: that of the field, and the number of the element."""
        return self.field.name if self.element is None else f"{self.field.name}_{self.element}"

    @property
    def name(self) -> str:
        """A name of its own: that of the value, and which bits of it these are where there are others."""
        if self.one_hot:
            return f"{self.value}_{self.one_hot}"
        if self.is_whole:
            return self.value
        return f"{self.value}_bit_{self.msb}" if self.msb == self.lsb else f"{self.value}_bits_{self.msb}_{self.lsb}"

    @property
    def enum(self) -> dict[str, int]:
        """What stands in these bits for each name of an enumeration; empty where that takes other bits, too."""
        if not self.is_whole or self.one_hot:
            return {}
        return {name: self._stored(value) for name, value in self.field.enum.items()}

    def _stored(self, value: int) -> int:
        bits = value + self.field.offset & (1 << self.part.width) - 1
        bits = (1 << bits) - 1 if self.part.thermometer else bits
        return bits ^ ((1 << self.part.bits) - 1 if self.part.inverted else 0)

    @property
    def oddities(self) -> list[str]:
        """How the bits differ from the plain number, such as `stored inverted`."""
        field, found = self.field, []
        if self.one_hot:
            return [f"the {self.one_hot.replace('_', ' ')} of the cell, 0 unless one is selected"]
        if not self.is_whole:
            of = f"bit {self.msb}" if self.msb == self.lsb else f"bits {self.msb} to {self.lsb}"
            found.append(f"{of} of the value")
        found += ["stored inverted"] * self.part.inverted + ["in thermometer code"] * self.part.thermometer
        if field.magnitude:
            found.append("the highest bit is the sign, below it stands the two's complement of the magnitude")
        elif field.signed:
            found.append("in two's complement")
        if field.offset:
            found.append(f"the value {'+' if field.offset > 0 else '-'} {abs(field.offset)} is stored")
        return found


def bits_of(container: Container, word: int) -> tuple[Bits, ...]:
    """All bits of a word that belong to fields, the highest first."""
    found = [one for one in _all_bits(container) if one.part.word == word]
    return tuple(sorted(found, key=lambda one: -one.part.msb))


def _all_bits(container: Container) -> Iterator[Bits]:
    for field in container.fields:
        for number, parts in enumerate(field.elements):
            below = sum(part.width for part in parts)
            for part in parts:
                below -= part.width
                element = None if field.size is None else number
                yield Bits(field, part, below + part.width - 1, below, element, len(parts) == 1)
    rule = container.one_hot_cell
    if rule is not None:
        cell = container.by_name[rule.cell]
        for part, what in ((rule.row, "one_hot_row"), (rule.column, "column")):
            yield Bits(cell, part, part.width - 1, 0, None, False, what)


def facts_of(container: Container) -> list[str]:
    """What is to be known of a register beside its fields, a sentence each."""
    found = []
    if container.constant_bits:
        words = ", ".join(f"{word:#x}" for word in container.constant_bits)
        found.append(f"always set in its words: {words}")
    if container.gray:
        found.append("what is written is Gray-decoded from the bits that are shown, and read back so")
    for part in container.demanded:
        found.append(f"a valid word {part.word} has all of bits {part.msb} to {part.lsb} set")
    if container.behaviour:
        found.append(f"an access does more: {container.behaviour}")
    if container.image:
        found.append(f"only in the image `{container.image}` of the FPGA")
    if container.backends:
        found.append(f"only over {', '.join(container.backends)}")
    if container.unsupported_read_targets:
        found.append(f"reads are not always what was written: {', '.join(container.unsupported_read_targets)}")
    found += [f"`{field.name}` ({field.allowed}) has no bits: {field.doc}" for field in unstored(container)]
    return [*found, *container.notes]


def unstored(container: Container) -> list[Field]:
    """The fields that have no bits of their own."""
    return [field for field in container.fields if not field.stored]
