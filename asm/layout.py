"""Layout: every statement gets its place in a section; what its bytes depend on is remembered for the encoding."""

from __future__ import annotations

from collections.abc import Iterable

from hicannx.asm.directive import perform
from hicannx.asm.match import bind, match
from hicannx.asm.mistake import collecting, mistake
from hicannx.asm.program import PlacedInstruction, Program
from hicannx.asm.syntax import Statement

_word = bytes(4)
_most_errors = 100


def layout(statements: Iterable[Statement], program: Program) -> Program:
    """Place all statements; sections are closed and symbols have their addresses within them afterwards."""
    for statement in statements:
        if len(program.diagnostics.collected) > _most_errors and len(program.diagnostics.errors) > _most_errors:
            break
        with collecting(program.diagnostics, statement):
            place(statement, program)
    for section in program.sections.values():
        section.close()
    for symbol in program.symbols.next_numbered.values():
        title = f"no label `{symbol.name[:-1]}:` follows this line"
        program.diagnostics.error("A304", title, symbol.used_at, help=f"write `{symbol.name[:-1]}b` for one before it")
    return program


def place(statement: Statement, program: Program) -> None:
    """Place one statement: its labels, then its directive or instruction."""
    for name, start in statement.labels:
        origin = statement.start + start
        program.define_label(name, statement.file.span(origin, origin + len(name)))
    mnemonic = statement.mnemonic
    if mnemonic[:1] in {".", "="}:
        perform(statement, program)
    elif mnemonic:
        place_instruction(statement, program)
    elif statement.body:
        raise mistake("A103", "this is neither a label, an instruction nor a directive", statement.body_span)


def place_instruction(statement: Statement, program: Program) -> None:
    """Reserve the word of an instruction and fix the values of its operands."""
    matched = match(program.isa, statement, program.dialect)
    if program.chunk.size & 3:
        title = f"an instruction stands at offset {program.chunk.size:#x}, which is no multiple of 4"
        raise mistake("A207", title, statement.span, help="write `.balign 4` before it")
    if program.chunk.section.is_zero:
        title = f"section `{program.chunk.section.name}` holds zeros only"
        raise mistake("A310", title, statement.span, help="put instructions into `.text`")
    values = bind(matched, statement, program.scope)
    chunk = program.chunk
    offset = program.append(_word, statement)
    program.instructions.append(PlacedInstruction(chunk, offset, statement, matched, values, program.machine))
