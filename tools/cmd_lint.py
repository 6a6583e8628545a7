"""`hicannx lint FILE ...`: instructions that the processor lacks, and those that behave otherwise on it."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

from hicannx.tools.output import print_json

if TYPE_CHECKING:
    from hicannx.isa.lint import Finding
    from hicannx.tools.binary import Binary, Line, Region

_word_bytes = 4
_unknown = "I402"


@attrs.frozen
class _Place:
    """A finding with where it stands; `count` words like it follow each other."""

    finding: Finding
    binary: Binary
    region: Region
    line: Line | None
    count: int = 1

    def as_json(self) -> dict[str, Any]:
        finding, diagnostic = self.finding, self.finding.diagnostic
        return {
            "file": self.binary.name,
            "section": self.region.name,
            "address": finding.address,
            "symbol": self.region.describe(finding.address),
            "line": str(self.line) if self.line else "",
            "word": finding.word,
            "text": finding.text,
            "count": self.count,
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "title": diagnostic.title,
            "notes": list(diagnostic.notes),
            "help": diagnostic.help,
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("files", nargs="+", help="ELF file (object or executable), flat image, or source (.s)")
    parser.add_argument("--ignore", action="append", default=[], metavar="CODE", help="do not report this code")


def run(options: argparse.Namespace) -> int:
    """Print the findings; 1 when there is an instruction that the processor lacks."""
    from hicannx.tools.binary import read_binary

    found = [one for name in options.files for one in _findings(read_binary(name))]
    found = [one for one in found if one.finding.diagnostic.code not in options.ignore]
    if options.json:
        print_json([one.as_json() for one in found])
    else:
        _print(found)
    return int(any(one.finding.is_lacking for one in found))


def _findings(binary: Binary) -> Iterator[_Place]:
    from hicannx.isa.lint import lint_words
    from hicannx.isa.load import load_foreign, load_isa

    isa, foreign = load_isa(), load_foreign()
    for region in binary.regions:
        if region.is_code:
            yield from _joined(_Place(one, binary, region, region.line_at(one.address))
                               for one in lint_words(isa, foreign, _words(region)))  # fmt: skip


def _words(region: Region) -> Iterator[tuple[int, int]]:
    """The words of a region that are not known to be data."""
    for offset in range(0, len(region.data) - _word_bytes + 1, _word_bytes):
        if not region.is_data(region.address + offset):
            yield region.address + offset, int.from_bytes(region.data[offset : offset + _word_bytes], "big")


def _joined(places: Iterator[_Place]) -> Iterator[_Place]:
    """Words that follow each other and are no instructions, as one finding."""
    waiting: _Place | None = None
    for one in places:
        if waiting and _follows(one, waiting):
            waiting = attrs.evolve(waiting, count=waiting.count + 1)
            continue
        if waiting:
            yield waiting
        waiting = one
    if waiting:
        yield waiting


def _follows(one: _Place, before: _Place) -> bool:
    codes = {one.finding.diagnostic.code, before.finding.diagnostic.code}
    return codes == {_unknown} and one.finding.address == before.finding.address + _word_bytes * before.count


def _print(found: list[_Place]) -> None:
    helped: set[tuple[str, str]] = set()
    for one in found:
        diagnostic = one.finding.diagnostic
        print(f"{_where(one)}: {diagnostic.severity.value}[{diagnostic.code}]: {_title(one)}")
        for note in diagnostic.notes:
            print(f"  = note: {note}")
        key = (diagnostic.code, diagnostic.help)
        if diagnostic.help and key not in helped:
            print(f"  = help: {diagnostic.help}")
            helped.add(key)
    print(_summary(found))


def _where(one: _Place) -> str:
    inside = f"{one.region.name}+{one.finding.address:#x}" if one.binary.relocatable else f"{one.finding.address:#x}"
    symbol = one.region.describe(one.finding.address)
    line = f" {one.line}" if one.line else ""
    return f"{one.binary.name}: {inside}{f' <{symbol}>' if symbol else ''}{line}"


def _title(one: _Place) -> str:
    finding = one.finding
    if one.count > 1:
        return f"{one.count} words from {finding.word:#010x} on are no instructions"
    shown = "" if finding.text.startswith(".") else f": {finding.text}"
    return f"{finding.diagnostic.title}{shown}"


def _summary(found: list[_Place]) -> str:
    if not found:
        return "nothing to report"
    counts = Counter({"lacking": 0, "unknown": 0, "other": 0})
    for one in found:
        unknown = one.finding.diagnostic.code == _unknown
        counts["lacking" if one.finding.is_lacking else "unknown" if unknown else "other"] += one.count
    return (
        f"{_many(counts['lacking'], 'instruction')} that the processor lacks, "
        f"{_many(counts['other'], 'warning')}, {_many(counts['unknown'], 'unknown word')}"
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s'[: count != 1]}"
