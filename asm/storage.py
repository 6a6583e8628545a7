"""Directives that store data: numbers, texts, gaps and files."""

from __future__ import annotations

import struct
from collections.abc import Callable

from hicannx.asm.evaluate import PlacedOperand, constant, operands_of
from hicannx.asm.expand import find_file
from hicannx.asm.expression import Site, Value, evaluate
from hicannx.asm.mistake import in_expansion, mistake
from hicannx.asm.program import PlacedValue, Program
from hicannx.asm.row import Row
from hicannx.asm.section import Attributes
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import Diagnostic, Severity

_most = 1 << 30


def _data(program: Program, statement: Statement, row: Row) -> None:
    size = row.size
    for operand in operands_of(statement, (0, _most), row.usage):
        value = _value(statement, operand, program)  # the location counter `.` is that of this very number
        if isinstance(value, int) and not operand.operand.suffix:
            check_fits(program, statement, operand, value, size)
            program.append((value % (1 << 8 * size)).to_bytes(size, "big"), statement)
        else:
            offset = program.append(bytes(size), statement)
            span, suffix = operand.span(statement), operand.operand.suffix
            program.values.append(PlacedValue(program.chunk, offset, size, value, suffix, span, statement))


def _value(statement: Statement, placed: PlacedOperand, program: Program) -> Value:
    operand, offset = placed
    if operand.expression is None or operand.base is not None:
        raise mistake("A112", f"`{operand.text}` is not a number", placed.span(statement))
    return evaluate(operand.expression, program.scope, Site(statement, offset))


def check_fits(program: Program, statement: Statement, operand: PlacedOperand, value: int, size: int) -> None:
    """Warn (A309) when a number does not fit into `size` bytes, signed or unsigned."""
    bits = 8 * size
    if not -(1 << bits - 1) <= value < 1 << bits:
        kept = value % (1 << bits)
        title = f"{value} does not fit in {size} byte{'s'[: size != 1]}: {kept:#x} is stored"
        warning = Diagnostic("A309", title, operand.span(statement), severity=Severity.WARNING)
        program.diagnostics.collected.append(in_expansion(warning, statement))


def _string(program: Program, statement: Statement, row: Row) -> None:
    parts = []
    for operand in operands_of(statement, (0, _most), row.usage):
        if operand.operand.string is None:
            title = f"`{operand.operand.text}` is not a string"
            raise mistake("A112", title, operand.span(statement), help=f"write `{row.usage}`")
        parts.append(operand.operand.string + (b"\0" if row.name else b""))
    program.append(b"".join(parts), statement)


def _space(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (1, 2), row.usage)
    size, *fill = (constant(statement, operand, program.scope) for operand in operands)
    if size < 0:
        raise mistake("A116", f"a size of {size} is negative", operands[0].span(statement))
    if not fill or not fill[0]:
        program.reserve(size, statement)
    else:
        check_fits(program, statement, operands[1], fill[0], 1)
        program.check_room(size, statement)
        program.append(bytes([fill[0] & 0xFF]) * size, statement)


def _fill(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (1, 3), row.usage)
    given = [constant(statement, operand, program.scope) for operand in operands]
    count, size, value = (*given, 1, 0)[:3] if len(given) == 1 else (*given, 0)[:3]
    if count < 0 or size < 0:
        raise mistake("A116", f"a count of {min(count, size)} is negative", statement.body_span)
    size = min(size, 8)
    pattern = _low_bytes(value, min(size, 4)).ljust(size, b"\0")  # GNU as stores four bytes and puts zeros behind
    if not value:
        program.reserve(count * size, statement)
    else:
        program.check_room(count * size, statement)
        program.append(pattern * count, statement)


def _low_bytes(value: int, size: int) -> bytes:
    return (value % (1 << 8 * size)).to_bytes(size, "big")


def _float(program: Program, statement: Statement, row: Row) -> None:
    kind = ">f" if row.size == 4 else ">d"
    parts = []
    for word in statement.body.split(","):
        try:
            parts.append(struct.pack(kind, float(word.strip().removeprefix("0f").removeprefix("0d"))))
        except (ValueError, OverflowError):
            raise mistake("A112", f"`{word.strip()}` is not a number", statement.body_span) from None
    program.append(b"".join(parts), statement)


def _leb128(program: Program, statement: Statement, row: Row) -> None:
    encode = _encode_signed if row.name == "signed" else _encode_unsigned
    operands = operands_of(statement, (1, _most), row.usage)
    program.append(b"".join(encode(constant(statement, one, program.scope)) for one in operands), statement)


def _encode_unsigned(value: int) -> bytes:
    found = bytearray()
    value %= 1 << 64
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _encode_signed(value: int) -> bytes:
    found = bytearray()
    while not -0x40 <= value < 0x40:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value & 0x7F])


def _include_bytes(program: Program, statement: Statement, row: Row) -> None:
    name, *rest = operands_of(statement, (1, 3), row.usage)
    if name.operand.string is None:
        raise mistake("A112", "a file name stands in quotes", name.span(statement), help=f"write `{row.usage}`")
    skip, count = ([constant(statement, operand, program.scope) for operand in rest] + [0, _most][len(rest) :])[:2]
    path = find_file(statement, name.operand.string.decode(errors="replace"))
    try:
        content = path.read_bytes()
    except OSError as error:
        title = f"cannot read `{path}`: {(error.strerror or str(error)).lower()}"
        raise mistake("A120", title, name.span(statement)) from None
    program.append(content[skip : skip + count], statement)


def _identify(program: Program, statement: Statement, row: Row) -> None:
    (operand,) = operands_of(statement, (1, 1), row.usage)
    comments = program.section(".comment", Attributes("MS", "progbits", 1))
    back = (program.scope.chunk, program.previous)
    program.scope.chunk = comments.chunk()
    start = b"" if program.chunk.size else b"\0"
    program.append(start + (operand.operand.string or b"") + b"\0", statement)
    program.scope.chunk, program.previous = back


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "data": _data,
    "string": _string,
    "space": _space,
    "fill": _fill,
    "float": _float,
    "leb128": _leb128,
    "include_bytes": _include_bytes,
    "identify": _identify,
}
