"""Fields of instruction words and the formats that place them."""

from __future__ import annotations

import attrs


@attrs.frozen
class Kind:
    """What a field or an operand selects: `prefix` or `names` of its registers (`also` others), multiples of `scale`.

    A `target` is a distance to another instruction or its address; a `swapped` field holds the halves of its number in
    exchanged order.
    """

    doc: str
    prefix: str = ""
    names: tuple[str, ...] = ()
    also: dict[str, int] = attrs.field(factory=dict)
    scale: int = 1
    signed: bool = False
    swapped: bool = False
    target: bool = False


@attrs.frozen
class Field:
    """Bits `msb` to `lsb` of a word, 0 the least significant, and what they select (`kind`, see formats.yaml)."""

    name: str
    kind: str
    msb: int
    lsb: int
    scale: int = 1
    signed: bool = False
    swapped: bool = False
    relocation: str | None = None

    @property
    def width(self) -> int:
        """How many bits it has."""
        return self.msb - self.lsb + 1

    @property
    def mask(self) -> int:
        """Its bits in the word."""
        return ((1 << self.width) - 1) << self.lsb

    def limits(self) -> tuple[int, int]:
        """Lowest and highest value that it can hold, in units of the assembly text."""
        if self.signed:
            half = 1 << (self.width - 1)
            return -half * self.scale, (half - 1) * self.scale
        return 0, (1 << self.width) - 1

    def holds(self, value: int) -> bool:
        """Whether it can hold a value; that of a signed field may also be written as its bits."""
        low, high = self.limits()
        return low <= value < (1 << self.width) and (self.signed or value <= high)

    def insert(self, value: int) -> int:
        """The bits of a value, at their place in a word."""
        number = value // self.scale & ((1 << self.width) - 1)
        return (swap_halves(number, self.width) if self.swapped else number) << self.lsb

    def extract(self, word: int) -> int:
        """The value in a word."""
        number = word >> self.lsb & ((1 << self.width) - 1)
        if self.swapped:
            return swap_halves(number, self.width)
        if self.signed and number >> (self.width - 1):
            number -= 1 << self.width
        return number * self.scale


def swap_halves(number: int, width: int) -> int:
    """Exchange the upper and the lower half of the bits."""
    half = width // 2
    return number >> half | (number & ((1 << half) - 1)) << half


@attrs.frozen
class Format:
    """A layout of the bits of a word: fields by name, bits that are fixed, and bits that do not even matter in text."""

    name: str
    fields: dict[str, Field]
    fixed_mask: int = 0
    fixed_match: int = 0
    ignored: int = 0
