"""Lowering of vector instructions: a function each, with loops that LLVM can turn into SIMD.

Results go to the scratch `row` first and are merged into the target afterwards: sources are read before the target
is written, whichever registers coincide, and the loops have no dependence between their turns. The accumulator and
the condition codes are written in place; they depend on their own lane only. In a loop over byte lanes that touches
the accumulator one turn does the two bytes that share a word of it.
"""

from __future__ import annotations

from functools import partial

import attrs

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.interval import signed
from hicannx.isa.semantics.load import Described, require_program
from hicannx.isa.semantics.lower import call_line, function_name, works_on_lanes
from hicannx.isa.semantics.names import is_gpr
from hicannx.isa.semantics.program import Program, Role
from hicannx.isa.semantics.source import field_value_source, sign_extend_source, value_source, wrap_source
from hicannx.isa.semantics.state import Lane, load_state
from hicannx.isa.semantics.writer import Context

_arguments = "word, gpr, vr, acc, vcr, row"
_views = "halves, row_halves = vr.view(np.uint16), row.view(np.uint16)"
_half_bytes = 2


@attrs.define
class _Turn:
    """A turn of a lane loop: its kind and counter, the byte of an accumulator word it is at, sources read so far."""

    lane: Lane
    index: str
    phase: int
    read: dict[tuple[str, Role], str] = attrs.field(factory=dict)


def lower_vector(instruction: Described) -> tuple[str, str, str] | None:
    """Name, source text and call line of the function of a row's vector work; None when it needs none."""
    return lower_vector_program(require_program(instruction))


def lower_vector_program(program: Program) -> tuple[str, str, str] | None:
    """The same for a checked program."""
    if not works_on_lanes(program):
        return None
    context = Context(program, holds=_holds)
    context.put("@njit(forceinline=True)")
    context.put(f"def {function_name(program)}({_arguments}):")
    context.depth = 1
    context.put(_views)
    _put_invariants(context)
    for statement in program.body:
        match statement:
            case tree.Lanes():
                _lanes(context, statement)
            case tree.Counted():
                _pieces(context, statement)
            case _:
                raise AssertionError("a vector instruction consists of loops")
    if not any("halves" in line for line in context.lines[3:]):
        context.lines.remove(f"    {_views}")
    return function_name(program), "\n".join(context.lines) + "\n", call_line(program)


def _put_invariants(context: Context) -> None:
    """Everything that comes from the word, before the loops."""
    program = context.program
    for node in tree.expressions(program.body):
        name = node.name.partition(".")[0] if isinstance(node, tree.Index) else getattr(node, "text", "")
        field = program.fields.get(name)
        if field is None or name in context.known:
            continue
        source = context.number(name)
        if is_gpr(field):
            source = f"gpr[{source}]"
        elif field.kind != "vr":
            source = field_value_source(context, name)
        context.put(f"{name} = {source}")
        context.known[name] = name
    for name in _masks(program):
        number = context.number(name)
        context.put(f"always_{name}, bit_{name} = _ALWAYS[{number}], _BIT[{number}]")


def _masks(program: Program) -> list[str]:
    found = {one.mask: None for one in program.body if isinstance(one, tree.Lanes) and one.mask}
    for node in tree.expressions(program.body):
        if isinstance(node, tree.Call) and node.function == "holds" and isinstance(node.arguments[0], tree.Name):
            found[node.arguments[0].text] = None
    return list(found)


def _holds(field: str, index: str) -> str:
    return f"((vcr[{index}] | always_{field}) & bit_{field}) != 0"


def _pieces(context: Context, statement: tree.Counted) -> None:
    """Loops over elements that are not lanes: packing and the like."""
    context.lane = _piece_source
    target = _counted(context, statement)
    context.put(f"merge_row(vr, {target}, row, vcr, 1, 1)")


def _counted(context: Context, statement: tree.Counted) -> str:
    """Put a loop of pieces; gives the vector that it writes."""
    first, last = value_source(context, statement.first), value_source(context, statement.last)
    context.put(f"for {context.local(statement.name)} in range({first}, {last} + 1):")
    context.depth += 1
    target = ""
    for inner in statement.body:
        match inner:
            case tree.Counted():
                target = _counted(context, inner)
            case tree.Assign(place=tree.Index() as place, value=value):
                target, _, _ = place.name.partition(".")
                size = (context.type(place).width or 0) // 8
                _put_row(context, value_source(context, place.index), size, value_source(context, value))
            case tree.Assign(place=tree.Name(text=name), value=value):
                context.put(f"{context.local(name)} = {value_source(context, value)}")
            case _:
                raise AssertionError("only assignments stand in the loops of a vector instruction")
    context.depth -= 1
    return target


def _piece_source(context: Context, node: tree.Index) -> str:
    size = (context.type(node).width or 0) // 8
    return _signed_source(context, node.name.partition(".")[0], value_source(context, node.index), size)


def _signed_source(context: Context, vector: str, index: str, size: int) -> str:
    """A signed lane of a vector register, in a temporary."""
    half = 1 << (8 * size - 1)
    if size == 1:
        return context.temporary(f"(np.int64(vr[{vector}, {index}]) ^ {half}) - {half}")
    assert size == _half_bytes, "lanes are bytes and halves"
    return context.temporary(f"signed_half(halves[{vector}, {index}])")


def _put_row(context: Context, index: str, size: int, source: str) -> None:
    if size == 1:
        context.put(f"row[{index}] = {source} & 255")
        return
    assert size == _half_bytes, "lanes are bytes and halves"
    context.put(f"row_halves[{index}] = stored_half({source})")


def _lanes(context: Context, statement: tree.Lanes) -> None:
    lane, mask = load_state().lanes[statement.kind], statement.mask
    roles = {context.type(node).role for node in tree.expressions(statement.body)}
    paired = lane.bytes == 1 and Role.ACCUMULATOR in roles
    context.put(f"for k in range({lane.count // 2 if paired else lane.count}):")
    context.depth += 1
    results: list[str] = []
    targets: list[str] = []
    for phase in range(2 if paired else 1):
        index = context.temporary(f"2 * k + {phase}") if paired else "k"
        context.known[statement.name] = index
        turn = _Turn(lane, index, phase)
        context.lane = partial(_lane_source, turn)
        for inner in statement.body:
            assert isinstance(inner, tree.Assign), "only assignments stand in a lane loop"
            _assign_lane(context, inner, turn, results, targets)
    if results:
        _put_accumulator(context, mask, results)
    context.depth -= 1
    for target in dict.fromkeys(targets):
        bits = f"bit_{mask}, always_{mask}" if mask else "1, 1"
        context.put(f"merge_row(vr, {target}, row, vcr, {bits})")


def _assign_lane(context: Context, statement: tree.Assign, turn: _Turn, results: list[str], targets: list[str]) -> None:
    place, lane = statement.place, turn.lane
    source = value_source(context, statement.value)
    match place, context.type(place).role:
        case tree.Name(text=name), Role.LOCAL:
            context.known[name] = context.temporary(source)
        case tree.Index(name=name), Role.LANE:
            _put_row(context, turn.index, lane.bytes, source)
            targets.append(name)
        case _, Role.ACCUMULATOR:
            interval = context.interval(statement.value)
            results.append(context.temporary(wrap_source(source, interval, lane.accumulator)))
        case _:
            code, start = context.temporary(source), context.temporary(f"{lane.bytes} * {turn.index}")
            for at in range(lane.bytes):
                context.put(f"vcr[{start} + {at}] = {code}")


def _lane_source(turn: _Turn, context: Context, node: tree.Index) -> str:
    key = (node.name, context.type(node).role)
    if key not in turn.read:
        turn.read[key] = _read_lane(turn, context, node)
    return turn.read[key]


def _read_lane(turn: _Turn, context: Context, node: tree.Index) -> str:
    lane, role = turn.lane, context.type(node).role
    if role is Role.LANE:
        return _signed_source(context, node.name, turn.index, lane.bytes)
    if role is Role.CONDITION:
        return context.temporary(f"np.int64(vcr[{lane.bytes} * {turn.index}])")
    word = context.temporary("np.int64(acc[k])")
    if lane.bytes > 1:
        return word
    half = f"({word} >> {lane.accumulator})"
    return half if turn.phase == 0 else sign_extend_source(word, signed(2 * lane.accumulator), lane.accumulator)


def _put_accumulator(context: Context, mask: str | None, results: list[str]) -> None:
    """Write a word of the accumulator; each of its two bytes of the vector owns half of it."""
    width = load_state().lanes["byte"].accumulator
    full, half = (1 << 2 * width) - 1, (1 << width) - 1
    new = context.temporary(f"({results[0]} << {width}) | {results[1]}" if len(results) > 1 else results[0])
    if mask:
        upper, lower = (f"({_holds(mask, f'2 * k + {at}')})" for at in range(2))
        enabled = context.temporary(f"{upper} * {full - half} + {lower} * {half}")
        new = context.temporary(f"(np.int64(acc[k]) & ~{enabled}) | ({new} & {enabled})")
    sign = 1 << (2 * width - 1)
    context.put(f"acc[k] = (({new} & {full}) ^ {sign}) - {sign}")
