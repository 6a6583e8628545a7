"""The reference executor: walks the tree with Python integers, slowly and obviously."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.bits import sign_extend, wrap
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.frame import (
    Fault,
    Frame,
    read_cut,
    read_index,
    read_name,
    write_index,
    write_name,
)
from hicannx.isa.semantics.functions import find_function
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.program import Program, Role
from hicannx.isa.semantics.state import load_state, word_bits, word_bytes

_operators: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "&": operator.and_, "|": operator.or_,
    "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift, "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def execute(program: Program, word: int, machine: Machine) -> None:
    """Execute one instruction word at `machine.pc`; afterwards `machine.pc` is the address of the next one.

    With `machine.exception` set the pc stays, and nothing after the faulting access has happened.
    """
    machine.exception = load_state().exceptions["none"]
    registers = machine.registers
    registers["NIA"] = wrap(machine.pc + word_bytes(), word_bits())
    frame = Frame(program, word, machine, [bytes(row) for row in machine.vr])
    try:
        _run(frame, program.body)
    except Fault as fault:
        machine.exception = fault.code
        return
    machine.pc = registers["NIA"]


def _run(frame: Frame, statements: tuple[tree.Statement, ...]) -> None:
    for statement in statements:
        match statement:
            case tree.Assign(place=place, value=value):
                _assign(frame, place, value)
            case tree.Do(call=call):
                _procedure(frame, call)
            case tree.If(condition=condition, then=then, otherwise=otherwise):
                _run(frame, then if _value(frame, condition) else otherwise)
            case tree.Counted(name=name, first=first, last=last, body=body):
                for count in range(_value(frame, first), _value(frame, last) + 1):
                    frame.locals[name] = count
                    _run(frame, body)
            case tree.Lanes():
                _lanes(frame, statement)


def _lanes(frame: Frame, statement: tree.Lanes) -> None:
    frame.lane, frame.mask = load_state().lanes[statement.kind], statement.mask
    for index in range(frame.lane.count):
        frame.locals[statement.name] = index
        _run(frame, statement.body)
    frame.lane = frame.mask = None


def _procedure(frame: Frame, call: tree.Call) -> None:
    registers = frame.machine.registers
    values = [_value(frame, argument) for argument in call.arguments]
    match call.function:
        case "record":
            _record(frame, values[0])
        case "set_overflow":
            registers["XER.OV"] = values[0]
            registers["XER.SO"] |= values[0]
        case "trap":
            raise Fault("program")
        case "sleep":
            frame.machine.sleeping = True


def _record(frame: Frame, result: int) -> None:
    found = find_function("compare")
    assert found is not None
    registers = frame.machine.registers
    code = found.evaluate(sign_extend(result, word_bits()), 0) | registers["XER.SO"]
    place = word_bits() - load_state().arrays["CRF"].width
    registers["CR"] = wrap(registers["CR"], place) | code << place


def _assign(frame: Frame, place: tree.Place, expression: tree.Expression) -> None:
    found = frame.program.types[expression]
    if found.role in (Role.VECTOR, Role.VECTOR_MEMORY, Role.BUS):
        _assign_vector(frame, place, _vector(frame, expression))
        return
    match place:
        case tree.Name():
            write_name(frame, place, _value(frame, expression))
        case tree.Index(index=index):
            write_index(frame, place, _value(frame, index), _value(frame, expression))
        case tree.Call(arguments=arguments):
            address = _address(frame, arguments[0])
            size = _value(frame, arguments[1])
            value = _value(frame, expression)
            _check_access(address, size)
            frame.machine.store(address, size, wrap(value, 8 * size))


def _vector(frame: Frame, expression: tree.Expression) -> bytes:
    machine = frame.machine
    match expression:
        case tree.Name(text=name):
            return frame.before[frame.number(name)]
        case tree.Call(function="PBUS", arguments=arguments):
            return machine.bus_read(_address(frame, arguments[0]))
        case tree.Call(arguments=arguments):
            address = _address(frame, arguments[0])
            places = range(0, load_facts().vector_bytes, word_bytes())
            words = (machine.load(wrap(address + at, word_bits()), word_bytes()) for at in places)
            return b"".join(word.to_bytes(word_bytes(), "big") for word in words)
    raise AssertionError(expression)


def _assign_vector(frame: Frame, place: tree.Place, row: bytes) -> None:
    machine = frame.machine
    match place:
        case tree.Name(text=name):
            machine.vr[frame.number(name)][:] = row
        case tree.Call(function="PBUS", arguments=arguments):
            mask = arguments[1].text if len(arguments) > 1 and isinstance(arguments[1], tree.Name) else None
            enable = bytes(mask is None or frame.enabled(mask, byte) for byte in range(len(row)))
            machine.bus_write(_address(frame, arguments[0]), row, enable)
        case tree.Call(arguments=arguments):
            address = _address(frame, arguments[0])
            for at in range(0, len(row), word_bytes()):
                word = int.from_bytes(row[at : at + word_bytes()], "big")
                machine.store(wrap(address + at, word_bits()), word_bytes(), word)


def _address(frame: Frame, expression: tree.Expression) -> int:
    return wrap(_value(frame, expression), word_bits())


def _check_access(address: int, size: int) -> None:
    """Raise the alignment exception where the bus unit does."""
    if address % word_bytes() not in load_facts().offsets[size]:
        raise Fault("alignment")


def _value(frame: Frame, expression: tree.Expression) -> int:
    match expression:
        case tree.Number(value=value):
            return value
        case tree.Name():
            return read_name(frame, expression)
        case tree.OrZero(name=name):
            return frame.machine.gpr[frame.number(name)] if frame.number(name) else 0
        case tree.Index(index=index):
            return read_index(frame, expression, _value(frame, index))
        case tree.Slice(name=name, first=first, last=last):
            return read_cut(frame, name, first, last)
        case tree.Unary(operator=sign, operand=operand):
            return _negate(sign, _value(frame, operand))
        case tree.Binary(operator="and", left=left, right=right):
            return _value(frame, left) and _value(frame, right)
        case tree.Binary(operator="or", left=left, right=right):
            return _value(frame, left) or _value(frame, right)
        case tree.Binary(operator=sign, left=left, right=right):
            return int(_operators[sign](_value(frame, left), _value(frame, right)))
        case tree.Choice(condition=condition, yes=yes, no=no):
            return _value(frame, yes if _value(frame, condition) else no)
        case tree.Call():
            return _call(frame, expression)


def _negate(sign: str, value: int) -> int:
    return {"-": -value, "+": value, "~": ~value, "not": int(not value)}[sign]


def _call(frame: Frame, call: tree.Call) -> int:
    arguments = call.arguments
    match call.function:
        case "number":
            return frame.number(arguments[0].span.text)
        case "holds":
            return int(frame.enabled(arguments[0].span.text, _value(frame, arguments[1])))
        case "EXTS":
            return sign_extend(_value(frame, arguments[0]), frame.program.types[arguments[0]].width or 0)
        case "EXTZ":
            return wrap(_value(frame, arguments[0]), frame.program.types[arguments[0]].width or 0)
        case "MEM":
            address, size = _address(frame, arguments[0]), _value(frame, arguments[1])
            _check_access(address, size)
            return frame.machine.load(address, size)
    found = find_function(call.function)
    assert found is not None
    return found.evaluate(*(_value(frame, argument) for argument in arguments))
