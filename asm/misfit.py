"""Why an operand of an instruction cannot be encoded, what is allowed, and what to write instead."""

from __future__ import annotations

import re

from hicannx.asm.dialect import load_dialects, make_dialect
from hicannx.asm.expression import Place
from hicannx.asm.match import Matched
from hicannx.asm.mistake import mistake
from hicannx.asm.relocation import known_operators, unknown_operator
from hicannx.asm.repair import propose
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.isa.syntax import Operand
from hicannx.source import Span

_number_at_end = re.compile(r"\d+$")


def no_number(operand: Operand, matched: Matched, value: Place, span: Span) -> DiagnosticError:
    """The diagnostic for an address where a number or a register is needed."""
    noun = load_dialects().nouns.get(operand.kind)
    if noun:
        label = f"allowed: {operand.low} to {operand.high}"
        title = f"`{span.text}` is no {noun} for the operand {operand.name} of `{matched.syntax.mnemonic}`"
        return mistake("A203", title, span, label=label, help=_other_name(span.text, operand))
    title = f"the address of `{value.symbol.name}` cannot be the operand {operand.name} of `{matched.syntax.mnemonic}`"
    label = f"allowed: {operand.low} to {operand.high}"
    return mistake(
        "A305", title, span, label=label, help=f"define `{value.symbol.name}` as a number, with `.set` before"
    )


def _other_name(text: str, operand: Operand) -> str:
    """What to write where this is no name of a register: the one with the same number, or a similar one."""
    names = make_dialect("ppu").signed.get(operand.kind, {})
    if text in names:
        return f"write `%{text}`, or the number {names[text]}"
    digits = found[0] if (found := _number_at_end.search(text)) else "-"
    same = next((name for name, value in names.items() if name.endswith(digits) and value == int(digits)), "")
    if same:
        return f"write `{same}`"
    if hint := load_dialects().hints.get(operand.kind):
        return hint
    return did_you_mean(text, names) if names else f"write a number from {operand.low} to {operand.high}"


def unsupported(operator: str, value: Place, span: Span) -> DiagnosticError:
    """The object format has no relocation for this."""
    if operator and operator not in known_operators():
        return unknown_operator(operator, span)
    shown = f"`@{operator}` of `{value.symbol.name}`" if operator else f"the address of `{value.symbol.name}`"
    help_text = "addresses have 32 bits: `.long symbol`, or in two halves `symbol@ha` and `symbol@l`"
    return mistake("A305", f"{shown} cannot be stored here", span, help=help_text)


def span_of(statement: Statement, matched: Matched, index: int) -> Span:
    """Where an operand stands, or all of them for one that is left out."""
    argument = matched.arguments[index]
    if argument is None:
        return statement.body_span
    return statement.part(argument.offset + argument.written.start, argument.offset + argument.written.end)


def misfit(matched: Matched, index: int, value: int, statement: Statement) -> Diagnostic:
    """Why a value does not fit its operand, with what is allowed and what to write instead."""
    operand, mnemonic = matched.syntax.operands[index], matched.syntax.mnemonic
    span = span_of(statement, matched, index)
    label = f"allowed: {operand.low} to {operand.high}"
    noun = load_dialects().nouns.get(operand.kind)
    instead = f"write a value from {operand.low} to {operand.high}"
    help_text = propose(matched, operand, value, statement) or instead
    if noun:
        title = f"there is no {noun} {value} for the operand {operand.name} of `{mnemonic}`"
        return Diagnostic("A203", title, span, label=label, help=instead)
    field = matched.syntax.instruction.format.fields.get(operand.name)
    if operand.low <= value <= operand.high:
        title = f"the distance {value} to the branch target of `{mnemonic}` is no multiple of {operand.scale}"
        nearest = value - value % operand.scale
        return Diagnostic("A206", title, span, help=f"use {nearest} or {nearest + operand.scale}, or a label")
    if operand.kind == "branch":
        title = f"the branch target is {value} bytes away, too far for `{mnemonic}`"
        return Diagnostic("A205", title, span, label=label, help=help_text)
    sign = "signed" if operand.signed else "unsigned"
    where = f"{sign} {field.width}-bit field {operand.name}" if field else f"operand {operand.name}"
    word = "displacement" if operand.kind == "displacement" else "immediate"
    title = f"{word} {value} does not fit in the {where} of {mnemonic}"
    return Diagnostic("A204", title, span, label=label, help=help_text)
