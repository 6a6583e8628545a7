"""The listing: addresses and bytes beside the source lines that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hicannx.asm.section import Section
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic
from hicannx.source import SourceFile

_row_bytes = 4
_most_rows = 4


class Record(NamedTuple):
    """Bytes that one statement made."""

    section: Section
    address: int
    size: int
    statement: Statement


def records(sections: Iterable[Section]) -> list[Record]:
    """What every statement made, section by section."""
    found = []
    for section in sections:
        for chunk in section.chunks.values():
            lines = chunk.lines
            ends = [offset for offset, _ in lines[1:]] + [chunk.full_size]
            base = section.address + chunk.base
            for (offset, statement), end in zip(lines, ends):
                found.append(Record(section, base + offset, end - offset, statement))
    return found


def make_listing(
    source: SourceFile,
    found: Sequence[Record],
    contents: Mapping[str, bytearray],
    mistakes: Iterable[Diagnostic] = (),
) -> str:
    """Every line of the source with what it made; statements of macros and other files follow the line that calls."""
    told = _by_line(source, mistakes)
    by_line: dict[int, list[Record]] = {}
    for record in found:
        place = record.statement.place
        if place.file is source:
            by_line.setdefault(place.line, []).append(record)
    lines: list[str] = []
    for number in range(1, len(source.line_starts) + 1):
        text = source.line(number)
        if number == len(source.line_starts) and not text:
            break
        lines += _line(number, text, by_line.get(number, []), contents)
        lines += told.get(number, [])
    return "".join(line.rstrip() + "\n" for line in lines)


def _by_line(source: SourceFile, mistakes: Iterable[Diagnostic]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for one in mistakes:
        places = [one.span, *(label.span for label in one.labels)]
        number = next((place.line for place in places if place is not None and place.file is source), 0)
        found.setdefault(number, []).append(f"{'*':>5}  {one.severity.value}[{one.code}]: {one.title}")
    return found


def _line(number: int, text: str, made: list[Record], contents: Mapping[str, bytearray]) -> Iterator[str]:
    margin = f"{number:>5}"
    for record in made:
        expanded = record.statement.site is not None
        if expanded and text:
            yield f"{margin}  {'':8}  {'':8}  {text}"
            margin, text = f"{'':5}", ""
        shown = f"+ {record.statement.text}" if expanded else text
        for offset, row in _rows(record, contents):
            yield f"{margin}  {record.address + offset:08x}  {row:8}  {shown}"
            margin, shown = f"{'':5}", ""
        text = "" if not expanded else text
    if text or not made:
        yield f"{margin}  {'':8}  {'':8}  {text}"


def _rows(record: Record, contents: Mapping[str, bytearray]) -> Iterator[tuple[int, str]]:
    section = record.section
    start = record.address - section.address
    data = contents.get(section.name, section.data)[start : start + record.size]
    if section.is_zero or not record.size:
        yield 0, ""
        return
    for offset in range(0, min(record.size, _row_bytes * _most_rows), _row_bytes):
        yield offset, data[offset : offset + _row_bytes].hex()
    if record.size > _row_bytes * _most_rows:
        yield _row_bytes * _most_rows, "..."
