"""One instruction on a page."""

from __future__ import annotations

from hicannx.isa.disassemble import disassemble
from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.picture import Box, picture
from hicannx.isa.syntax import Operand
from hicannx.tools.doc.semantics import marked_semantics
from hicannx.tools.doc.spelling import base, range_text, spellings
from hicannx.tools.doc.template import Html, fill, join

_slashes = 3  # at most so many stand for bits without a meaning


def anchor(row: Instruction) -> str:
    """Its place on the page of its family."""
    return row.name


def entry(isa: InstructionSet, row: Instruction) -> Html:
    """Everything that the tables say of it."""
    pieces = picture(row)
    return fill(
        "instruction",
        anchor=anchor(row),
        name=row.name,
        operands=row.asm,
        label=_label(pieces),
        boxes=join((_box(one, pieces[0].msb) for one in pieces), "\n"),
        semantics=marked_semantics(row),
        deviation=fill("deviation", text=row.deviation) if row.deviation else "",
        cycles=isa.timing[row.timing],
        timing=row.timing,
        match=f"{row.match:#010x}",
        mask=f"{row.mask:#010x}",
        format=row.format.name,
        source=row.source,
        table_of_operands=_operands(isa, row),
        spellings=spellings(isa, row),
        examples=join((_example(isa, text, word) for text, word in row.examples.items()), "\n"),
    )


def _box(box: Box, top: int) -> Html:
    """One box; bits are counted from the most significant one, as the Power ISA does."""
    ends = dict.fromkeys((top - box.msb, top - box.lsb))
    kind = "field" if box.name and box.value is None else "fixed" if box.value is not None else "free"
    return fill(
        "box",
        kind=f"{kind} narrow" if box.width < len(_shown(box)) else kind,
        width=box.width,
        single=" one" if len(ends) == 1 else "",
        bits=join(fill("bit", number=one) for one in ends),
        text=_shown(box),
        under=box.name if box.value is not None else "",
    )


def _shown(box: Box) -> str:
    if box.value is not None:
        return str(box.value)
    return box.name or "/" * min(box.width, _slashes)


def _label(pieces: tuple[Box, ...]) -> str:
    """The picture in words, for those who cannot see it."""
    told = []
    for one in pieces:
        name = one.name or "bits without name"
        told.append(f"{name} {one.width}" + (f" = {one.value}" if one.value is not None else ""))
    return "fields and their widths: " + ", ".join(told)


def _operands(isa: InstructionSet, row: Instruction) -> Html:
    operands = base(isa, row).operands
    rows = join((_operand(isa, one) for one in operands), "\n")
    return fill("operands", rows=rows) if operands else Html("")


def _operand(isa: InstructionSet, one: Operand) -> Html:
    kind = isa.kinds[one.kind]
    notes = [f"multiples of {one.scale}"] if one.scale > 1 else []
    notes += [f"{one.default} when left out"] if one.default is not None else []
    notes += [", ".join(f"{name} = {value}" for value, name in enumerate(kind.names))] if kind.names else []
    range_shown = f"{kind.prefix}{one.low} to {kind.prefix}{one.high}" if kind.prefix else range_text(one)
    return fill("operand", name=one.name, doc=kind.doc, range=range_shown, notes="; ".join(notes))


def _example(isa: InstructionSet, text: str, word: int) -> Html:
    return fill("example", text=text, word=f"{word:#010x}", back=disassemble(isa, word))
