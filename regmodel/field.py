"""Fields of register words: where their bits stand and which values they take."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from hicannx.source import Span

_position = re.compile(r"([~^]?)w(\d+)\.(\d+)(?:-(\d+))?")


@attrs.frozen
class Part:
    """Consecutive bits `msb` to `lsb` of a word that hold some bits of a value, inverted or in thermometer code."""

    word: int
    msb: int
    lsb: int
    inverted: bool = False
    thermometer: bool = False

    @property
    def bits(self) -> int:
        """How many bits of the word it takes."""
        return self.msb - self.lsb + 1

    @property
    def width(self) -> int:
        """How many bits of the value it holds."""
        return self.bits.bit_length() if self.thermometer else self.bits

    def shifted(self, step: int) -> Part:
        """The same part `step` bits further up in its word."""
        return attrs.evolve(self, msb=self.msb + step, lsb=self.lsb + step)


Parts = tuple[Part, ...]


@attrs.frozen
class Field:
    """A value, or an array of `size` values, in the words of a register.

    `elements` has the parts of each value, most significant first; none where the value has no bits of its own.
    The bits hold value + `offset`, two's complement where `signed`; where `magnitude` is set, too, the highest bit is
    the sign, and below it stands the two's complement of the magnitude, so that all bits but the sign 0 mean 0.
    """

    name: str
    kind: str
    width: int
    elements: tuple[Parts, ...]
    low: int
    high: int
    default: int | tuple[int, ...]
    doc: str
    span: Span
    size: int | None = None
    index: str = ""
    enum: dict[str, int] = attrs.field(factory=dict)
    offset: int = 0
    signed: bool = False
    magnitude: bool = False

    @property
    def stored(self) -> bool:
        """Whether the field has bits of its own."""
        return any(self.elements)

    @property
    def allowed(self) -> str:
        """The allowed values in words: `0 to 63`, `true or false`, or the names of an enumeration."""
        if self.kind == "bool":
            return "true or false"
        return ", ".join(self.enum) if self.enum else f"{self.low} to {self.high}"


def parse_position(text: str) -> Parts:
    """The parts of a position such as `w0.5-0 ~w1.4`; `none` has none. ValueError where it is malformed."""
    if text == "none":
        return ()
    parts = []
    for word in text.split():
        found = _position.fullmatch(word)
        if not found:
            raise ValueError(f"`{word}` is not a position of bits such as w0.7-4")
        mark, number, msb, lsb = found.groups()
        parts.append(Part(int(number), int(msb), int(lsb or msb), mark == "~", mark == "^"))
        if parts[-1].bits < 1:
            raise ValueError(f"the bits of `{word}` stand in the wrong order")
    return tuple(parts)


def position_text(parts: Parts) -> str:
    """A position as the maps write it, such as `w0.5-0 ~w1.4`."""
    return " ".join(_part_text(part) for part in parts) or "none"


def _part_text(part: Part) -> str:
    mark = "~" if part.inverted else "^" if part.thermometer else ""
    bits = f"{part.msb}-{part.lsb}" if part.bits > 1 else f"{part.msb}"
    return f"{mark}w{part.word}.{bits}"


def parse_elements(position: str | Sequence[str], size: int | None, step: int) -> tuple[Parts, ...]:
    """The parts of each value: of a single one, of those listed, or of `size` ones, each `step` bits further up."""
    if not isinstance(position, str):
        return tuple(parse_position(one) for one in position)
    first = parse_position(position)
    return tuple(tuple(part.shifted(step * k) for part in first) for k in range(1 if size is None else size))


@attrs.frozen
class FieldRow:
    """A field as the maps write it: `flag` or `bits` say where it stands (see `maps/__init__.py`)."""

    doc: str
    span: Span
    flag: str | list[str] | None = None
    bits: str | list[str] | None = None
    array: int | None = None
    step: int = 0
    width: int | None = None
    index: str = ""
    enum: dict[str, int] = attrs.field(factory=dict)
    range: list[int] | None = None
    default: int | list[int] = 0
    offset: int = 0
    signed: bool | str = False


def make_field(name: str, row: FieldRow) -> Field:
    """The field that a row of the maps means; ValueError where its position is malformed."""
    position = row.flag if row.flag is not None else row.bits
    if position is None or (row.flag is not None and row.bits is not None):
        raise ValueError(f"the field `{name}` needs either `flag` or `bits`")
    elements = parse_elements(position, row.array, row.step)
    size = row.array if isinstance(position, str) else len(elements)
    width = row.width or max(1, sum(part.width for part in elements[0]))
    default = tuple(row.default) if isinstance(row.default, list) else row.default
    if size is not None and isinstance(default, int):
        default = (default,) * size
    kind = "bool" if row.flag is not None else "enum" if row.enum else "uint"
    low, high = _range(row, width)
    field = Field(name, kind, width, elements, low, high, default, row.doc, row.span, size, row.index)
    if row.signed not in (False, True, "magnitude"):
        raise ValueError(f"`signed: {row.signed}` of the field `{name}` is not true, false or magnitude")
    magnitude = row.signed == "magnitude"
    return attrs.evolve(field, enum=row.enum, offset=row.offset, signed=bool(row.signed), magnitude=magnitude)


def _range(row: FieldRow, width: int) -> tuple[int, int]:
    if row.flag is not None:
        return 0, 1
    if row.range:
        return row.range[0], row.range[1]
    lowest = -(1 << width - 1) if row.signed else -row.offset
    return lowest, lowest + (1 << width) - 1
