"""Encoding: values of operands to words and data, or to relocations where a symbol's address is not known yet."""

from __future__ import annotations

from hicannx.asm.expression import Place, settle
from hicannx.asm.instruction import encode_instruction
from hicannx.asm.misfit import unsupported
from hicannx.asm.mistake import Report, collecting, mistake
from hicannx.asm.program import PlacedValue, Program
from hicannx.asm.relocation import Relocation, load_relocations, operator_of, relocate
from hicannx.asm.symbol import Symbol
from hicannx.diagnostic import DiagnosticError


def encode(program: Program) -> list[Relocation]:
    """Fill in the bytes of all instructions and values; what a linker has to complete is returned."""
    report, relocations = program.report, program.relocations
    _settle_symbols(program)
    for placed in program.instructions:
        report.statement = placed.statement
        try:
            encode_instruction(placed, relocations, report)
        except DiagnosticError as error:
            report.collect(error.diagnostics)
    for value in program.values:
        with collecting(report, value.statement):
            _encode_value(value, relocations, report)
    report.statement = None
    for finish in program.late:
        finish()
    order = {section.name: index for index, section in enumerate(program.sections.values())}
    relocations.sort(key=lambda one: (order[one.section.name], one.offset))
    return relocations


def _encode_value(placed: PlacedValue, relocations: list[Relocation], report: Report) -> None:
    table = load_relocations()
    value = settle(placed.value)
    section, place = placed.chunk.section, placed.chunk.place(placed.offset)
    start = placed.chunk.base + place
    if section.is_zero:
        raise mistake("A310", f"section `{section.name}` holds zeros only", placed.span, help="put it into `.data`")
    if isinstance(value, int):
        operator = operator_of(placed.suffix, placed.span)
        if operator and placed.size < table.fields[table.half].bytes:
            title = f"`@{placed.suffix}` makes two bytes, here is room for {placed.size}"
            raise mistake("A305", title, placed.span, help="write `.short`, or compute the part with `>>` and `&`")
        number = operator.take(value, signed=False) if operator else value
        section.data[start : start + placed.size] = (number % (1 << 8 * placed.size)).to_bytes(placed.size, "big")
        return
    field = next((name for name, one in table.fields.items() if one.bytes == placed.size and one.multiple == 1), "")
    _look_at(placed, value, report)
    relocation = relocate(placed.chunk, place, placed.size, field, placed.suffix, value, placed.span)
    if relocation is None:
        raise unsupported(placed.suffix, value, placed.span)
    relocations.append(relocation)


def _look_at(placed: PlacedValue, value: Place, report: Report) -> None:
    """Warn of what is accepted and may not be meant: half an address in a word, places of different sections."""
    table = load_relocations()
    if placed.suffix in table.operators and placed.size > table.fields[table.half].bytes:
        title = f"`@{placed.suffix}` fills two of the {placed.size} bytes only, the others are zero"
        report.complain("A605", title, placed.span, help="write `.short`, or leave the operator away")
    if value.minus is not None and value.symbol.chunk and not _is_here(value, placed):
        title = f"`{placed.span.text}` spans two sections: a linker makes it relative to this place"
        report.complain("A610", title, placed.span, help="take two labels of one section, or write `symbol - .`")


def _is_here(value: Place, placed: PlacedValue) -> bool:
    return value.minus is not None and value.minus.name == "."


def _settle_symbols(program: Program) -> None:
    """Find the final values; names of sections are their first places."""
    for name, symbol in program.symbols.names.items():
        if not symbol.is_defined and name in program.sections:
            symbol.chunk, symbol.is_shown = program.sections[name].chunk(), False
            symbol.binding = "local"
    for symbol in program.symbols.names.values():
        try:
            _settle_symbol(symbol)
        except DiagnosticError as error:
            program.diagnostics.collected += error.diagnostics
            symbol.value = 0


def _settle_symbol(symbol: Symbol) -> None:
    """Find the final value of a variable, and the declared size; an alias has size and kind of what it names."""
    if symbol.chunk is not None and "T" in symbol.chunk.section.attributes.flags:
        symbol.kind = "tls"
    if symbol.alias_of is not None and symbol.kind == "notype":
        symbol.kind = symbol.alias_of.kind
        whole = isinstance(symbol.value, Place) and not symbol.value.addend
        if whole and symbol.size_value is None:
            symbol.size_value = symbol.alias_of.size_value
    if symbol.value is not None:
        value = settle(symbol.value)
        if isinstance(value, Place) and value.minus is None and value.symbol.chunk is not None:
            symbol.value, symbol.chunk = None, value.symbol.chunk
            symbol.offset, symbol.gap = value.symbol.offset + value.addend, value.symbol.gap
        else:
            symbol.value, symbol.is_shown = value, isinstance(value, int)
    if symbol.size_value is not None:
        size = settle(symbol.size_value)
        symbol.declared_size = size if isinstance(size, int) else 0
