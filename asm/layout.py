"""Layout: every statement gets its place in a section; what its bytes depend on is remembered for the encoding."""

from __future__ import annotations

from collections.abc import Iterable

from hicannx.asm.directive import perform
from hicannx.asm.match import Matched, bind, match
from hicannx.asm.mistake import mistake
from hicannx.asm.program import PlacedInstruction, Program
from hicannx.asm.section import Chunk, Section
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import DiagnosticError

_word = bytes(4)
_most_errors = 100
_most_rounds = 100


def layout(statements: Iterable[Statement], program: Program) -> Program:
    """Place all statements; sections are closed and symbols have their addresses within them afterwards."""
    report, collected = program.report, program.diagnostics.collected
    known: dict[str, Matched] = {}
    for statement in statements:
        report.statement = statement
        try:
            place(statement, program, known)
        except DiagnosticError as error:
            report.collect(error.diagnostics)
            _complain_about_string(statement, program)
        if len(collected) > _most_errors and len(program.diagnostics.errors) > _most_errors:
            break
        if program.is_ended:
            break
    report.statement = None
    program.move_attributes()
    _arrange(program)
    for symbol in program.symbols.next_numbered.values():
        title = f"no label `{symbol.name[:-1]}:` follows this line"
        program.diagnostics.error("A304", title, symbol.used_at, help=f"write `{symbol.name[:-1]}b` for one before it")
    return program


def _complain_about_string(statement: Statement, program: Program) -> None:
    """A string that was let pass over the end of the line, and is in a statement that is wrong, is wrong itself."""
    if "\n" in statement.text and '"' in statement.text:
        end = statement.start + len(statement.text)
        span = statement.file.span(end, end)
        error = mistake("A101", "unterminated string", span, label="ends here", help='close it with `"` in its line')
        program.report.collect(error.diagnostics, statement)


def _arrange(program: Program) -> None:
    """Open the gaps until nothing moves any more, and join the contents."""
    for section in program.sections.values():
        try:
            for _ in range(_most_rounds):
                if not section.arrange():
                    break
            else:
                raise _endless(section)
            section.close()
            for chunk in section.chunks.values():
                _check_alignment(chunk)
        except DiagnosticError as error:
            program.diagnostics.collected += error.diagnostics


def _endless(section: Section) -> DiagnosticError:
    statement = next(gap.statement for chunk in section.chunks.values() for gap in chunk.gaps)
    title = f"the sizes in section `{section.name}` depend on each other without end"
    help_text = "a size must not be a difference of labels that it lies between"
    return mistake("A315", title, statement.span, help=help_text)


def _check_alignment(chunk: Chunk) -> None:
    if not chunk.gaps and not chunk.base & 3:
        return
    for offset, statement in chunk.lines:
        if statement.mnemonic[:1] not in ".=" and chunk.base + offset & 3:
            raise misaligned(statement, chunk.base + offset)


def misaligned(statement: Statement, offset: int) -> DiagnosticError:
    """The diagnostic (A207) for an instruction at an odd place."""
    title = f"an instruction stands at offset {offset:#x}, which is no multiple of 4"
    return mistake("A207", title, statement.span, help="write `.balign 4` before it")


def place(statement: Statement, program: Program, known: dict[str, Matched]) -> None:
    """Place one statement: its labels, then its directive or instruction."""
    if statement.labels:
        for name, start in statement.labels:
            origin = statement.start + start
            program.define_label(name, statement.file.span(origin, origin + len(name)))
    mnemonic = statement.mnemonic
    if mnemonic[:1] in {".", "="}:
        perform(statement, program)
    elif mnemonic:
        place_instruction(statement, program, known)
    elif statement.body:
        title = "this is neither a label, an instruction nor a directive"
        help_text = "labels, mnemonics and directives begin with a letter, `_`, `.` or `$`; `1:` is a numeric label"
        raise mistake("A103", title, statement.body_span, help=help_text)


def place_instruction(statement: Statement, program: Program, known: dict[str, Matched]) -> None:
    """Put an instruction that is known already into its section; reserve the word of any other."""
    chunk = program.chunk
    word = program.quick.word(statement.mnemonic, statement.body, program.symbols.names)
    if word is None:
        matched = match(program.isa, statement, program.dialect, known)
        _check_place(chunk.section, chunk, statement)
        values = bind(matched, statement, program.scope)
        offset = program.append(_word, statement)
        program.instructions.append(PlacedInstruction(chunk, offset, statement, matched, values, program.machine))
        return
    _check_place(chunk.section, chunk, statement)
    chunk.data += word
    chunk.note(chunk.size, statement)
    chunk.size += 4


def _check_place(section: Section, chunk: Chunk, statement: Statement) -> None:
    if section.attributes.type == "nobits":
        title = f"section `{section.name}` holds zeros only"
        raise mistake("A310", title, statement.span, help="put instructions into `.text`")
    if chunk.size & 3 and not chunk.gaps and not chunk.number:
        raise misaligned(statement, chunk.size)
