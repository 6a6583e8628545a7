"""The cross reference: where every symbol is defined, and the lines that name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import attrs

from hicannx.asm.mistake import Report
from hicannx.asm.parse import parse
from hicannx.asm.symbol import Symbol
from hicannx.diagnostic import Diagnostics
from hicannx.source import SourceFile

_word = re.compile(r'"(?:\\.|[^"\\])*"|([A-Za-z_.$][\w.$]*)', re.ASCII)
_width = 78


@attrs.frozen
class Reference:
    """A symbol with what it is (`section+offset`, a value, `common`, `undefined`), definition and uses as FILE:LINE."""

    name: str
    what: str
    defined: str
    used: tuple[str, ...]


def cross_reference(files: Iterable[SourceFile], symbols: Mapping[str, Symbol]) -> list[Reference]:
    """Every symbol that the sources define or name, by name; the lines are those of the sources, macros unexpanded."""
    uses: dict[str, dict[str, None]] = {}
    for file in files:
        for name, place in _mentions(file):
            if name in symbols:
                uses.setdefault(name, {})[place] = None
    found = []
    for name, symbol in sorted(symbols.items()):
        defined = f"{symbol.defined_at.file.name}:{symbol.defined_at.line}" if symbol.defined_at else ""
        used = tuple(place for place in uses.get(name, ()) if place != defined)
        found.append(Reference(name, _describe(symbol), defined, used))
    return found


def _mentions(file: SourceFile) -> Iterator[tuple[str, str]]:
    """Names in operands, and where; mistakes of the source are told elsewhere."""
    for statement in parse(file, Report(Diagnostics())):
        names = [word for word in _word.findall(statement.body) if word]
        if names:
            place = f"{file.name}:{statement.span.line}"
            yield from ((name, place) for name in names)


def _describe(symbol: Symbol) -> str:
    if symbol.chunk is not None:
        return f"{symbol.chunk.section.name}+{symbol.section_offset:#x}"
    if symbol.common is not None:
        return f"common, {symbol.common[0]} bytes"
    return f"{symbol.value:#x}" if isinstance(symbol.value, int) else "a value" if symbol.is_defined else "undefined"


def cross_reference_text(references: Iterable[Reference]) -> str:
    """A line a symbol, its uses below."""
    lines = []
    for one in references:
        lines.append(f"{one.name:<24} {one.what:<24} {one.defined or '-'}")
        line = "   "
        for place in one.used:
            if len(line) + len(place) + 1 > _width:
                lines.append(line)
                line = "   "
            line += f" {place}"
        lines += [line] if line.strip() else []
    return "".join(f"{line}\n" for line in lines)
