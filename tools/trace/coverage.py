"""Which source lines and branches of a program were executed, in the format of lcov's tracefiles.

Source of the format: geninfo(1) of lcov, section "files".
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

import attrs

from hicannx.tools.trace.branches import branch_of
from hicannx.tools.trace.codemap import CodeMap, source_path
from hicannx.tools.trace.counts import Counts

_never = "-"  # of a branch that was not reached


@attrs.frozen
class BranchCover:
    """A conditional branch: how often it was executed, and how often it went straight on."""

    executions: int
    straight: int

    @property
    def ways(self) -> tuple[str, str]:
        """How often it was taken, and how often not."""
        if not self.executions:
            return _never, _never
        return str(self.executions - self.straight), str(self.straight)


@attrs.define
class LineCover:
    """A line: executions of the most executed of its instructions, and its branches in order of addresses."""

    executions: int = 0
    branches: list[BranchCover] = attrs.field(factory=list)


@attrs.define
class FileCover:
    """Lines by number, and functions: where each begins and how often it was entered."""

    lines: dict[int, LineCover] = attrs.field(factory=dict)
    functions: dict[str, tuple[int, int]] = attrs.field(factory=dict)

    def add(self, other: FileCover) -> None:
        """Add the executions of another processor."""
        for number, line in other.lines.items():
            mine = self.lines.setdefault(number, LineCover())
            pairs = zip_longest(mine.branches, line.branches, fillvalue=BranchCover(0, 0))
            both = [BranchCover(one.executions + more.executions, one.straight + more.straight) for one, more in pairs]
            self.lines[number] = LineCover(mine.executions + line.executions, both)
        for name, (begin, entries) in other.functions.items():
            self.functions[name] = begin, self.functions.get(name, (begin, 0))[1] + entries


def make_coverage(counts: Counts, code: CodeMap) -> dict[str, FileCover]:
    """Coverage by source file, of all lines that have instructions."""
    found: dict[str, FileCover] = {}
    used = counts.used.tolist()
    place = dict(zip(counts.addresses[used].tolist(), used))
    executed = {address: line for address in place if (line := code.line_at(address))}
    for address, line in sorted({**code.lines, **executed}.items()):
        number = place.get(address)
        executions = int(counts.executions[number]) if number is not None else 0
        cover = found.setdefault(source_path(line), FileCover()).lines.setdefault(line.number, LineCover())
        cover.executions = max(cover.executions, executions)
        word = code.words[address] if number is None else int(counts.words[number])
        if branch_of(word).is_conditional:
            cover.branches.append(BranchCover(executions, int(counts.straight[number]) if number is not None else 0))
    for function in code.functions:
        if begin := code.lines.get(function.address):
            number = place.get(function.address)
            entries = int(counts.executions[number]) if number is not None else 0
            found[source_path(begin)].functions[function.name] = begin.number, entries
    return found


def as_lcov(covers: dict[str, FileCover], test: str = "") -> str:
    """The text of a tracefile; branch 0 of a block is the one taken, branch 1 straight on."""
    return "".join(f"{line}\n" for path, cover in sorted(covers.items()) for line in _file(path, cover, test))


def _file(path: str, cover: FileCover, test: str) -> Iterator[str]:
    yield from (f"TN:{test}", f"SF:{path}")
    functions = sorted(cover.functions.items(), key=lambda one: one[1][0])
    yield from (f"FN:{line},{name}" for name, (line, _) in functions)
    yield from (f"FNDA:{entries},{name}" for name, (_, entries) in functions)
    yield from (f"FNF:{len(functions)}", f"FNH:{sum(entries > 0 for _, (_, entries) in functions)}")
    lines = sorted(cover.lines.items())
    ways = [(number, block, way, taken) for number, line in lines for block, one in enumerate(line.branches)
            for way, taken in enumerate(one.ways)]  # fmt: skip
    yield from (f"BRDA:{number},{block},{way},{taken}" for number, block, way, taken in ways)
    yield from (f"BRF:{len(ways)}", f"BRH:{sum(taken not in (_never, '0') for *_, taken in ways)}")
    yield from (f"DA:{number},{line.executions}" for number, line in lines)
    yield from (f"LF:{len(lines)}", f"LH:{sum(line.executions > 0 for _, line in lines)}", "end_of_record")
