"""Expressions of a checked text as source text: int64 arithmetic, without branches and calls for plain work.

Both sides of `and` and `or` are evaluated: expressions have no effects, and a branch costs more than a comparison.
"""

from __future__ import annotations

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.functions import find_function
from hicannx.isa.semantics.interval import Interval, signed, unsigned
from hicannx.isa.semantics.names import is_gpr, named_sprs
from hicannx.isa.semantics.program import Role
from hicannx.isa.semantics.special import spr_source
from hicannx.isa.semantics.state import load_state, word_bits
from hicannx.isa.semantics.writer import Context

_logic = {"and": "&", "or": "|"}


def sign_extend_source(source: str, interval: Interval, width: int) -> str:
    """The low bits of a value read as two's complement."""
    limits = signed(width)
    if interval.within(limits.low, limits.high):
        return source
    half = 1 << (width - 1)
    return f"(({wrap_source(source, interval, width)} ^ {half}) - {half})"


def wrap_source(source: str, interval: Interval, width: int) -> str:
    """The low bits of a value, cut only where the proved range asks for it."""
    limits = unsigned(width)
    return source if interval.within(limits.low, limits.high) else f"({source} & {limits.high})"


def address_source(context: Context, node: tree.Expression) -> str:
    """An expression as an address."""
    return wrap_source(value_source(context, node), context.interval(node), word_bits())


def condition_source(context: Context, node: tree.Expression) -> str:
    """An expression as a truth value."""
    match node:
        case tree.Unary(operator="not", operand=operand):
            return f"(not {condition_source(context, operand)})"
        case tree.Binary(operator="and" | "or" as operator, left=left, right=right):
            return f"({condition_source(context, left)} {_logic[operator]} {condition_source(context, right)})"
        case tree.Binary(operator=operator, left=left, right=right) if context.type(node).boolean:
            return f"({value_source(context, left)} {operator} {value_source(context, right)})"
        case tree.Call() if context.type(node).boolean:
            return f"({_call(context, node)})"
    return f"({value_source(context, node)} != 0)"


def value_source(context: Context, node: tree.Expression) -> str:
    """An expression as an integer."""
    match node:
        case tree.Number(value=value):
            return str(value)
        case tree.Name():
            return _name(context, node)
        case tree.OrZero(name=name):
            number = context.number(name)
            return f"(gpr[{number}] * ({number} != 0))"
        case tree.Index():
            return _index(context, node)
        case tree.Slice(name=name, first=first, last=last):
            return _slice(context, name, first, last)
        case tree.Unary(operator="-" | "~" | "+" as operator, operand=operand):
            return f"({operator}{value_source(context, operand)})"
        case tree.Choice(condition=condition, yes=yes, no=no):
            test = condition_source(context, condition)
            chosen, other = (value_source(context, one) for one in (yes, no))
            if context.lane:  # with a branch LLVM might not do lanes at once
                return f"({other} ^ (({chosen} ^ {other}) * ({test})))"
            return f"({chosen} if {test} else {other})"
        case tree.Binary(operator=operator, left=left, right=right) if not context.type(node).boolean:
            return f"({value_source(context, left)} {operator} {value_source(context, right)})"
        case tree.Call() if not context.type(node).boolean:
            return _call(context, node)
    return f"({condition_source(context, node)} * 1)"


def _name(context: Context, node: tree.Name) -> str:
    name = node.text
    if name in context.known:
        return context.known[name]
    match context.type(node).role:
        case Role.LOCAL:
            return context.local(name)
        case Role.STATE:
            return context.variable(name)
        case Role.SPR:
            return spr_source(context, str(named_sprs()[name]))
        case Role.GPR:
            return f"gpr[{context.number(name)}]"
    return field_value_source(context, name)


def field_value_source(context: Context, name: str) -> str:
    """The value of a field: signed where it is declared so, in units of its scale."""
    field = context.program.fields[name]
    width = field.msb - field.lsb + 1
    source = context.number(name)
    value = sign_extend_source(source, unsigned(width), width) if field.signed else source
    return value if field.scale == 1 else f"({value} * {field.scale})"


def _index(context: Context, node: tree.Index) -> str:
    name, role = node.name, context.type(node).role
    if role in (Role.LANE, Role.PIECE, Role.ACCUMULATOR, Role.CONDITION):
        assert context.lane is not None
        return context.lane(context, node)
    index = value_source(context, node.index)
    if role is Role.SPR:
        return spr_source(context, index)
    if role is Role.ELEMENT:
        array = load_state().arrays["CRF"]
        return f"gpr[{index}]" if name == "GPR" else f"((cr >> {crf_shift(index)}) & {(1 << array.width) - 1})"
    source, top = _bits_of(context, name)
    return f"(({source} >> {minus(top, index)}) & 1)"


def _slice(context: Context, name: str, first: int, last: int) -> str:
    source, top = _bits_of(context, name)
    mask = (1 << (last - first + 1)) - 1
    return f"(({source} >> {top - last}) & {mask})" if top - last else f"({source} & {mask})"


def _bits_of(context: Context, name: str) -> tuple[str, int]:
    """A word and the place of the named thing's bit 0 in it."""
    field = context.program.fields.get(name)
    if field is None:
        return context.variable(name), load_state().registers[name].width - 1
    if is_gpr(field):
        return f"gpr[{context.number(name)}]", word_bits() - 1
    return "word", field.msb


def minus(number: int, source: str) -> str:
    """`number - source`, folded where it is a literal."""
    return str(number - int(source)) if source.isdigit() else f"({number} - {source})"


def crf_shift(index: str) -> str:
    """Where field `index` of the condition register stands."""
    array = load_state().arrays["CRF"]
    top = array.width * (array.count - 1)
    return str(top - array.width * int(index)) if index.isdigit() else f"({top} - {array.width} * {index})"


def _call(context: Context, call: tree.Call) -> str:
    arguments = call.arguments
    match call.function:
        case "number":
            assert isinstance(arguments[0], tree.Name)
            return context.number(arguments[0].text)
        case "holds":
            assert isinstance(arguments[0], tree.Name) and context.holds is not None
            return context.holds(arguments[0].text, value_source(context, arguments[1]))
        case "MEM":
            return _load(context, call)
    sources = [value_source(context, argument) for argument in arguments]
    if call.function in ("EXTS", "EXTZ"):
        width = context.type(arguments[0]).width or 0
        cut = sign_extend_source if call.function == "EXTS" else wrap_source
        return cut(sources[0], context.interval(arguments[0]), width)
    found = find_function(call.function)
    assert found is not None
    for place, source in enumerate(sources):
        if found.source.count(f"{{{place}}}") > 1 and not source.isidentifier() and not source.isdigit():
            sources[place] = context.temporary(source)
    return found.source.format(*sources)


def _load(context: Context, call: tree.Call) -> str:
    address, size = address_source(context, call.arguments[0]), value_source(context, call.arguments[1])
    context.put(f"exception = check_access({address}, {size})")
    context.may_fault()
    return context.temporary(f"load(chip, ppu, {address}, {size}, tick)")
