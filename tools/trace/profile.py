"""Where the cycles of a program go: to functions, source lines and instructions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np

from hicannx.isa.disassemble import disassemble
from hicannx.isa.load import load_isa
from hicannx.tools.binary import Line
from hicannx.tools.trace.codemap import CodeMap, source_path
from hicannx.tools.trace.counts import Counts
from hicannx.tools.trace.steps import Numbers


@attrs.frozen
class FunctionCost:
    """A function: how often it was entered at its first instruction, and the instructions and cycles in it alone."""

    name: str
    address: int
    entries: int
    instructions: int
    cycles: int


@attrs.frozen
class LineCost:
    """A source line with the instructions that were executed for it, and their cycles."""

    file: str
    line: int
    instructions: int
    cycles: int


@attrs.frozen
class InstructionCost:
    """An instruction at its address."""

    address: int
    word: int
    text: str
    label: str
    executions: int
    cycles: int


@attrs.frozen
class Profile:
    """The costs, the greatest first, but for instructions, which stand in order of addresses.

    An instruction costs the cycles from its issue to the issue of the next one; `startup_cycles` went by before the
    first one issued. `cycles` are all of them: the sum of the instructions' and those of the start.
    """

    cycles: int
    startup_cycles: int
    instructions: int
    functions: tuple[FunctionCost, ...]
    lines: tuple[LineCost, ...]
    each_instruction: tuple[InstructionCost, ...]

    def as_json(self) -> dict[str, Any]:
        """Numbers and names."""
        return attrs.asdict(self)


def make_profile(counts: Counts, code: CodeMap, startup_cycles: int) -> Profile:
    """The profile of what was counted."""
    used = counts.used
    addresses, executions, cycles = counts.addresses[used], counts.executions[used], counts.cycles[used]
    return Profile(
        int(cycles.sum()) + startup_cycles,
        startup_cycles,
        int(executions.sum()),
        tuple(_functions(code, addresses, executions, cycles)),
        tuple(_lines(code, addresses, executions, cycles)),
        tuple(_instructions(code, addresses, counts.words[used], executions, cycles)),
    )


def _functions(code: CodeMap, addresses: Numbers, executions: Numbers, cycles: Numbers) -> list[FunctionCost]:
    numbers, place = np.unique(code.functions_at(addresses), return_inverse=True)
    entries = dict(zip(addresses.tolist(), executions.tolist()))
    found = []
    for number, instructions, spent in zip(numbers.tolist(), _sums(place, executions), _sums(place, cycles)):
        one = code.functions[number] if number >= 0 else code.function_at(int(addresses[0]))
        found.append(FunctionCost(one.name, one.address, entries.get(one.address, 0), instructions, spent))
    return sorted(found, key=lambda one: (-one.cycles, one.address))


def _lines(code: CodeMap, addresses: Numbers, executions: Numbers, cycles: Numbers) -> list[LineCost]:
    places: dict[Line, int] = {}
    known = [(index, line) for index, one in enumerate(addresses.tolist()) if (line := code.line_at(one))]
    place = np.array([places.setdefault(line, len(places)) for _, line in known], np.int64)
    chosen = np.array([index for index, _ in known], np.int64)
    sums = zip(places, _sums(place, executions[chosen]), _sums(place, cycles[chosen]))
    found = [LineCost(source_path(line), line.number, instructions, spent) for line, instructions, spent in sums]
    return sorted(found, key=lambda one: (-one.cycles, one.file, one.line))


def _instructions(
    code: CodeMap, addresses: Numbers, words: Numbers, executions: Numbers, cycles: Numbers
) -> Iterable[InstructionCost]:
    for address, word, count, spent in zip(*(one.tolist() for one in (addresses, words, executions, cycles))):
        text = disassemble(load_isa(), word, address)
        yield InstructionCost(address, word, text, code.describe(address), count, spent)


def _sums(place: Numbers, values: Numbers) -> list[int]:
    """Sums of the values of each place."""
    return np.bincount(place, weights=values).astype(np.int64).tolist() if len(place) else []
