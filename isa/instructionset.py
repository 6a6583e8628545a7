"""All rows together."""

from __future__ import annotations

from functools import cached_property, reduce
from operator import and_

import attrs

from hicannx.isa.field import Field, Kind
from hicannx.isa.instruction import Instruction
from hicannx.isa.registers import Registers
from hicannx.isa.syntax import Syntax


@attrs.frozen(slots=False, eq=False)
class InstructionSet:
    """Rows by name, every way to write one by mnemonic, the registers, the cycles of each timing class, the kinds."""

    instructions: dict[str, Instruction]
    syntaxes: dict[str, tuple[Syntax, ...]]
    registers: Registers
    timing: dict[str, int]
    kinds: dict[str, Kind]

    @cached_property
    def opcode(self) -> Field:
        """The primary opcode, which every format has at the same place."""
        return next(iter(self.instructions.values())).format.fields["opcode"]

    @cached_property
    def names(self) -> dict[str, int]:
        """Numbers of registers and condition bits by name."""
        known: dict[str, int] = {}
        for field in {one for row in self.instructions.values() for one in row.format.fields.values()}:
            prefix = self.kinds[field.kind].prefix
            known |= {f"{prefix}{number}": number for number in range(1 << field.width) if prefix}
        for kind in self.kinds.values():
            known |= {name: number for number, name in enumerate(kind.names)} | kind.also
        return known

    @cached_property
    def by_opcode(self) -> dict[int, tuple[Instruction, ...]]:
        """Rows by primary opcode."""
        table: dict[int, list[Instruction]] = {}
        for one in self.instructions.values():
            table.setdefault(self.opcode.extract(one.match), []).append(one)
        return {opcode: tuple(rows) for opcode, rows in table.items()}

    @cached_property
    def windows(self) -> tuple[tuple[int, dict[int, tuple[Instruction, ...]]], ...]:
        """For each primary opcode the bits that all its rows fix, and the rows by the values of these bits."""
        found = []
        for opcode in range(1 << self.opcode.width):
            rows = self.by_opcode.get(opcode, ())
            window = reduce(and_, (one.mask for one in rows), 0xFFFFFFFF)
            groups: dict[int, list[Instruction]] = {}
            for one in rows:
                groups.setdefault(one.match & window, []).append(one)
            found.append((window, {bits: tuple(group) for bits, group in groups.items()}))
        return tuple(found)

    @cached_property
    def syntaxes_of(self) -> dict[str, tuple[Syntax, ...]]:
        """The ways to write each row, by the row's name, in the order of the tables."""
        table: dict[str, list[Syntax]] = {name: [] for name in self.instructions}
        for group in self.syntaxes.values():
            for one in group:
                table[one.instruction.name].append(one)
        return {name: tuple(group) for name, group in table.items()}

    @cached_property
    def preferred_syntaxes(self) -> dict[str, tuple[Syntax, ...]]:
        """The ways to write each row in the order in which a disassembler tries them."""
        return {
            name: tuple(sorted((one for one in group if one.shown), key=lambda one: not one.extended))
            for name, group in self.syntaxes_of.items()
        }
