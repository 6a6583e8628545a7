"""Directives that store data: numbers, texts, and files."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from hicannx.asm.block import find_file, where_searched
from hicannx.asm.evaluate import PlacedOperand, check_missing, constant, operands_of, optional_operands_of, unknown
from hicannx.asm.expression import Place, Site, Value, evaluate, settle
from hicannx.asm.mistake import mistake
from hicannx.asm.number import NumberError, encode_float, encode_signed, encode_unsigned
from hicannx.asm.operand import split_operands
from hicannx.asm.placement import check_fits, does_nothing
from hicannx.asm.program import PlacedValue, Program
from hicannx.asm.row import Row
from hicannx.asm.section import Attributes
from hicannx.asm.syntax import Statement

_most = 1 << 30
_integer = re.compile(r"0|[1-9][0-9]{0,18}|0[xX][0-9a-fA-F]{1,16}")


def _data(program: Program, statement: Statement, row: Row) -> None:
    size = row.size
    for offset, text in split_operands(statement.body):
        if _integer.fullmatch(text) and (value := int(text, 0)) < 1 << 8 * size:
            program.append(value.to_bytes(size, "big"), statement)
        elif text:
            (operand,) = operands_of(_piece(statement, offset, text), (1, 1), row.usage)
            _number(program, statement, PlacedOperand(operand.operand, offset), size)
        else:
            title = "an operand is missing here"
            program.report.complain("A105", title, statement.part(offset, offset), help=f"write `{row.usage}`")
            program.append(bytes(size), statement)


def _piece(statement: Statement, offset: int, text: str) -> Statement:
    """The statement with one of its operands alone."""
    return Statement(
        statement.file, statement.start, statement.text, (), statement.mnemonic, statement.mnemonic_start,
        text, statement.body_start + offset, statement.site,
    )  # fmt: skip


def _number(program: Program, statement: Statement, operand: PlacedOperand, size: int) -> None:
    value = _value(statement, operand, program)  # the location counter `.` is that of this very number
    if isinstance(value, int) and not operand.operand.suffix:
        if not -(1 << 8 * size - 1) <= value < 1 << 8 * size:
            check_fits(program.report, operand.span(statement), value, size)
        program.append((value % (1 << 8 * size)).to_bytes(size, "big"), statement)
        return
    offset = program.append(bytes(size), statement)
    span, suffix = operand.span(statement), operand.operand.suffix
    program.values.append(PlacedValue(program.chunk, offset, size, value, suffix, span, statement))


def _value(statement: Statement, placed: PlacedOperand, program: Program) -> Value:
    operand, offset = placed
    if operand.expression is None or operand.base is not None:
        title = f"`{operand.text}` is not a number"
        raise mistake("A112", title, placed.span(statement), help="texts are stored by `.ascii` and `.asciz`")
    check_missing(statement, placed, program.report)
    return evaluate(operand.expression, program.scope, Site(statement, offset))


def _string(program: Program, statement: Statement, row: Row) -> None:
    if not statement.body:
        does_nothing(program, statement, row.usage)
    parts = []
    for operand in optional_operands_of(statement, len(split_operands(statement.body)), row.usage):
        if operand is None:
            title = "a string is missing here"
            program.report.complain("A105", title, statement.body_span, help=f"write `{row.usage}`")
        elif operand.operand.string is None:
            title = f"`{operand.operand.text}` is not a string"
            raise mistake("A112", title, operand.span(statement), help=f"write `{row.usage}`")
        else:
            text = operand.operand.string + (b"\0" if row.name else b"")
            parts.append(b"".join(bytes(row.size - 1) + bytes([one]) for one in text) if row.size > 1 else text)
    program.append(b"".join(parts), statement)


def _repeated(program: Program, statement: Statement, row: Row) -> None:
    """A number of so many equal numbers: integers, or floating point ones when the row has that name."""
    pieces = split_operands(statement.body)
    if len(pieces) != 2:
        title = f"`{statement.mnemonic}` has {len(pieces)} operand{'s'[: len(pieces) != 1]}"
        raise mistake("A111", title, statement.body_span, help=f"write `{row.usage}`")
    (operand,) = operands_of(_piece(statement, *pieces[0]), (1, 1), row.usage)
    count = max(0, constant(statement, operand, program.scope))
    program.check_room(count * row.size, statement)
    if row.name == "float":
        program.append(_encoded_float(statement, row, *pieces[1]) * count, statement)
        return
    for _ in range(count):
        _data(program, _piece(statement, *pieces[1]), row)


def _float(program: Program, statement: Statement, row: Row) -> None:
    pieces = [piece for piece in split_operands(statement.body) if piece[1]]
    program.append(b"".join(_encoded_float(statement, row, *piece) for piece in pieces), statement)


def _encoded_float(statement: Statement, row: Row, offset: int, text: str) -> bytes:
    try:
        return encode_float(text, row.size)
    except NumberError:
        span = statement.part(offset, offset + len(text))
        help_text = "write a number such as 1.5, -2e10, inf or nan"
        raise mistake("A112", f"`{text}` is not a number of {row.size} bytes", span, help=help_text) from None


def _leb128(program: Program, statement: Statement, row: Row) -> None:
    encode = encode_signed if row.name == "signed" else encode_unsigned
    for operand in operands_of(statement, (1, _most), row.usage):
        value = _value(statement, operand, program)
        if isinstance(value, int):
            program.append(encode(value), statement)
        else:
            _wait_for(program, statement, operand, value, encode)


def _wait_for(
    program: Program, statement: Statement, operand: PlacedOperand, value: Value, encode: Callable[[int], bytes]
) -> None:
    """Leave room for a number that depends on what follows."""

    def number() -> int:
        found = settle(value)
        if isinstance(found, Place):
            raise unknown(statement, operand)
        return found

    program.leave_gap(statement, lambda _: len(encode(number())), lambda _: encode(number()))


def _include_bytes(program: Program, statement: Statement, row: Row) -> None:
    name, *rest = optional_operands_of(statement, 3, row.usage)
    if name is None or name.operand.string is None:
        raise mistake("A112", "a file name stands in quotes", statement.body_span, help=f"write `{row.usage}`")
    skip, count = (constant(statement, one, program.scope) if one else None for one in rest)
    path = find_file(statement, name.operand.string.decode(errors="replace"), program.options)
    try:
        content = path.read_bytes()
    except OSError as error:
        title = f"cannot read `{path}`: {(error.strerror or str(error)).lower()}"
        raise mistake("A120", title, name.span(statement), help=where_searched) from None
    program.files.append(str(path))
    start = skip or 0
    if count == 0:
        title = f"a count of 0 means all of `{path}`"
        program.report.complain(
            "A606", title, statement.body_span, help="leave the count away, or remove the directive"
        )
    end = start + count if count else len(content)
    if not 0 <= start <= end <= len(content):
        title = f"bytes {start} to {end} are not in `{path}`"
        help_text = f"allowed: skip and count that add up to at most {len(content)}, the size of the file"
        raise mistake("A112", title, statement.body_span, help=help_text)
    program.append(content[start:end], statement)


def _identify(program: Program, statement: Statement, row: Row) -> None:
    (operand,) = operands_of(statement, (1, 1), row.usage)
    if operand.operand.string is None:
        title = f"`{operand.operand.text}` is not a string"
        raise mistake("A112", title, operand.span(statement), help=f"write `{row.usage}`")
    comments = program.section(".comment", Attributes("MS", "progbits", 1))
    back = (program.scope.chunk, program.previous)
    program.scope.chunk = comments.chunk()
    start = b"" if program.chunk.size else b"\0"
    program.append(start + operand.operand.string + b"\0", statement)
    program.scope.chunk, program.previous = back


_note_type, _note_align = 1, 4  # NT_VERSION; notes are made of words


def _version(program: Program, statement: Statement, row: Row) -> None:
    """A note that says which version this is: sizes of name and description, type, name."""
    (operand,) = operands_of(statement, (1, 1), row.usage)
    name = (operand.operand.string or b"") + b"\0"
    back = (program.scope.chunk, program.previous)
    program.scope.chunk = program.section(".note").chunk()
    program.chunk.align = max(program.chunk.align, _note_align)
    program.append(struct.pack(">III", len(name), 0, _note_type) + name + bytes(-len(name) % 4), statement)
    program.scope.chunk, program.previous = back


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "data": _data,
    "repeated": _repeated,
    "string": _string,
    "float": _float,
    "leb128": _leb128,
    "include_bytes": _include_bytes,
    "identify": _identify,
    "version": _version,
}
