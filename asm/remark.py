"""Directives about the assembly itself: processor, messages, and attributes of the object."""

from __future__ import annotations

from collections.abc import Callable

from hicannx.asm.evaluate import constant, operands_of
from hicannx.asm.machine import load_machine, machine_names, surprising_machine
from hicannx.asm.mistake import mistake
from hicannx.asm.number import encode_unsigned
from hicannx.asm.program import Program
from hicannx.asm.row import Row
from hicannx.asm.section import Attributes
from hicannx.asm.syntax import Statement
from hicannx.diagnostic import did_you_mean


def _machine(program: Program, statement: Statement, row: Row) -> None:
    name = statement.body.strip().strip('"').lower()
    if name == "push":
        program.machines.append(program.machine)
    elif name == "pop":
        if not program.machines:
            title = "`.machine pop` without `.machine push`"
            raise mistake("A114", title, statement.body_span, help="remove it, or write `.machine push` before")
        program.machine = program.machines.pop()
    elif name in machine_names():
        if name == surprising_machine():
            title = f"`.machine {name}` is unknown to assemblers of other processors"
            program.report.complain(
                "A607", title, statement.body_span, help="leave it out: it is what is assembled for"
            )
        program.machine = load_machine(name)
    else:
        title = f"unknown machine `{name}`"
        raise mistake("A112", title, statement.body_span, help=did_you_mean(name, machine_names()))


def _complain(program: Program, statement: Statement, row: Row) -> None:
    text = f"`{statement.mnemonic}` reached"
    if statement.body and row.name != "abort":
        (operand,) = operands_of(statement, (1, 1), row.usage)
        if operand.operand.string is None:
            title = f"`{operand.operand.text}` is not a string"
            raise mistake("A112", title, operand.span(statement), help=f"write `{row.usage}`")
        text = operand.operand.string.decode(errors="replace") or text
    if row.name != "warning":
        program.is_ended = row.name == "abort"
        raise mistake("A118", text, statement.span, help="the source asks for this error; see the condition around it")
    program.report.warn("A119", text, statement.span)


def _end(program: Program, statement: Statement, row: Row) -> None:
    program.is_ended = True


def _unsupported(program: Program, statement: Statement, row: Row) -> None:
    title = f"`{statement.mnemonic}` has no effect in this object format"
    program.report.warn("A125", title, statement.span, help="remove it; a section may belong to a group instead")


_vendor = b"gnu\0"
_file_tag = 1


def _attribute(program: Program, statement: Statement, row: Row) -> None:
    """Add to the attributes of the object: a number of the vendor, and its value."""
    operands = operands_of(statement, (2, 2), row.usage)
    tag, value = (constant(statement, one, program.scope) for one in operands)
    section = program.section(".gnu.attributes", Attributes("", "attributes"))
    chunk = section.chunk()
    program.object_attributes[tag] = value
    pairs = sorted(program.object_attributes.items())
    body = b"".join(encode_unsigned(tag) + encode_unsigned(value) for tag, value in pairs if value)
    about_file = bytes([_file_tag]) + (len(body) + 5).to_bytes(4, "big") + body
    about_vendor = (len(_vendor) + len(about_file) + 4).to_bytes(4, "big") + _vendor + about_file
    chunk.data[:] = b"A" + about_vendor
    chunk.size = len(chunk.data)


actions: dict[str, Callable[[Program, Statement, Row], None]] = {
    "machine": _machine,
    "complain": _complain,
    "end": _end,
    "unsupported": _unsupported,
    "attribute": _attribute,
}
