"""What is known of a program's addresses: functions, labels, source lines, and the words that stand there at first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import attrs
import numpy as np

from hicannx.isa.disassemble import branch_target
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import word_bytes
from hicannx.tools.binary import Binary, Line, Region, read_binary
from hicannx.tools.trace.branches import branch_of, vectors
from hicannx.tools.trace.steps import Numbers


@attrs.frozen
class Function:
    """A function: where it begins, and its name, which is the address where it has no other."""

    address: int
    name: str


@attrs.frozen(eq=False, slots=False)
class CodeMap:
    """The code of a program."""

    binary: Binary

    @cached_property
    def regions(self) -> list[Region]:
        """The parts that hold instructions."""
        return [one for one in self.binary.regions if one.is_code]

    @cached_property
    def words(self) -> Mapping[int, int]:
        """The instruction words by address."""
        return {address: word for region in self.regions for address, word in _words(region)}

    @cached_property
    def lines(self) -> Mapping[int, Line]:
        """The source line of each instruction that has one; directives that make data are left out."""
        found = ((one, region.line_at(one)) for region in self.regions for one, _ in _words(region))
        return {address: line for address, line in found if line is not None}

    def line_at(self, address: int) -> Line | None:
        """The source line of a word, whatever made it."""
        region = self._region(address)
        return region.line_at(address) if region else None

    @cached_property
    def functions(self) -> list[Function]:
        """Functions by address: what is declared as one, is called, handles an interrupt, or begins a part."""
        starts = {region.address for region in self.regions} | self._called
        starts |= {address for region in self.regions for address in region.functions}
        return [Function(one, self._name(one) or f"{one:#06x}") for one in sorted(starts)]

    @cached_property
    def _called(self) -> set[int]:
        """Where branches lead to that keep a way back, or that stand where interrupts enter."""
        chosen = [(address, word) for address, word in self.words.items() if branch_of(word).links]
        entries = [(address, self.words[address]) for address in vectors() if address in self.words]
        chosen += [(address, word) for address, word in entries if not branch_of(word).is_conditional]
        targets = ((address, branch_target(load_isa(), word, address)) for address, word in chosen)
        # To the instruction behind branches what wants to know its own address.
        return {
            one for address, one in targets if one is not None and one in self.words and one != address + word_bytes()
        }

    @cached_property
    def _starts(self) -> Numbers:
        return np.array([one.address for one in self.functions], np.int64)

    def functions_at(self, addresses: Numbers) -> Numbers:
        """The number of the function that each address belongs to, -1 in front of the first."""
        return np.asarray(np.searchsorted(self._starts, addresses, side="right") - 1, np.int64)

    def function_at(self, address: int) -> Function:
        """The function that an address belongs to; one of its own where there is none."""
        number = int(self.functions_at(np.array([address], np.int64))[0])
        return self.functions[number] if number >= 0 else Function(address, f"{address:#06x}")

    def describe(self, address: int) -> str:
        """The nearest label at or before an address, such as `loop+0x8`; empty where there is none."""
        region = self._region(address)
        return region.describe(address) if region else ""

    def _name(self, address: int) -> str:
        region = self._region(address)
        names = region.names.get(address, []) if region else []
        return names[0] if names else ""

    def _region(self, address: int) -> Region | None:
        return next((one for one in self.regions if one.address <= address < one.end), None)


def read_codemap(path: str | Path) -> CodeMap:
    """The code of a program in a file, as `read_binary` takes it."""
    return CodeMap(read_binary(path))


def source_path(line: Line) -> str:
    """The path of a line's file; absolute, since tools that read it may be run elsewhere."""
    return os.path.abspath(os.path.join(line.folder, line.file))


def _words(region: Region) -> Iterator[tuple[int, int]]:
    size = word_bytes()
    for offset in range(0, len(region.data) - size + 1, size):
        if not region.is_data(region.address + offset):
            yield region.address + offset, int.from_bytes(region.data[offset : offset + size], "big")
