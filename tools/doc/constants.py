"""The constants of the C header, from the tables that know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from hicannx.isa.instructionset import InstructionSet
from hicannx.isa.registers import Registers


@attrs.frozen
class Constants:
    """Numbers that belong together: what they are, and their names and values as C writes them."""

    doc: str
    values: Mapping[str, str]


def constants(isa: InstructionSet) -> Iterator[Constants]:
    """All of them, in the order of the header."""
    registers = isa.registers
    yield _vectors(registers)
    yield _conditions()
    numbers = {f"SPR_{name}": str(one.number) for name, one in registers.special_registers.items()}
    yield Constants("Numbers of special registers", numbers)
    yield Constants("Bits of registers", _bits(registers))
    vectors = {f"INTERRUPT_{name.upper()}": _hex(one.vector) for name, one in registers.interrupts.items()}
    yield Constants("Addresses of the interrupt vectors", vectors)
    yield from _machine()


def _vectors(registers: Registers) -> Constants:
    size = registers.vector.slices * registers.vector.bytes_of_a_slice
    values = {"VECTOR_BYTES": str(size), "VECTOR_REGISTERS": str(registers.counts["vector"])}
    return Constants("Vector registers", values)


def _conditions() -> Constants:
    from hicannx.isa.semantics.state import load_state

    values = {f"COND_{name.upper()}": str(code) for name, code in load_state().condition.items()}
    return Constants("Conditions of vector instructions: how the last comparison found an element, against 0", values)


def _bits(registers: Registers) -> dict[str, str]:
    found = {f"XER_{name}": _hex(1 << bit) for name, bit in registers.xer.items()}
    for register, fields in registers.register_bits.items():
        found |= {f"{register}_{name.upper()}": _hex(registers.mask(register, name)) for name in fields}
    return found


def _machine() -> Iterator[Constants]:
    """The surroundings of the processors, as the emulator knows them."""
    from hicannx.emu.facts import load_facts

    facts = load_facts("machine")
    spaces = {}
    for name, one in facts["ppu"]["data_spaces"].items():
        spaces[f"{name.upper()}_BASE"] = _hex(one["base"])
        spaces[f"{name.upper()}_BYTES"] = _hex(one["bytes"])
    yield Constants("Memory as loads and stores see it", spaces)
    rows = {f"PBUS_{name.upper()}": _hex(one["base"]) for name, one in facts["ppu"]["parallel_bus"].items()}
    yield Constants("Parallel bus, for fxvinx and fxvoutx: base + 2 * row + parity, parity 0 for even columns", rows)
    bits = {f"PBUS_{name.upper()}": _hex(one) for name, one in facts["ppu"]["parallel_bus_bits"].items()}
    yield Constants("Bits of such an address; buffered: what the last conversion has latched", bits)
    cycle = facts["clocks"]["ppu_cycle"] * facts["clocks"]["tick_ns"]
    yield Constants("Clock", {"CYCLE_NS": str(cycle)})


def _hex(value: int) -> str:
    return f"{value:#x}u"
