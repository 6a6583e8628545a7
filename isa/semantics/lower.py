"""Lowering of a checked text to lines of the generated kernel.

`lower(instruction)` gives the body of one branch of the big dispatch. Its lines expect these names:

* int64 locals: `word`, `pc`, `nia` (pc + 4 on entry), `cr` (32 bits), `so`, `ov`, `ca` (0 or 1), `lr`, `ctr`, `msr`,
  `exception` (0 on entry; the values of state.yaml), `sleeping`, and `chip`, `ppu`, `tick`;
* arrays: `gpr` int64[32] with values 0 to 2**32 - 1, `spr` int64[1024], `vr` uint8[32, 128], `acc` int32[64],
  `vcr` uint8[128], and scratch `row` and `enable`, both uint8[128];
* functions: `check_access(address, size)` (an exception, 0 for none),
  `load(chip, ppu, address, size, tick)`, `store(chip, ppu, address, size, value, tick)`,
  `read_spr(chip, ppu, number, tick)`, `write_spr(chip, ppu, number, value, tick)` (all but XER, LR, CTR),
  `pbus_read(chip, ppu, address, row, tick)`, which leaves `row` alone when it fails, and
  `pbus_write(chip, ppu, address, row, enable, tick)` (an exception);
* the functions of `kernel_prelude()`, and for vector instructions that of `lower_vector.lower_vector(row)`.

Locals of a text and temporaries become `<instruction>_<name>`. All integers are int64.
"""

from __future__ import annotations

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.frame import kept
from hicannx.isa.semantics.interval import Interval, unsigned
from hicannx.isa.semantics.load import Described, require_program
from hicannx.isa.semantics.names import named_sprs
from hicannx.isa.semantics.prelude import kernel_prelude
from hicannx.isa.semantics.program import Program, Role
from hicannx.isa.semantics.source import (
    address_source,
    condition_source,
    crf_shift,
    minus,
    value_source,
    wrap_source,
)
from hicannx.isa.semantics.special import write_spr
from hicannx.isa.semantics.state import load_state, word_bits
from hicannx.isa.semantics.writer import Context, start

__all__ = ["kernel_prelude", "lower", "lower_program"]


def lower(instruction: Described) -> list[str]:
    """The lines of the branch of a row with semantics, not indented; a DiagnosticError (I301 to I309) if wrong."""
    return lower_program(require_program(instruction))


def lower_program(program: Program) -> list[str]:
    """The lines of a checked program; work on vector lanes is a call of the function that `lower_vector` gives."""
    if works_on_lanes(program):
        return [call_line(program)]
    context = start(program)
    _block(context, program.body)
    return context.lines or ["pass"]


def works_on_lanes(program: Program) -> bool:
    """True when the instruction has a function of its own (see `lower_vector`)."""
    roles = (Role.LANE, Role.PIECE, Role.ACCUMULATOR, Role.CONDITION)
    return any(program.types[node].role in roles for node in tree.expressions(program.body) if node in program.types)


def function_name(program: Program) -> str:
    """Name of the function of a vector instruction."""
    return f"vector_{program.name}"


def call_line(program: Program) -> str:
    """The line that calls it."""
    return f"{function_name(program)}(word, gpr, vr, acc, vcr, row)"


def _block(context: Context, statements: tuple[tree.Statement, ...]) -> None:
    depth = context.depth
    for statement in statements:
        _statement(context, statement)
    context.depth = depth


def _statement(context: Context, statement: tree.Statement) -> None:
    match statement:
        case tree.Assign(place=place, value=value):
            _assign(context, place, value)
        case tree.Do(call=call):
            _procedure(context, call)
        case tree.If():
            _conditional(context, statement)
        case tree.Counted(name=name, first=first, last=last, body=body):
            low, high = value_source(context, first), value_source(context, last)
            end = str(int(high) + 1) if high.isdigit() else f"{high} + 1"
            _nested(context, f"for {context.local(name)} in range({low}, {end}):", body, in_loop=True)
        case tree.Lanes():
            raise AssertionError("lane loops have a function of their own")


def _nested(context: Context, head: str, body: tuple[tree.Statement, ...], *, in_loop: bool = False) -> None:
    """Put a compound statement; what follows is guarded when its body may fault."""
    context.put(head)
    context.depth += 1
    before = len(context.lines)
    _block(context, body)
    if len(context.lines) == before:
        context.put("pass")
    faults = context.guarded or any("exception" in line for line in context.lines[before:])
    context.guarded = False
    if in_loop and faults:
        context.put("if exception != 0:")
        context.put("    break")
    context.depth -= 1
    context.guarded = faults


def _conditional(context: Context, statement: tree.If) -> None:
    _nested(context, f"if {condition_source(context, statement.condition)}:", statement.then)
    if statement.otherwise:
        faults, context.guarded = context.guarded, False
        _nested(context, "else:", statement.otherwise)
        context.guarded |= faults


def _procedure(context: Context, call: tree.Call) -> None:
    match call.function:
        case "record":
            _record(context, call.arguments[0])
        case "set_overflow":
            context.put(f"ov = {value_source(context, call.arguments[0])}")
            context.put("so |= ov")
        case "trap":
            context.put(f"exception = {load_state().exceptions['program']}")
            context.may_fault()
        case "sleep":
            context.put("sleeping = 1")


def _record(context: Context, argument: tree.Expression) -> None:
    """CR0 from a signed word."""
    result = context.temporary(wrap_source(value_source(context, argument), context.interval(argument), word_bits()))
    context.put(f"cr = recorded(cr, so, {result})")


def _assign(context: Context, place: tree.Place, value: tree.Expression) -> None:
    if context.type(value).role in (Role.VECTOR, Role.VECTOR_MEMORY, Role.BUS):
        _assign_vector(context, place, value)
        return
    match place:
        case tree.Name():
            _assign_name(context, place, value_source(context, value), context.interval(value))
        case tree.Index():
            _assign_index(context, place, value)
        case tree.Call():
            _store(context, place, value)


def _assign_name(context: Context, place: tree.Name, source: str, interval: Interval) -> None:
    name, width = place.text, word_bits()
    match context.type(place).role:
        case Role.LOCAL:
            context.put(f"{context.local(name)} = {source}")
        case Role.GPR:
            context.put(f"gpr[{context.number(name)}] = {wrap_source(source, interval, width)}")
        case Role.SPR:
            write_spr(context, str(named_sprs()[name]), wrap_source(source, interval, width))
        case _:
            register = load_state().registers[name]
            keep = kept(register)
            inside = interval.within(0, keep) and keep == unsigned(register.width).high
            context.put(f"{context.variable(name)} = {source if inside else f'{source} & {keep}'}")


def _assign_index(context: Context, place: tree.Index, value: tree.Expression) -> None:
    role, width = context.type(place).role, context.type(place).width or 0
    index = value_source(context, place.index)
    wrapped = wrap_source(value_source(context, value), context.interval(value), width)
    if role is Role.SPR:
        write_spr(context, index, wrapped)
    elif role is Role.ELEMENT and place.name == "GPR":
        context.put(f"gpr[{index}] = {wrapped}")
    elif role is Role.ELEMENT:
        _insert(context, context.variable("CR"), crf_shift(index), width, wrapped)
    else:
        top = load_state().registers[place.name].width - 1
        _insert(context, context.variable(place.name), minus(top, index), width, wrapped)


def _insert(context: Context, variable: str, shift: str, width: int, source: str) -> None:
    place = shift if shift.isdigit() else context.temporary(shift)
    context.put(f"{variable} = ({variable} & ~({unsigned(width).high} << {place})) | ({source} << {place})")


def _store(context: Context, place: tree.Call, value: tree.Expression) -> None:
    address, size = address_source(context, place.arguments[0]), value_source(context, place.arguments[1])
    source = wrap_source(value_source(context, value), context.interval(value), 8 * int(size))
    context.put(f"exception = check_access({address}, {size})")
    context.may_fault()
    context.put(f"store(chip, ppu, {address}, {size}, {source}, tick)")


def _assign_vector(context: Context, place: tree.Place, value: tree.Expression) -> None:
    """A whole vector register to or from memory, the parallel bus, or another vector register."""
    match place, value:
        case tree.Name(text=target), tree.Name(text=source):
            context.put(f"vr[{context.number(target)}] = vr[{context.number(source)}]")
            return
        case tree.Name(text=target), tree.Call(function="PBUS", arguments=arguments):
            address, number = address_source(context, arguments[0]), context.number(target)
            call = f"vector_in(chip, ppu, {address}, vr, {number}, tick)"
        case tree.Name(text=target), tree.Call(arguments=arguments):
            address, number = address_source(context, arguments[0]), context.number(target)
            call = f"vector_load(chip, ppu, {address}, vr, {number}, tick)"
        case tree.Call(function="PBUS", arguments=arguments), tree.Name(text=source):
            address, number = address_source(context, arguments[0]), context.number(source)
            mask = arguments[1].text if len(arguments) > 1 and isinstance(arguments[1], tree.Name) else ""
            code = context.number(mask) if mask else str(load_state().condition["always"])
            call = f"vector_out(chip, ppu, {address}, vr, {number}, vcr, {code}, enable, tick)"
        case tree.Call(arguments=arguments), tree.Name(text=source):
            address, number = address_source(context, arguments[0]), context.number(source)
            call = f"vector_store(chip, ppu, {address}, vr, {number}, tick)"
        case _:
            raise AssertionError(place.span.text)
    context.put(f"exception = {call}")
    context.may_fault()
