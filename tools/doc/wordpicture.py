"""A word of a register as boxes, one for consecutive bits of a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from hicannx.regmodel.container import Container
from hicannx.tools.doc.template import Html, fill, fill_from, join
from hicannx.tools.export.bits import Bits, bits_of

_row = 32  # bits of a row of boxes


@attrs.frozen
class Span:
    """Bits `msb` to `lsb` of a word: those of a value, or what is constant, or nothing."""

    msb: int
    lsb: int
    bits: Bits | None = None
    constant: int = 0

    @property
    def width(self) -> int:
        """How many bits."""
        return self.msb - self.lsb + 1


def word_rows(container: Container, word: int) -> Iterator[list[Span]]:
    """The bits of a word in rows of 32, the highest first; bits that a narrow word lacks are left out."""
    width = max(container.word_bits, 1)
    for top in range((width - 1) // _row, -1, -1):
        low, high = top * _row, min(width, (top + 1) * _row) - 1
        yield [_cut(one, low, high) for one in _spans(container, word, width) if one.msb >= low and one.lsb <= high]


def _cut(one: Span, low: int, high: int) -> Span:
    return attrs.evolve(one, msb=min(one.msb, high), lsb=max(one.lsb, low))


def _spans(container: Container, word: int, width: int) -> Iterator[Span]:
    constant = container.constant_bits[word] if container.constant_bits else 0
    below = width - 1
    for one in bits_of(container, word):
        yield from _between(below, one.part.msb + 1, constant)
        yield Span(one.part.msb, one.part.lsb, one)
        below = one.part.lsb - 1
    yield from _between(below, 0, constant)


def _between(msb: int, lsb: int, constant: int) -> Iterator[Span]:
    """Bits that no field has, those apart that are always set."""
    while msb >= lsb:
        is_set = constant >> msb & 1
        end = msb
        while end > lsb and constant >> end - 1 & 1 == is_set:
            end -= 1
        yield Span(msb, end, None, (1 << msb - end + 1) - 1 if is_set else 0)
        msb = end - 1


def row_picture(container: Container, word: int, row: list[Span], numbers: Mapping[str, int]) -> Html:
    """A row of boxes; `numbers` are those of the fields in their table."""
    title = f"word {word}" if container.words > 1 else ""
    boxes = [_box(container, one, numbers) for one in row]
    missing = _row - sum(one.width for one in row)
    if missing:
        boxes.insert(0, Html(f'<div style="grid-column: span {missing}"></div>'))
    return fill_from("registers.html", "word", title=title, label=_label(row), boxes=join(boxes, "\n"))


def _box(container: Container, one: Span, numbers: Mapping[str, int]) -> Html:
    ends = dict.fromkeys((one.msb, one.lsb))
    text, kind, under = _shown(one, numbers)
    cell: object = text
    if one.bits is not None:
        cell = fill_from("registers.html", "link", target=f"{container.name}.{one.bits.field.name}", text=text)
    return fill(
        "box",
        kind=f"{kind} narrow" if one.width * 2 < len(text) else kind,
        width=one.width,
        single=" one" if len(ends) == 1 else "",
        bits=join(fill("bit", number=end) for end in ends),
        text=cell,
        under=under,
    )


def _shown(one: Span, numbers: Mapping[str, int]) -> tuple[str, str, str]:
    """Text in the box, its kind, and what stands below."""
    bits = one.bits
    if bits is None:
        return (f"{one.constant:#x}" if one.width > 1 else "1", "fixed", "") if one.constant else ("", "free", "")
    mark = "~" * bits.part.inverted + "^" * bits.part.thermometer
    name = bits.field.name if bits.element is None else f"{bits.field.name}[{bits.element}]"
    short = len(mark + name) > 3 * one.width
    split = not bits.is_whole and not bits.one_hot
    under = bits.one_hot.replace("_", " ") if bits.one_hot else ""
    if split:
        under = f"[{bits.msb}]" if bits.msb == bits.lsb else f"[{bits.msb}:{bits.lsb}]"
    kind = "field" + " inverted" * bits.part.inverted + " split" * split
    return mark + (str(numbers[bits.field.name]) if short else name), kind, under


def _label(row: list[Span]) -> str:
    """The row in words, for those who cannot see it."""
    told = []
    for one in row:
        where = f"bit {one.msb}" if one.msb == one.lsb else f"bits {one.msb} to {one.lsb}"
        if one.bits is not None:
            told.append(f"{where} {' '.join([one.bits.value, *one.bits.oddities])}")
        elif one.constant:
            told.append(f"{where} set")
    return ", ".join(told) or "no fields"
