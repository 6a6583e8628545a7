"""Debugging information of an assembled file: a line table, and a compile unit that leads a debugger to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hicannx.asm.linetable import Hole, Row, line_table, load_dwarf, string, word
from hicannx.asm.number import encode_unsigned
from hicannx.asm.program import Location, Program
from hicannx.asm.relocation import Relocation
from hicannx.asm.section import Attributes, Section
from hicannx.asm.syntax import Statement
from hicannx.source import SourceFile, Span

_producer = "hicannx"


def rows_of_statements(sections: Iterable[Section]) -> tuple[list[Row], list[str]]:
    """A row for every statement that made code, and the names of their files; macros count as the line of the call."""
    names: dict[str, int] = {}
    rows: list[Row] = []
    for section in sections:
        if not section.is_code or section.is_zero:
            continue
        for offset, statement in _starts(section):
            place = statement.place
            file = names.setdefault(place.file.name, len(names) + 1)
            if not rows or rows[-1] != (section, offset, file, place.line, 0):
                rows.append(Row(section, offset, file, place.line))
    return rows, list(names)


def _starts(section: Section) -> list[tuple[int, Statement]]:
    ends = {offset for chunk in section.chunks.values() for offset in (chunk.base + chunk.full_size,)}
    found = [
        (chunk.base + offset, statement)
        for _, chunk in sorted(section.chunks.items())
        for offset, statement in chunk.lines
    ]
    return [(offset, statement) for offset, statement in found if offset < max(ends, default=0)]


def rows_of_locations(locations: Sequence[Location], order: Sequence[Section]) -> list[Row]:
    """A row for every place that a compiler has named, section by section."""
    rows = [
        Row(one.chunk.section, one.chunk.base + one.chunk.place(one.offset), one.file, one.line, one.column)
        for one in locations
    ]
    number = {section: index for index, section in enumerate(order)}
    return sorted(rows, key=lambda row: (number[row.section], row.offset))


def add_line_table(program: Program, source: SourceFile) -> list[Relocation]:
    """Add sections that tell which line the code comes from; the relocations that they need.

    Where a compiler has named the lines of its own source, these are told, and its own description is left alone.
    """
    sections = program.sections
    span = source.span(0, 0)
    if program.locations:
        count = max(program.line_files)
        names = [program.line_files.get(number, "") for number in range(1, count + 1)]
        rows = rows_of_locations(program.locations, list(sections.values()))
        line, holes = line_table(rows, names or [program.line_files[0]])
        section = _section(".debug_line", line, sections.get(".debug_line"))
        sections.setdefault(section.name, section)
        return [_relocation(section, hole, span) for hole in holes]
    rows, names = rows_of_statements(sections.values())
    if not rows or not program.options.debug:
        return []
    made, relocations = debug_sections(rows, names, source.name, str(Path.cwd()), span)
    sections.update((section.name, section) for section in made)
    return relocations


def debug_sections(
    rows: Sequence[Row], names: Sequence[str], name: str, folder: str, span: Span
) -> tuple[list[Section], list[Relocation]]:
    """`.debug_line`, `.debug_info`, `.debug_abbrev` and `.debug_aranges` for these rows, with their relocations."""
    line, line_holes = line_table(rows, names)
    line_section, abbreviations = _section(".debug_line", line), _section(".debug_abbrev", _abbreviations())
    code = list(dict.fromkeys(row.section for row in rows))
    info, info_holes = _information(code, line_section, abbreviations, name, folder)
    info_section = _section(".debug_info", info)
    ranges, range_holes = _ranges(code, info_section)
    made = [
        (line_section, line_holes),
        (info_section, info_holes),
        (abbreviations, []),
        (_section(".debug_aranges", ranges), range_holes),
    ]
    relocations = [_relocation(section, hole, span) for section, holes in made for hole in holes]
    return [section for section, _ in made], relocations


def _section(name: str, data: bytes, section: Section | None = None) -> Section:
    """A section with these contents; one that is there already holds a label at its start."""
    section = section or Section(name, Attributes())
    section.chunk().data += data
    section.chunk().size = len(data)
    section.arrange()
    section.close()
    return section


def _relocation(section: Section, hole: Hole, span: Span) -> Relocation:
    return Relocation(section, hole.offset, "R_PPC_ADDR32", None, hole.target, hole.addend, span)


def _abbreviations() -> bytes:
    dwarf = load_dwarf()
    unit = dwarf.compile_unit
    pairs = [(one.code, dwarf.forms[one.form]) for one in unit.attributes.values()]
    body = b"".join(encode_unsigned(code) + encode_unsigned(form) for code, form in [*pairs, (0, 0)])
    return encode_unsigned(1) + encode_unsigned(unit.tag) + b"\0" + body + b"\0"


def _information(
    code: list[Section], lines: Section, abbreviations: Section, name: str, folder: str
) -> tuple[bytes, list[Hole]]:
    """One compile unit. Several sections have no addresses in common: then it claims none, and the ranges tell."""
    dwarf = load_dwarf()
    single = code[0] if len(code) == 1 else None
    values: dict[str, tuple[bytes, Section | None, int]] = {
        "stmt_list": (word(0), lines, 0),
        "low_pc": (word(0), single, 0),
        "high_pc": (word(0), single, single.size if single else 0),
        "name": (string(name), None, 0),
        "comp_dir": (string(folder), None, 0),
        "producer": (string(_producer), None, 0),
        "language": (dwarf.compile_unit.language.to_bytes(2, "big"), None, 0),
    }
    start = dwarf.version.to_bytes(2, "big") + word(0) + bytes([dwarf.address_bytes])
    body, holes = bytearray(start + encode_unsigned(1)), [Hole(4 + 2, abbreviations, 0)]
    for attribute in dwarf.compile_unit.attributes:
        data, target, addend = values[attribute]
        if target is not None:
            holes.append(Hole(4 + len(body), target, addend))
        body += data
    return word(len(body)) + bytes(body), holes


def _ranges(code: list[Section], info: Section) -> tuple[bytes, list[Hole]]:
    dwarf = load_dwarf()
    start = dwarf.version.to_bytes(2, "big") + word(0) + bytes([dwarf.address_bytes, 0])
    body = bytearray(start)
    body += bytes(-(4 + len(body)) % (2 * dwarf.address_bytes))
    holes = [Hole(4 + 2, info, 0)]
    for section in code:
        holes.append(Hole(4 + len(body), section, 0))
        body += word(0) + word(section.size)
    body += bytes(2 * dwarf.address_bytes)
    return word(len(body)) + bytes(body), holes
