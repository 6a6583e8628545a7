"""Encoding: values of operands to words and data, or to relocations where a symbol's address is not known yet."""

from __future__ import annotations

from hicannx.asm.expression import Place, settle
from hicannx.asm.instruction import encode_instruction, unsupported
from hicannx.asm.mistake import collecting, mistake
from hicannx.asm.program import PlacedValue, Program
from hicannx.asm.relocation import Relocation, load_relocations, operator_of, relocate
from hicannx.asm.symbol import Symbol
from hicannx.diagnostic import DiagnosticError


def encode(program: Program) -> list[Relocation]:
    """Fill in the bytes of all instructions and values; what a linker has to complete is returned."""
    relocations: list[Relocation] = []
    for placed in program.instructions:
        with collecting(program.diagnostics, placed.statement):
            encode_instruction(placed, relocations)
    for value in program.values:
        with collecting(program.diagnostics, value.statement):
            _encode_value(value, relocations)
    for symbol in program.symbols.names.values():
        try:
            _settle_symbol(symbol)
        except DiagnosticError as error:
            program.diagnostics.collected += error.diagnostics
    order = {section.name: index for index, section in enumerate(program.sections.values())}
    relocations.sort(key=lambda one: (order[one.section.name], one.offset))
    return relocations


def _encode_value(placed: PlacedValue, relocations: list[Relocation]) -> None:
    table = load_relocations()
    value = settle(placed.value)
    section, start = placed.chunk.section, placed.chunk.base + placed.offset
    if section.is_zero:
        raise mistake("A310", f"section `{section.name}` holds zeros only", placed.span, help="put it into `.data`")
    if isinstance(value, int):
        operator = operator_of(placed.suffix, placed.span)
        number = operator.apply(value) if operator else value
        section.data[start : start + placed.size] = (number % (1 << 8 * placed.size)).to_bytes(placed.size, "big")
        return
    relocation = None
    for name, field in table.fields.items():
        # an operator in a word changes its lower half only, as in an instruction
        place = placed.size - field.bytes
        if relocation is None and field.multiple == 1 and place in {0, field.place}:
            relocation = relocate(placed.chunk, placed.offset + place, name, placed.suffix, value, placed.span)
    if relocation is None:
        raise unsupported(placed.suffix, value, placed.span)
    relocations.append(relocation)


def _settle_symbol(symbol: Symbol) -> None:
    """Find the final value of a variable, and the declared size; an alias has size and kind of what it names."""
    if symbol.alias_of is not None and symbol.kind == "notype":
        symbol.kind = symbol.alias_of.kind
        symbol.size_value = symbol.size_value if symbol.size_value is not None else symbol.alias_of.size_value
    if symbol.value is not None:
        value = settle(symbol.value)
        if isinstance(value, Place) and value.minus is None and value.symbol.chunk is not None:
            symbol.value, symbol.chunk = None, value.symbol.chunk
            symbol.offset = value.symbol.offset + value.addend
        else:
            symbol.value = value
    if symbol.size_value is not None:
        size = settle(symbol.size_value)
        symbol.declared_size = size if isinstance(size, int) else 0
