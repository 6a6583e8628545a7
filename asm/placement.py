"""Directives that say where things go: sections, alignment, the location counter."""

from __future__ import annotations

from collections.abc import Callable

from hicannx.asm.elf import load_format
from hicannx.asm.evaluate import PlacedOperand, constant, operands_of, value_of
from hicannx.asm.expression import Place
from hicannx.asm.mistake import mistake
from hicannx.asm.padding import code_padding
from hicannx.asm.program import Program
from hicannx.asm.row import Row
from hicannx.asm.section import Attributes, Section
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import did_you_mean

_alignment_limit = 1 << 28


def _named_section(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (0, 1), row.usage)
    number = constant(statement, operands[0], program.scope) if operands else 0
    program.enter(program.section(row.name).chunk(number))


def _section(program: Program, statement: Statement, row: Row) -> None:
    section = _described_section(program, statement, row)
    if row.name == "push":
        program.stack.append((program.chunk, program.previous))
    program.enter(section.chunk())


def _described_section(program: Program, statement: Statement, row: Row) -> Section:
    name, *rest = _section_words(statement)
    if not name:
        title = f"`{statement.mnemonic}` has no section name"
        raise mistake("A111", title, statement.span, help=f"write `{row.usage}`")
    known = program.sections.get(name)
    if not rest:
        return known or program.section(name)
    flags = "".join(sorted(rest[0].strip('"'), key="awxMSG".find))
    kind = rest[1].lstrip("@%") if len(rest) > 1 else (known or Section(name, Attributes())).attributes.type
    if kind not in load_format().section_types:
        help_text = did_you_mean(kind, load_format().section_types)
        raise mistake("A112", f"unknown section type `{kind}`", statement.body_span, help=help_text)
    size = int(rest[2], 0) if len(rest) > 2 and rest[2].isdigit() else 0
    if wrong := set(flags) - set("awxMSGeo?"):
        title = f"unknown section flag `{sorted(wrong)[0]}`"
        raise mistake("A112", title, statement.body_span, help="flags are a (loaded), w (written), x (code), M, S, G")
    section = program.section(name, Attributes(flags, kind, size))
    old = section.attributes
    if known and set(flags) and set(flags) != set(old.flags):
        title = f"section `{name}` had the flags `{old.flags}` before"
        raise mistake("A312", title, statement.body_span, help=f'write `.section {name}` or the flags `"{old.flags}"`')
    return section


def _section_words(statement: Statement) -> list[str]:
    words = [word.strip() for word in statement.body.split(",")]
    return [words[0].strip('"'), *words[1:]]


def _pop_section(program: Program, statement: Statement, row: Row) -> None:
    if not program.stack:
        raise mistake("A114", "`.popsection` without `.pushsection`", statement.mnemonic_span, help="remove it")
    program.scope.chunk, program.previous = program.stack.pop()


def _previous(program: Program, statement: Statement, row: Row) -> None:
    if program.previous is None:
        raise mistake("A114", "`.previous` without a section before", statement.mnemonic_span, help="remove it")
    program.enter(program.previous)


def _subsection(program: Program, statement: Statement, row: Row) -> None:
    (operand,) = operands_of(statement, (1, 1), row.usage)
    program.enter(program.chunk.section.chunk(constant(statement, operand, program.scope)))


def _align(program: Program, statement: Statement, row: Row) -> None:
    operands = _optional_operands(program, statement, row, 3)
    boundary = 1 if operands[0] is None else operands[0]
    if row.name == "power":
        boundary = 1 << boundary if 0 <= boundary < 64 else 0
    if boundary <= 0 or boundary & (boundary - 1) or boundary > _alignment_limit:
        title = f"an alignment of {statement.body} is not possible"
        wanted = "the exponent of a power of two, up to 28" if row.name == "power" else "a power of two"
        raise mistake("A313", title, statement.body_span, help=f"`{statement.mnemonic}` takes {wanted}")
    align(program, statement, boundary, (operands[1], row.size), operands[2])


def align(
    program: Program, statement: Statement, boundary: int, fill: tuple[int | None, int], most: int | None = None
) -> None:
    """Pad up to a multiple of `boundary` with `fill` (value, bytes), or what the section is padded with by itself."""
    chunk = program.chunk
    size = -chunk.size % boundary
    if most is not None and 0 < most < size:
        return
    chunk.align = max(chunk.align, boundary)
    value, width = fill
    program.check_room(size, statement)
    if value is None and chunk.section.is_code:
        program.append(code_padding(size, ends_groups=program.machine.ends_groups), statement)
    elif value is None or chunk.section.is_zero:
        program.reserve(size, statement)
    else:
        pattern = (value % (1 << 8 * width)).to_bytes(width, "big")
        program.append(bytes(size % width) + pattern * (size // width), statement)


def _optional_operands(program: Program, statement: Statement, row: Row, most: int) -> list[int | None]:
    """Constants, None for one that is left out (`.p2align 5,,4`)."""
    texts = statement.body.split(",") if statement.body else []
    blank = [index for index, text in enumerate(texts) if not text.strip()]
    filled = ",".join(text if index not in blank else "0" for index, text in enumerate(texts))
    counted = Statement(
        statement.file, statement.start, statement.text, (), statement.mnemonic, statement.mnemonic_start,
        filled if blank else statement.body, statement.body_start, statement.site,
    )  # fmt: skip
    operands = operands_of(counted, (0, most), row.usage)
    values = [constant(counted, operand, program.scope) for operand in operands]
    found = [None if index in blank else value for index, value in enumerate(values)]
    return found + [None] * (most - len(found))


def _org(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (1, 2), row.usage)
    target = _offset_in_chunk(program, statement, operands[0])
    fill = constant(statement, operands[1], program.scope) if len(operands) > 1 else 0
    size = target - program.chunk.size
    if size < 0:
        title = f"`.org` would move back from offset {program.chunk.size:#x} to {target:#x}"
        raise mistake("A308", title, operands[0].span(statement), help="a location counter moves forward only")
    program.check_room(size, statement)
    if fill:
        program.append(bytes([fill & 0xFF]) * size, statement)
    else:
        program.reserve(size, statement)


def _offset_in_chunk(program: Program, statement: Statement, operand: PlacedOperand) -> int:
    value = value_of(statement, operand, program.scope)
    if isinstance(value, int):
        return value
    if isinstance(value, Place) and value.minus is None and value.symbol.chunk is program.chunk:
        return value.symbol.offset + value.addend
    title = f"`{operand.operand.text}` is not a place before this line in section `{program.chunk.section.name}`"
    raise mistake("A302", title, operand.span(statement), help="give an offset, or a label of this section plus one")


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "named_section": _named_section,
    "section": _section,
    "pop_section": _pop_section,
    "previous": _previous,
    "subsection": _subsection,
    "align": _align,
    "org": _org,
}
