"""One instruction: the values of its operands to its word, with a diagnostic for each that does not fit."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from hicannx.asm.expression import Place, settle
from hicannx.asm.form import forms_of, is_unchecked
from hicannx.asm.machine import hint_field
from hicannx.asm.match import Matched
from hicannx.asm.misfit import misfit, no_number, span_of, unsupported
from hicannx.asm.mistake import Report, mistake
from hicannx.asm.program import PlacedInstruction
from hicannx.asm.relocation import (
    Relocation,
    choose,
    load_relocations,
    make_relocation,
    operator_of,
    relocate,
)
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.isa.codec import encode as encode_word
from hicannx.isa.formula import evaluate, names_in
from hicannx.isa.syntax import Operand, Syntax
from hicannx.source import Span


def encode_instruction(placed: PlacedInstruction, relocations: list[Relocation], report: Report) -> None:
    """Put the word of an instruction into its section; operands that a linker completes are added to `relocations`."""
    matched, chunk = placed.matched, placed.chunk
    other_hint = matched.plain if placed.machine.hints == "y" else None
    if matched.word is not None and placed.values is matched.constant and other_hint is None:
        word = matched.word
    else:
        values = [_number(placed, index, relocations, report) for index in range(len(placed.values))]
        word = checked_word(matched, values, placed.statement, report)
        if other_hint is not None:
            word = _with_y_hint(matched, other_hint, values)
        elif placed.values is matched.constant:
            matched.word = word
    start = chunk.base + chunk.place(placed.offset)
    chunk.section.data[start : start + 4] = word.to_bytes(4, "big")


def checked_word(matched: Matched, values: Sequence[int], statement: Statement, report: Report) -> int:
    """The word for these values of the operands; a DiagnosticError for all that do not fit."""
    values = [operand.fold(value) for operand, value in zip(matched.syntax.operands, values)]
    problems = []
    for index, (operand, value) in enumerate(zip(matched.syntax.operands, values)):
        if matched.arguments[index] is not None and operand.check(value) is not None:
            problems.append(misfit(matched, index, value, statement))
    if problems and not _are_let_pass(matched, values, problems, report):
        raise DiagnosticError(problems)
    _check_together(matched, values, statement, report)
    return encode_word(matched.syntax, values)


def _are_let_pass(matched: Matched, values: Sequence[int], problems: list[Diagnostic], report: Report) -> bool:
    """Whether only operands misfit that the dialect does not look at, since the fields made of them fit."""
    syntax = matched.syntax
    code = "A601"
    if not is_unchecked(syntax) or code not in report.warned or _does_not_fit(syntax, values):
        return False
    fields = syntax.instruction.format.fields
    if any(operand.name in fields and operand.check(value) for operand, value in zip(syntax.operands, values)):
        return False
    report.collect([attrs.evolve(one, code=code, severity=Severity.WARNING) for one in problems])
    return True


def _does_not_fit(syntax: Syntax, values: Sequence[int]) -> tuple[str, str, int, int, int] | None:
    """A field that follows from the operands and cannot hold what follows: name, formula, value, lowest, highest."""
    given = {operand.name: value for operand, value in zip(syntax.operands, values)}
    for name, text in syntax.derived.items():
        field = syntax.instruction.format.fields[name]
        value = evaluate(text, given)
        if not field.holds(value):
            return name, text, value, *field.limits()
    return None


def _check_together(matched: Matched, values: Sequence[int], statement: Statement, report: Report) -> None:
    """Complain (A209) about operands that fit alone and not with each other."""
    syntax = matched.syntax
    if misfit := _does_not_fit(syntax, values) if syntax.derived else None:
        name, text, value, low, high = misfit
        title = f"the operands of `{syntax.mnemonic}` do not fit together: {name} = {text} would be {value}"
        help_text = f"change {' or '.join(names_in(text))} so that {name} is in this range"
        label = f"{name} can be {low} to {high}"
        raise mistake("A209", title, statement.body_span, label=label, help=help_text)
    forms = forms_of(syntax)
    given = {operand.name: value for operand, value in zip(syntax.operands, values)} if forms else {}
    for form in forms:
        if form.is_refused(given):
            known = {**given, "mnemonic": syntax.mnemonic, "plain": "".join(syntax.mnemonic.rsplit("u", 1))}
            title, help_text = form.reason.format(**known), form.help.format(**known)
            report.complain(form.code, title, statement.body_span, help=help_text)


def _with_y_hint(matched: Matched, plain: Syntax, values: Sequence[int]) -> int:
    backward = any(one.kind == "branch" and value < 0 for one, value in zip(plain.operands, values))
    flip = matched.syntax.mnemonic.endswith("+") != backward
    field = plain.instruction.format.fields[hint_field()]
    return encode_word(plain, values) | (field.insert(1) if flip else 0)


def mask_ends(mask: int) -> tuple[int, int] | None:
    """First and last bit, 0 the most significant, of a run of ones that may go around the end; None for no such run."""
    bits = [mask >> 31 - index & 1 for index in range(32)]
    starts = [index for index in range(32) if bits[index] and not bits[index - 1]]
    if all(bits):
        return 0, 31
    return (starts[0], (starts[0] + sum(bits) - 1) % 32) if len(starts) == 1 else None


def _of_mask(value: int, part: str, span: Span) -> int:
    ends = mask_ends(value)
    if ends is None or not -(1 << 31) <= value < 1 << 32:
        title = f"{value:#x} is no mask: its ones are not in one run"
        raise mistake("A204", title, span, help="give the first and the last bit as two operands")
    return ends[0] if part == "first" else ends[1]


def _number(placed: PlacedInstruction, index: int, relocations: list[Relocation], report: Report) -> int:
    """The number to encode for an operand: its value, or 0 beside a relocation."""
    matched = placed.matched
    operand, argument = matched.syntax.operands[index], matched.arguments[index]
    value = settle(placed.values[index])
    if argument is None:
        return value if isinstance(value, int) else 0
    span = span_of(placed.statement, matched, index)
    table = load_relocations()
    if isinstance(value, int):
        if argument.part:
            return _of_mask(value, argument.part, span)
        operator = operator_of(argument.suffix, span)
        return value if operator is None else operator.take(value, signed=operand.signed)
    name = operand.relocation or ""
    field = table.fields.get(name)
    if field is None:
        raise no_number(operand, matched, value, span)
    if field.absolute and argument.suffix in table.operators:
        _doubt_target(argument.suffix, matched, span, report)
    elif field.absolute and not matched.syntax.fixed.get(field.absolute):
        return _branch(placed, operand, value, argument.suffix, span, relocations, report)
    relocation = relocate(placed.chunk, placed.chunk.place(placed.offset), 4, name, argument.suffix, value, span)
    if relocation is None:
        raise unsupported(argument.suffix, value, span)
    relocations.append(relocation)
    return 0


def _doubt_target(operator: str, matched: Matched, span: Span, report: Report) -> None:
    title = (
        f"`@{operator}` in the target of `{matched.syntax.mnemonic}` makes a linker overwrite half of the instruction"
    )
    report.complain("A604", title, span, help=f"write the target without `@{operator}`")


def _branch(
    placed: PlacedInstruction,
    operand: Operand,
    value: Place,
    operator: str,
    span: Span,
    relocations: list[Relocation],
    report: Report,
) -> int:
    """The distance to a local symbol of the same section, or 0 beside a relocation."""
    section, start = placed.chunk.section, placed.chunk.base + placed.chunk.place(placed.offset)
    symbol = value.symbol
    kind = choose(operand.relocation or "", operator, relative=True)
    is_near = not operator or (kind is not None and load_relocations().relocations[kind].near)
    if value.minus is None and is_near and symbol.is_local and symbol.chunk and symbol.chunk.section is section:
        distance = symbol.section_offset + value.addend - start
        if distance in {operand.low, operand.high}:
            title = f"the branch target is {distance} bytes away, as far as `{placed.matched.syntax.mnemonic}` reaches"
            report.complain("A602", title, span, help="it is out of reach when anything is added between")
        return distance
    if kind is None or value.minus is not None:
        raise unsupported(operator, value, span)
    relocation = make_relocation(section, start, kind, value, span)
    relocations.append(relocation)
    return relocation.addend if placed.matched.plain else 0  # the field is overwritten, but GNU as stores this there
