"""A profile for people: tables of functions and lines, and the code with the cost of each instruction."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from hicannx.tools.binary import Line
from hicannx.tools.sourcelines import SourceLines
from hicannx.tools.trace.codemap import CodeMap
from hicannx.tools.trace.profile import InstructionCost, LineCost, Profile

_most_lines = 20
_most_letters = 48  # of a source line
_wide = 1000  # no column of a table has to be cut


def tables(profile: Profile, code: CodeMap, title: str = "") -> str:
    """Totals, all functions, and the lines with the most cycles."""
    rows = [
        (one.name, f"{one.entries:,}", f"{one.instructions:,}", *_cost(one.cycles, one.instructions, profile))
        for one in profile.functions
    ]
    parts = [title] if title else []
    parts.append(_totals(profile))
    parts.append(_table(("function", "entries", "instructions", "cycles", "%", "cycles each"), rows))
    if profile.lines:
        shown, sources = profile.lines[:_most_lines], _sources(code)
        names = [f"{Path(one.file).name}:{one.line}" for one in shown]
        rows = [
            (name, _source(sources, one), f"{one.instructions:,}", *_cost(one.cycles, one.instructions, profile))
            for name, one in zip(names, shown)
        ]
        parts.append(_table(("line", "source", "instructions", "cycles", "%", "cycles each"), rows, text_columns=2))
    return "\n\n".join(parts) + "\n"


def listing(profile: Profile, code: CodeMap) -> str:
    """The executed instructions in order of addresses with executions, cycles and percent, their source lines above."""
    return "\n".join(_listed(profile, code)) + "\n"


def _listed(profile: Profile, code: CodeMap) -> Iterator[str]:
    lines, before = _sources(code), ""
    yield f"{'executions':>12} {'cycles':>12} {'%':>6}  address"
    for one in profile.each_instruction:
        name = code.function_at(one.address).name
        if name != before:
            yield f"\n{name}:"
        before = name
        yield from lines.new(code.line_at(one.address))
        yield _instruction(one, profile)


def _instruction(one: InstructionCost, profile: Profile) -> str:
    cost = f"{one.executions:>12,} {one.cycles:>12,} {_percent(one.cycles, profile):>6}"
    return f"{cost}  {one.address:#06x}  {one.label:<20}  {one.text}"


def _totals(profile: Profile) -> str:
    each = profile.cycles / profile.instructions if profile.instructions else 0.0
    text = f"{profile.instructions:,} instructions in {profile.cycles:,} cycles, {each:.2f} cycles each"
    return f"{text}; {profile.startup_cycles:,} cycles before the first"


def _cost(cycles: int, instructions: int, profile: Profile) -> tuple[str, str, str]:
    return f"{cycles:,}", _percent(cycles, profile), f"{cycles / instructions:.2f}"


def _percent(cycles: int, profile: Profile) -> str:
    return f"{100 * cycles / profile.cycles:.2f}" if profile.cycles else "0.00"


def _sources(code: CodeMap) -> SourceLines:
    return SourceLines(Path(code.binary.name).parent)


def _source(sources: SourceLines, cost: LineCost) -> str:
    text = sources.text(Line(cost.file, cost.line)).strip()
    return text if len(text) <= _most_letters else f"{text[: _most_letters - 1]}…"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int = 1) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, name in enumerate(head):
        is_text = number < text_columns
        table.add_column(name, justify="left" if is_text else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(_escaped(one) for one in row))
    stream = io.StringIO()
    Console(file=stream, width=_wide, color_system=None).print(table)
    return "\n".join(line.rstrip() for line in stream.getvalue().rstrip().splitlines())


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
