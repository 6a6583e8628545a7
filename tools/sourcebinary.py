"""Assembly sources as regions: their sections, with the source line of every word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hicannx.diagnostic import DiagnosticError
from hicannx.tools.binary import Binary, Line, Region

if TYPE_CHECKING:
    from hicannx.asm.assemble import Assembly
    from hicannx.asm.section import Section

_directive = "."
_function = "func"


def from_source(path: Path) -> Binary:
    """Assemble a source, with instructions that the processor lacks where there are some."""
    from hicannx.asm.assemble import assemble
    from hicannx.asm.options import Options

    try:
        assembly = assemble(path)
    except DiagnosticError as error:
        if all(one.code != "A210" for one in error.diagnostics):
            raise
        assembly = assemble(path, Options(dialect="gas", register_names=True))
    sections = [one for one in assembly.sections.values() if one.size and not one.is_zero and one.is_loaded]
    contents = _contents(sections, assembly)
    sections.sort(key=lambda one: one.address)
    return Binary(str(path), tuple(_region(one, contents[one.name], assembly) for one in sections))


def _contents(sections: list[Section], assembly: Assembly) -> dict[str, bytes]:
    """The bytes of each section in the memory image, or without the addresses of symbols where some are undefined."""
    try:
        image = assembly.image()
    except DiagnosticError:
        return {one.name: bytes(one.data) for one in sections}
    return {one.name: image[one.address : one.address + one.size] for one in sections}


def _region(section: Section, data: bytes, assembly: Assembly) -> Region:
    placed = [one for one in assembly.symbols.values() if one.chunk is not None and one.chunk.section is section]
    labels = sorted((section.address + one.section_offset, one.name) for one in placed if not one.name.startswith(".L"))
    functions = frozenset(section.address + one.section_offset for one in placed if one.kind == _function)

    def line_at(address: int) -> Line | None:
        span = assembly.line_at(address)
        return None if span is None else Line(span.file.name, span.line)

    islands = _islands(section)
    return Region(section.name, section.address, data, section.is_code, tuple(labels), islands, {}, line_at, functions)


def _islands(section: Section) -> tuple[tuple[int, int], ...]:
    """What directives made, not instructions."""
    found = []
    for chunk in section.chunks.values():
        ends = [offset for offset, _ in chunk.lines[1:]] + [chunk.size]
        base = section.address + chunk.base
        for (offset, statement), end in zip(chunk.lines, ends, strict=True):
            if statement.mnemonic.startswith(_directive):
                found.append((base + offset, base + end))
    return tuple(sorted(found))
