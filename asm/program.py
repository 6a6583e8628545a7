"""The program under construction: sections, symbols, where the next byte goes, and what is left to encode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from hicannx.asm.dialect import Dialect
from hicannx.asm.expression import Place, Scope, Value
from hicannx.asm.machine import Machine, load_machine
from hicannx.asm.mistake import mistake
from hicannx.asm.section import Attributes, Chunk, Section, default_attributes
from hicannx.asm.symbol import Symbol, SymbolTable
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostics, Label
from hicannx.source import Span

if TYPE_CHECKING:
    from hicannx.asm.match import Matched
    from hicannx.isa.instructionset import InstructionSet


@attrs.frozen(eq=False)
class PlacedInstruction:
    """An instruction at `offset` of `chunk`; `values` of its operands in the order of its syntax."""

    chunk: Chunk
    offset: int
    statement: Statement
    matched: Matched
    values: tuple[Value, ...]
    machine: Machine


@attrs.frozen(eq=False)
class PlacedValue:
    """A number of `size` bytes at `offset` of `chunk`, to be filled in when the symbols are placed."""

    chunk: Chunk
    offset: int
    size: int
    value: Value
    suffix: str
    span: Span
    statement: Statement


_most_bytes = 1 << 24
_start_sections = (".text", ".data", ".bss")


@attrs.define(eq=False)
class Program:
    """What layout makes of the statements and encoding completes."""

    isa: InstructionSet
    diagnostics: Diagnostics
    scope: Scope
    dialect: Dialect
    sections: dict[str, Section] = attrs.field(factory=dict)
    instructions: list[PlacedInstruction] = attrs.field(factory=list)
    values: list[PlacedValue] = attrs.field(factory=list)
    machine: Machine = attrs.field(factory=load_machine)
    previous: Chunk | None = None
    stack: list[tuple[Chunk, Chunk | None]] = attrs.field(factory=list)
    machines: list[Machine] = attrs.field(factory=list)
    file_names: list[str] = attrs.field(factory=list)

    @property
    def chunk(self) -> Chunk:
        """Where the next byte goes."""
        return self.scope.chunk

    @property
    def symbols(self) -> SymbolTable:
        """The symbols so far."""
        return self.scope.symbols

    def section(self, name: str, attributes: Attributes | None = None) -> Section:
        """The section with this name; a new one gets these attributes or those that its name implies."""
        if name not in self.sections:
            self.sections[name] = Section(name, attributes or default_attributes(name))
        return self.sections[name]

    def enter(self, chunk: Chunk) -> None:
        """Continue there."""
        self.previous = self.scope.chunk
        self.scope.chunk = chunk

    def append(self, data: bytes, statement: Statement) -> int:
        """Add bytes to the present chunk; their offset there. A DiagnosticError (A310) where nothing can be stored."""
        chunk = self.scope.chunk
        offset = chunk.size
        if chunk.section.attributes.type == "nobits":
            if any(data):
                title = f"section `{chunk.section.name}` holds zeros only"
                raise mistake("A310", title, statement.span, help="put data that has values into `.data`")
        else:
            chunk.data += data
        chunk.size = offset + len(data)
        chunk.note(offset, statement)
        return offset

    def check_room(self, size: int, statement: Statement) -> None:
        """Raise a DiagnosticError (A311) when the section would become larger than any memory."""
        if self.scope.chunk.size + size > _most_bytes:
            title = f"section `{self.scope.chunk.section.name}` becomes larger than {_most_bytes} bytes"
            raise mistake("A311", title, statement.span)

    def reserve(self, size: int, statement: Statement) -> None:
        """Add `size` zeros; a DiagnosticError (A311) when there is no room."""
        self.check_room(size, statement)
        if self.scope.chunk.section.is_zero:
            self.scope.chunk.note(self.scope.chunk.size, statement)
            self.scope.chunk.size += size
        else:
            self.append(bytes(size), statement)

    def define_label(self, name: str, span: Span) -> None:
        """Place a label at the location counter; a DiagnosticError (A301) when it has a place already."""
        if name.isdigit():
            self.symbols.define_number(int(name), self.chunk, self.chunk.size)
            return
        symbol = self.symbols.get(name)
        self.check_new(symbol, span)
        symbol.chunk, symbol.offset, symbol.defined_at, symbol.is_fixed = self.chunk, self.chunk.size, span, True

    def check_new(self, symbol: Symbol, span: Span) -> None:
        """Raise a DiagnosticError (A301) when the symbol is defined already."""
        if symbol.is_defined:
            labels = [Label(symbol.defined_at, "first defined here")] if symbol.defined_at else []
            title = f"symbol `{symbol.name}` is defined twice"
            raise mistake("A301", title, span, labels=labels, help="rename one of them")

    def define_value(self, symbol: Symbol, value: Value, span: Span) -> None:
        """Give a symbol a value, or the place that the value is."""
        symbol.value, symbol.chunk, symbol.offset, symbol.defined_at = value, None, 0, span
        symbol.alias_of = value.symbol if isinstance(value, Place) else None
        if isinstance(value, Place) and value.minus is None and value.symbol.chunk is not None:
            symbol.value, symbol.chunk = None, value.symbol.chunk
            symbol.offset = value.symbol.offset + value.addend


def new_program(isa: InstructionSet, diagnostics: Diagnostics, dialect: Dialect) -> Program:
    """An empty program; its location counter stands at the start of `.text`."""
    sections = {name: Section(name, default_attributes(name)) for name in _start_sections}
    scope = Scope(SymbolTable(), sections[".text"].chunk())
    return Program(isa, diagnostics, scope, dialect, sections)
