"""Directives that speak about symbols: binding, type, size, value, common storage; and messages."""

from __future__ import annotations

from collections.abc import Callable

from hicannx.asm.evaluate import PlacedOperand, constant, operands_of, value_of
from hicannx.asm.expression import Site, evaluate
from hicannx.asm.machine import load_machine, machine_names
from hicannx.asm.mistake import in_expansion, mistake
from hicannx.asm.placement import align
from hicannx.asm.program import Program
from hicannx.asm.row import Row
from hicannx.asm.symbol import Symbol
from hicannx.asm.syntax import Name, Statement
from hicannx.diagnostic import Diagnostic, Severity, did_you_mean

_kinds = {"function": "func", "object": "object", "notype": "notype", "common": "common", "tls_object": "tls"}


def _named(program: Program, statement: Statement, operand: PlacedOperand) -> Symbol:
    expression = operand.operand.expression
    if not isinstance(expression, Name) or operand.operand.base is not None:
        raise mistake("A112", f"`{operand.operand.text}` is not a symbol", operand.span(statement))
    return program.symbols.get(expression.name)


def _binding(program: Program, statement: Statement, row: Row) -> None:
    for operand in operands_of(statement, (1, 1 << 30), row.usage):
        _named(program, statement, operand).binding = row.name


def _visibility(program: Program, statement: Statement, row: Row) -> None:
    for operand in operands_of(statement, (1, 1 << 30), row.usage):
        _named(program, statement, operand).visibility = row.name


def _type(program: Program, statement: Statement, row: Row) -> None:
    name, _, kind = statement.body.partition(",")
    word = kind.strip().strip('"').lstrip("@%#").removeprefix("STT_").lower()
    if not kind:
        name, _, word = statement.body.partition(" ")
        word = word.strip().lstrip("@%#")
    if word not in _kinds:
        known = ", ".join(f"@{one}" for one in _kinds)
        raise mistake("A112", f"unknown symbol type `{word}`", statement.body_span, help=f"types are {known}")
    program.symbols.get(name.strip()).kind = _kinds[word]


def _size(program: Program, statement: Statement, row: Row) -> None:
    first, second = operands_of(statement, (2, 2), row.usage)
    _named(program, statement, first).size_value = value_of(statement, second, program.scope)


def _set(program: Program, statement: Statement, row: Row) -> None:
    first, second = operands_of(statement, (2, 2), row.usage)
    if first.operand.text == ".":
        title = "the location counter cannot be set"
        raise mistake("A112", title, first.span(statement), help="use `.org` or `.space`")
    symbol = _named(program, statement, first)
    if symbol.is_fixed or (row.name == "once" and symbol.is_defined):
        program.check_new(symbol, first.span(statement))
    operand, offset = second
    if operand.expression is None or operand.base is not None:
        raise mistake("A112", f"`{operand.text}` is not a plain expression", second.span(statement))
    value = evaluate(operand.expression, program.scope, Site(statement, offset))
    program.define_value(symbol, value, first.span(statement))


def _common(program: Program, statement: Statement, row: Row) -> None:
    symbol, size, alignment = _storage(program, statement, row)
    if symbol.binding == "local":
        symbol.kind = "object"
        _place_local(program, statement, symbol, size, alignment)
        return
    symbol.common, symbol.binding, symbol.kind = (size, alignment), "global", "object"
    symbol.size_value = size


def _local_common(program: Program, statement: Statement, row: Row) -> None:
    symbol, size, alignment = _storage(program, statement, row)
    _place_local(program, statement, symbol, size, alignment)


def _storage(program: Program, statement: Statement, row: Row) -> tuple[Symbol, int, int]:
    operands = operands_of(statement, (2, 3), row.usage)
    symbol = _named(program, statement, operands[0])
    program.check_new(symbol, operands[0].span(statement))
    size, *rest = (constant(statement, operand, program.scope) for operand in operands[1:])
    alignment = rest[0] if rest else _natural_alignment(size, row)
    if size < 0 or alignment <= 0 or alignment & (alignment - 1):
        raise mistake("A313", "size or alignment is not possible", statement.body_span, help=f"write `{row.usage}`")
    symbol.defined_at = operands[0].span(statement)
    return symbol, size, alignment


def _natural_alignment(size: int, row: Row) -> int:
    """Largest power of two up to `row.size` that is not above the size."""
    return max((1 << bit for bit in range(row.size.bit_length()) if 1 << bit <= min(size, row.size)), default=1)


def _place_local(program: Program, statement: Statement, symbol: Symbol, size: int, alignment: int) -> None:
    back = (program.scope.chunk, program.previous)
    program.scope.chunk = program.section(".bss").chunk()
    align(program, statement, alignment, (None, 1))
    symbol.chunk, symbol.offset, symbol.is_fixed = program.chunk, program.chunk.size, True
    symbol.size_value = size
    program.reserve(size, statement)
    program.scope.chunk, program.previous = back


def _machine(program: Program, statement: Statement, row: Row) -> None:
    name = statement.body.strip().strip('"').lower()
    if name == "push":
        program.machines.append(program.machine)
    elif name == "pop" and program.machines:
        program.machine = program.machines.pop()
    elif name in machine_names():
        program.machine = load_machine(name)
    else:
        title = f"unknown machine `{name}`"
        raise mistake("A112", title, statement.body_span, help=did_you_mean(name, machine_names()))


def _file(program: Program, statement: Statement, row: Row) -> None:
    if statement.body.startswith('"'):
        program.file_names.append(statement.body.strip('"'))


def _complain(program: Program, statement: Statement, row: Row) -> None:
    text = statement.body.strip().strip('"') or f"`{statement.mnemonic}` reached"
    if row.name == "error":
        raise mistake("A118", text, statement.span)
    warning = Diagnostic("A119", text, statement.span, severity=Severity.WARNING)
    program.diagnostics.collected.append(in_expansion(warning, statement))


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "binding": _binding,
    "visibility": _visibility,
    "type": _type,
    "size": _size,
    "set": _set,
    "common": _common,
    "local_common": _local_common,
    "machine": _machine,
    "file": _file,
    "complain": _complain,
}
