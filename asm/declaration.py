"""Directives that speak about symbols: binding, type, size, value, common storage."""

from __future__ import annotations

import re
from collections.abc import Callable

from hicannx.asm.elf import load_format
from hicannx.asm.evaluate import PlacedOperand, check_missing, constant, operands_of, value_of
from hicannx.asm.expression import Formula, Place, Site, Value, evaluate, settle
from hicannx.asm.mistake import mistake
from hicannx.asm.placement import align, move_to
from hicannx.asm.program import Program
from hicannx.asm.relocation import load_relocations, make_relocation
from hicannx.asm.row import Row
from hicannx.asm.symbol import Symbol
from hicannx.asm.syntax import Name, Number, Statement, Unary
from hicannx.diagnostic import DiagnosticError, did_you_mean

_kinds = {
    "function": "func", "func": "func", "object": "object", "notype": "notype", "common": "common", "tls_object": "tls",
    "tls": "tls", "gnu_indirect_function": "ifunc", "gnu_ifunc": "ifunc", "gnu_unique_object": "object",
}  # fmt: skip
_typed = re.compile(r"""\s*([^\s,]+)[\s,]+(?:[@%#]|STT_)?"?([A-Za-z_]+)"?\s*""")


def _named(program: Program, statement: Statement, operand: PlacedOperand) -> Symbol:
    expression = operand.operand.expression
    if not isinstance(expression, Name) or operand.operand.base is not None:
        title = f"`{operand.operand.text}` is not a symbol"
        help_text = "symbols begin with a letter, `_`, `.` or `$`"
        raise mistake("A112", title, operand.span(statement), help=help_text)
    return program.symbols.get(expression.name)


def _binding(program: Program, statement: Statement, row: Row) -> None:
    for operand in operands_of(statement, (1, 1 << 30), row.usage):
        symbol = _named(program, statement, operand)
        symbol.binding = "weak" if symbol.binding == "weak" else row.name


def _visibility(program: Program, statement: Statement, row: Row) -> None:
    for operand in operands_of(statement, (1, 1 << 30), row.usage):
        _named(program, statement, operand).visibility = row.name


def _type(program: Program, statement: Statement, row: Row) -> None:
    found = _typed.fullmatch(statement.body)
    word = found.group(2) if found else statement.body.rpartition(",")[2].strip().lstrip("@%#")
    if found is None or word.lower() not in _kinds or not (word.islower() or "STT_" in statement.body):
        known = ", ".join(f"@{one}" for one in ("function", "object", "notype", "common", "tls_object"))
        raise mistake("A112", f"unknown symbol type `{word}`", statement.body_span, help=f"types are {known}")
    symbol = program.symbols.get(found.group(1).strip('"'))
    symbol.kind = _kinds[word.lower()]
    if word in load_format().bindings:
        symbol.binding = word


def _size(program: Program, statement: Statement, row: Row) -> None:
    first, second = operands_of(statement, (2, 2), row.usage)
    _named(program, statement, first).size_value = value_of(statement, second, program.scope)


def _set(program: Program, statement: Statement, row: Row) -> None:
    first, second = operands_of(statement, (2, 2), row.usage)
    operand, offset = second
    if operand.expression is None or operand.base is not None:
        title = f"`{operand.text}` is not a plain expression"
        raise mistake("A112", title, second.span(statement), help=f"write `{row.usage}`")
    if operand.missing and isinstance(operand.expression, Unary):
        title = f"nothing follows the operator in `{operand.text}`"
        raise mistake("A105", title, second.span(statement), help=f"write `{row.usage}`")
    check_missing(statement, second, program.report)
    site = Site(statement, offset)
    value = evaluate(operand.expression, program.scope, site)
    if first.operand.text == ".":
        move_to(program, statement, (value, second))
        return
    symbol = _assignable(program, statement, row, first)
    program.define_value(symbol, value, first.span(statement))
    if row.name == "late" and not isinstance(operand.expression, Number):
        symbol.formula = Formula(operand.expression, site)


def _assignable(program: Program, statement: Statement, row: Row, operand: PlacedOperand) -> Symbol:
    """The symbol that gets a value; one that had a value keeps it where it was used before."""
    symbol = _named(program, statement, operand)
    if not symbol.is_defined and symbol.formula is None:
        return symbol
    if row.name or not symbol.is_volatile:
        program.check_new(symbol, operand.span(statement))
    return program.symbols.renew(symbol)


def _weak_reference(program: Program, statement: Statement, row: Row) -> None:
    first, second = operands_of(statement, (2, 2), row.usage)
    alias, target = (_named(program, statement, one) for one in (first, second))
    program.check_new(alias, first.span(statement))
    alias.weak_target = target

    def finish() -> None:
        program.symbols.names.pop(alias.name, None)
        if not target.is_defined and target.used_at is None and not target.binding:
            target.binding = "weak"

    program.late.append(finish)


def _common(program: Program, statement: Statement, row: Row) -> None:
    symbol, size, given = _storage(program, statement, row)
    if symbol.common is not None:
        return  # the first size counts
    if symbol.binding == "local":
        symbol.kind = "object"
        _place_local(program, statement, symbol, size, given or 1)
        return
    alignment = given or min(1 << max(size - 1, 0).bit_length(), row.size)
    symbol.common, symbol.binding, symbol.kind = (size, alignment), "global", "object"
    symbol.size_value = size


def _local_common(program: Program, statement: Statement, row: Row) -> None:
    symbol, size, given = _storage(program, statement, row)
    _place_local(program, statement, symbol, size, given or row.size)


def _storage(program: Program, statement: Statement, row: Row) -> tuple[Symbol, int, int | None]:
    operands = operands_of(statement, (2, 3), row.usage)
    symbol = _named(program, statement, operands[0])
    if symbol.common is None or row.do != "common":
        program.check_new(symbol, operands[0].span(statement))
    size, *rest = (constant(statement, operand, program.scope) for operand in operands[1:])
    alignment = rest[0] if rest else None
    if size < 0 or (alignment is not None and (alignment <= 0 or alignment & (alignment - 1))):
        title = "size or alignment is not possible"
        help_text = f"write `{row.usage}`; the alignment is a power of two"
        raise mistake("A313", title, statement.body_span, help=help_text)
    symbol.defined_at = operands[0].span(statement)
    return symbol, size, alignment


_common_subsection = 1  # GNU as puts such storage behind what the program places itself


def _place_local(program: Program, statement: Statement, symbol: Symbol, size: int, alignment: int) -> None:
    back = (program.scope.chunk, program.previous)
    program.scope.chunk = program.section(".bss").chunk(_common_subsection)
    align(program, statement, alignment, (None, 1))
    symbol.chunk, symbol.offset, symbol.gap = program.chunk, program.chunk.size, len(program.chunk.gaps)
    symbol.size_value = size
    program.reserve(size, statement)
    program.scope.chunk, program.previous = back


def _relocate(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (2, 3), row.usage)
    name = operands[1].operand.text.upper()
    if name not in load_relocations().relocations:
        help_text = did_you_mean(name, load_relocations().relocations)
        raise mistake("A112", f"unknown relocation `{name}`", operands[1].span(statement), help=help_text)
    chunk = program.chunk
    place = value_of(statement, operands[0], program.scope)
    value: Value = value_of(statement, operands[2], program.scope) if len(operands) > 2 else 0

    def finish() -> None:
        try:
            start, target = settle(place), settle(value)
        except DiagnosticError as error:
            program.report.collect(error.diagnostics, statement)
            return
        offset = start if isinstance(start, int) else start.symbol.section_offset + start.addend
        target = target if isinstance(target, Place) else Place(Symbol("", value=0), None, target)
        span = operands[0].span(statement)
        program.relocations.append(make_relocation(chunk.section, offset, name, target, span))

    program.late.append(finish)


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "binding": _binding,
    "visibility": _visibility,
    "type": _type,
    "size": _size,
    "set": _set,
    "weak_reference": _weak_reference,
    "common": _common,
    "local_common": _local_common,
    "relocate": _relocate,
}
