"""The program under construction: sections, symbols, where the next byte goes, and what is left to encode."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import attrs

from hicannx.asm.dialect import Dialect
from hicannx.asm.expression import Place, Scope, Value
from hicannx.asm.gap import Gap
from hicannx.asm.machine import Machine, load_machine
from hicannx.asm.mistake import Report, mistake
from hicannx.asm.options import Options, plain
from hicannx.asm.quick import Quick, quick_for
from hicannx.asm.relocation import Relocation
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


class Location(NamedTuple):
    """From `offset` of `chunk` on (gaps not counted) the code comes from this place; `file` is a number of `.file`."""

    chunk: Chunk
    offset: int
    file: int
    line: int
    column: int


_most_bytes = 1 << 24
_start_sections = (".text", ".data", ".bss")


@attrs.define(eq=False)
class Program:
    """What layout makes of the statements and encoding completes."""

    isa: InstructionSet
    diagnostics: Diagnostics
    scope: Scope
    dialect: Dialect
    quick: Quick
    options: Options = plain
    sections: dict[str, Section] = attrs.field(factory=dict)
    instructions: list[PlacedInstruction] = attrs.field(factory=list)
    values: list[PlacedValue] = attrs.field(factory=list)
    relocations: list[Relocation] = attrs.field(factory=list)
    late: list[Callable[[], None]] = attrs.field(factory=list)
    machine: Machine = attrs.field(factory=load_machine)
    previous: Chunk | None = None
    stack: list[tuple[Chunk, Chunk | None]] = attrs.field(factory=list)
    machines: list[Machine] = attrs.field(factory=list)
    file_names: list[str] = attrs.field(factory=list)
    files: list[str] = attrs.field(factory=list)
    line_files: dict[int, str] = attrs.field(factory=dict)
    locations: list[Location] = attrs.field(factory=list)
    object_attributes: dict[int, int] = attrs.field(factory=dict)
    is_ended: bool = False

    @property
    def chunk(self) -> Chunk:
        """Where the next byte goes."""
        return self.scope.chunk

    @property
    def symbols(self) -> SymbolTable:
        """The symbols so far."""
        return self.scope.symbols

    @property
    def report(self) -> Report:
        """Where diagnostics go."""
        return self.scope.report

    def section(self, name: str, attributes: Attributes | None = None) -> Section:
        """The section with this name; a new one gets these attributes or those that its name implies."""
        if name not in self.sections:
            self.sections[name] = Section(name, attributes or default_attributes(name))
        return self.sections[name]

    def move_attributes(self) -> None:
        """The attributes of the object stand behind all other sections, as GNU as has it."""
        for name in [one for one, section in self.sections.items() if section.attributes.type == "attributes"]:
            self.sections[name] = self.sections.pop(name)

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
            help_text = f"the size in this statement is {size}: is it meant?"
            raise mistake("A311", title, statement.span, help=help_text)

    def reserve(self, size: int, statement: Statement) -> None:
        """Add `size` zeros; a DiagnosticError (A311) when there is no room."""
        self.check_room(size, statement)
        if self.scope.chunk.section.is_zero:
            self.scope.chunk.note(self.scope.chunk.size, statement)
            self.scope.chunk.size += size
        else:
            self.append(bytes(size), statement)

    def leave_gap(self, statement: Statement, measure: Callable[[int], int], fill: Callable[[int], bytes]) -> None:
        """Leave bytes open whose number follows from their place."""
        chunk = self.scope.chunk

        def checked(start: int) -> int:
            size = measure(start)
            self.check_room(size, statement)
            return size

        chunk.gaps.append(Gap(chunk.size, checked, fill, statement))
        chunk.shifts.append(chunk.shifts[-1])

    def define_label(self, name: str, span: Span) -> None:
        """Place a label at the location counter; a DiagnosticError (A301) when it has a place already."""
        chunk = self.scope.chunk
        if name.isdigit():
            self.symbols.define_number(int(name), chunk, chunk.size)
            return
        symbol = self.symbols.names.get(name)
        if symbol is None:
            symbol = self.symbols.get(name)
        elif symbol.is_defined:
            if symbol.chunk is chunk and (symbol.offset, symbol.gap) == (chunk.size, len(chunk.gaps)):
                title = f"label `{name}` stands twice at the same place"
                self.report.complain("A608", title, span, labels=_first(symbol), help="remove one of them")
                return
            if symbol.is_volatile:
                title = f"label `{name}` takes the name of a variable"
                self.report.complain("A609", title, span, labels=_first(symbol), help="rename one of them")
                symbol = self.symbols.renew(symbol)
            self.check_new(symbol, span)
        symbol.defined_at = span
        if chunk.section.is_absolute:
            symbol.value = chunk.size
        else:
            symbol.chunk, symbol.offset, symbol.gap = chunk, chunk.size, len(chunk.gaps)

    def check_new(self, symbol: Symbol, span: Span) -> None:
        """Raise a DiagnosticError (A301) when the symbol is defined already."""
        if symbol.is_defined:
            title = f"symbol `{symbol.name}` is defined twice"
            raise mistake("A301", title, span, labels=_first(symbol), help="rename one of them")

    def define_value(self, symbol: Symbol, value: Value, span: Span) -> None:
        """Give a symbol a value, or the place that the value is."""
        symbol.value, symbol.chunk, symbol.offset, symbol.defined_at = value, None, 0, span
        symbol.gap, symbol.formula, symbol.is_volatile = 0, None, True
        symbol.alias_of = None
        if isinstance(value, Place) and value.minus is None:
            other = value.symbol
            if other.chunk is None:
                symbol.alias_of = other
            elif symbol.kind == "notype":  # what the other one gets later is not for this one
                symbol.kind = other.kind
                symbol.size_value = symbol.size_value or (None if value.addend else other.size_value)
        if isinstance(value, Place) and value.minus is None and value.symbol.chunk is not None:
            symbol.value, symbol.chunk = None, value.symbol.chunk
            symbol.offset, symbol.gap = value.symbol.offset + value.addend, value.symbol.gap


def _first(symbol: Symbol) -> list[Label]:
    return [Label(symbol.defined_at, "first defined here")] if symbol.defined_at else []


def new_program(isa: InstructionSet, diagnostics: Diagnostics, dialect: Dialect, options: Options = plain) -> Program:
    """An empty program with the symbols that the options give; its location counter stands at the start of `.text`."""
    sections = {name: Section(name, default_attributes(name)) for name in _start_sections}
    report = Report(diagnostics, frozenset(dialect.row.warned))
    scope = Scope(SymbolTable(), sections[".text"].chunk(), report, sections)
    for name, value in options.defines.items():
        symbol = scope.symbols.get(name)
        symbol.value, symbol.is_volatile = value, True
    return Program(isa, diagnostics, scope, dialect, quick_for(dialect), options, sections)
