"""Directives that say where things go: alignment, the location counter, gaps."""

from __future__ import annotations

from collections.abc import Callable

from hicannx.asm.evaluate import PlacedOperand, constant, operands_of, optional_operands_of, unknown, value_of
from hicannx.asm.expression import Place, Value, settle
from hicannx.asm.mistake import Report, mistake
from hicannx.asm.padding import code_padding
from hicannx.asm.program import Program
from hicannx.asm.row import Row
from hicannx.asm.section import Chunk
from hicannx.asm.syntax import Statement
from hicannx.source import Span

_largest_exponent = 31  # what a section header of 32 bits can say
_alignment_limit = 1 << 28


def does_nothing(program: Program, statement: Statement, usage: str) -> None:
    """Say (A606) that a directive without operands has no effect."""
    title = f"`{statement.mnemonic}` without operands does nothing"
    program.report.complain("A606", title, statement.span, help=f"write `{usage}`")


def _align(program: Program, statement: Statement, row: Row) -> None:
    if not statement.body:
        does_nothing(program, statement, row.usage)
        return
    operands = optional_operands_of(statement, 3, row.usage)
    first, fill, most = (one and constant(statement, one, program.scope) for one in operands)
    boundary = _boundary(program, statement, row, first or 0)
    align(program, statement, boundary, (fill, row.size), most)


def _boundary(program: Program, statement: Statement, row: Row, given: int) -> int:
    """The alignment in bytes; complains (A313, A314) about one that is not possible."""
    if row.name == "power":
        allowed = f"`{statement.mnemonic}` takes the exponent of a power of two: 0 to {_largest_exponent}"
        if not 0 <= given <= _largest_exponent:
            title = f"an alignment to {given} bits is not possible"
            program.report.complain("A314", title, statement.body_span, help=allowed)
            return 1 << _largest_exponent if given > 0 else 1
        return 1 << given
    if given < 0 or given & (given - 1) or given > _alignment_limit:
        title = f"an alignment of {statement.body} is not possible"
        help_text = f"`{statement.mnemonic}` takes a power of two, such as 4 or 16"
        raise mistake("A313", title, statement.body_span, help=help_text)
    return given or 1


def align(
    program: Program, statement: Statement, boundary: int, fill: tuple[int | None, int], most: int | None = None
) -> None:
    """Pad up to a multiple of `boundary` with `fill` (value, bytes), or what the section is padded with by itself."""
    chunk = program.chunk
    value, width = fill
    ends_groups = program.machine.ends_groups

    def measure(start: int) -> int:
        size = -start % boundary
        return 0 if most is not None and 0 < most < size else size

    def make(size: int) -> bytes:
        if value is None and chunk.section.is_code:
            return code_padding(size, ends_groups=ends_groups)
        if size % width:
            title = f"the gap of {size} bytes is no multiple of the {width} bytes that fill it"
            raise mistake("A313", title, statement.span, help="align to less before, or fill with single bytes")
        return _low_bytes(value or 0, width) * (size // width)

    chunk.align = max(chunk.align, boundary)
    if chunk.gaps or chunk.number:
        program.leave_gap(statement, measure, make)
    elif chunk.section.is_zero and not value:
        program.reserve(measure(chunk.size), statement)
    else:
        program.check_room(measure(chunk.size), statement)
        program.append(make(measure(chunk.size)), statement)


def _org(program: Program, statement: Statement, row: Row) -> None:
    operands = operands_of(statement, (1, 2), row.usage)
    target = value_of(statement, operands[0], program.scope)
    fill = constant(statement, operands[1], program.scope) if len(operands) > 1 else 0
    move_to(program, statement, (target, operands[0]), fill)


def move_to(program: Program, statement: Statement, target: tuple[Value, PlacedOperand], fill: int = 0) -> None:
    """Move the location counter forward; a DiagnosticError (A302, A308) where that is not possible."""
    chunk = program.chunk
    value, operand = target

    def measure(start: int) -> int:
        size = _offset_in(chunk, value, statement, operand) - start
        if size < 0:
            title = f"`{statement.mnemonic}` would move back from offset {start:#x} to {start + size:#x}"
            help_text = f"a location counter moves forward only: allowed are {start:#x} and more"
            raise mistake("A308", title, operand.span(statement), help=help_text)
        return size

    certain = isinstance(value, int) or (isinstance(value, Place) and value.symbol.chunk is chunk and not value.minus)
    if chunk.section.is_absolute:
        chunk.size = _offset_in(chunk, value, statement, operand)
    elif certain and not chunk.gaps and not chunk.number:
        _fill(program, statement, measure(chunk.size), fill)
    else:
        program.leave_gap(statement, measure, lambda size: bytes([fill & 0xFF]) * size)


def _offset_in(chunk: Chunk, value: Value, statement: Statement, operand: PlacedOperand) -> int:
    found = settle(value)
    if isinstance(found, int):
        return found
    if found.minus is None and found.symbol.chunk and found.symbol.chunk.section is chunk.section:
        return found.symbol.section_offset + found.addend
    title = f"`{operand.operand.text}` is not a place in section `{chunk.section.name}`"
    raise mistake("A302", title, operand.span(statement), help="give an offset, or a label of this section plus one")


def _fill(program: Program, statement: Statement, size: int, value: int) -> None:
    program.check_room(size, statement)
    if value:
        program.append(bytes([value & 0xFF]) * size, statement)
    else:
        program.reserve(size, statement)


def _space(program: Program, statement: Statement, row: Row) -> None:
    if not statement.body:
        does_nothing(program, statement, row.usage)
        return
    count, given = optional_operands_of(statement, 2, row.usage)
    value = constant(statement, given, program.scope) if given else 0
    if count is None:
        raise mistake("A105", "an operand is missing here", statement.body_span, help=f"write `{row.usage}`")
    if given:
        check_fits(program.report, given.span(statement), value, row.size)
    _repeat(program, statement, count, _low_bytes(value, row.size))


def _repeat(program: Program, statement: Statement, count: PlacedOperand, pattern: bytes) -> None:
    """Store a pattern so many times, a number that may depend on labels behind it."""
    number = value_of(statement, count, program.scope)
    report = program.report

    def known(number: int) -> int:
        if number < 0:
            title = f"a size of {number} is negative, nothing is stored"
            report.complain("A124", title, count.span(statement), help="allowed: 0 and more")
        return max(number, 0) * len(pattern)

    def measure(_: int) -> int:
        report.statement = statement
        found = settle(number)
        if not isinstance(found, int):
            raise unknown(statement, count)
        return known(found)

    if not isinstance(number, int):
        program.leave_gap(statement, measure, lambda size: pattern * (size // len(pattern)))
        return
    size = known(number)
    if number == 0:
        title = f"`{statement.mnemonic}` of size 0 does nothing"
        program.report.complain("A606", title, statement.span, help="remove it, or give a size")
    if any(pattern):
        program.check_room(size, statement)
        program.append(pattern * (size // len(pattern)), statement)
    else:
        program.reserve(size, statement)


_most_fill, _stored = 8, 4  # GNU as repeats up to eight bytes, stores four of them and puts zeros behind


def _fill_pattern(program: Program, statement: Statement, row: Row) -> None:
    if not statement.body:
        does_nothing(program, statement, row.usage)
        return
    operands = optional_operands_of(statement, 3, row.usage)
    if operands[0] is None:
        raise mistake("A111", f"`{statement.mnemonic}` has no count", statement.body_span, help=f"write `{row.usage}`")
    size, value = (constant(statement, one, program.scope) if one else None for one in operands[1:])
    if size is None:
        size = 0 if "," in statement.body else 1  # a size that is left out between commas is none
    if size < 0 or size > _most_fill:
        title = f"a size of {size} is not possible, {max(0, min(size, _most_fill))} is taken"
        program.report.complain("A124", title, statement.body_span, help=f"allowed: 0 to {_most_fill}")
        size = max(0, min(size, _most_fill))
    pattern = _low_bytes(value or 0, min(size, _stored)).ljust(size, b"\0")
    if pattern:
        _repeat(program, statement, operands[0], pattern)


def _low_bytes(value: int, size: int) -> bytes:
    return (value % (1 << 8 * size)).to_bytes(size, "big")


def check_fits(report: Report, span: Span, value: int, size: int) -> None:
    """Warn (A309) when a number does not fit into `size` bytes, signed or unsigned."""
    bits = 8 * size
    if not -(1 << bits - 1) <= value < 1 << bits:
        kept = value % (1 << bits)
        title = f"{value} does not fit in {size} byte{'s'[: size != 1]}: {kept:#x} is stored"
        allowed = f"allowed: {-(1 << bits - 1)} to {(1 << bits) - 1}"
        report.warn("A309", title, span, label=allowed)


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "align": _align,
    "org": _org,
    "space": _space,
    "fill": _fill_pattern,
}
