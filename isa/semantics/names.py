"""What names mean: fields, registers behind fields, state, locals, lanes."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from hicannx.diagnostic import did_you_mean
from hicannx.isa.semantics import tree
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.interval import Interval, boolean, signed, unsigned
from hicannx.isa.semantics.problem import mismatch, refuse
from hicannx.isa.semantics.program import Field, Role, Type
from hicannx.isa.semantics.state import Lane, load_state, word_bits
from hicannx.source import Span

_gpr_kinds = ("gpr", "gpr_or_zero")
_vector_kind = "vr"


@attrs.define
class Scope:
    """The names that are known at a place; `lane` is the counter and kind of the lane loop around it."""

    fields: Mapping[str, Field]
    locals: dict[str, Type] = attrs.field(factory=dict)
    lane: tuple[str, Lane] | None = None

    def knows(self, name: str) -> bool:
        """True for everything but a new local."""
        return name in self.locals or name in self.fields or name in load_state().registers or name in named_sprs()

    def names(self) -> list[str]:
        """All of them."""
        return [*self.locals, *self.fields, *load_state().registers, *named_sprs()]


def named_sprs() -> dict[str, int]:
    """`SPR.SRR0` and so on, with their numbers."""
    return {f"SPR.{name}": spr.number for name, spr in load_facts().sprs.items()}


def field_width(field: Field) -> int:
    """Bits of a field."""
    return field.msb - field.lsb + 1


def is_gpr(field: Field) -> bool:
    """True when the field selects a general register."""
    return field.kind in _gpr_kinds


def resolve_name(scope: Scope, name: str, span: Span) -> Type:
    """The type of a name; a DiagnosticError (I302) when there is none."""
    if name in scope.locals:
        return scope.locals[name]
    if name in scope.fields:
        return _field_type(scope.fields[name])
    registers = load_state().registers
    if name in registers:
        width = registers[name].width
        return Type(unsigned(width), Role.STATE, width)
    if name not in named_sprs():
        refuse("I302", f"unknown name `{name}`", span, did_you_mean(name, scope.names()))
    width = word_bits()
    return Type(unsigned(width), Role.SPR, width)


def _field_type(field: Field) -> Type:
    if is_gpr(field):
        width = word_bits()
        return Type(unsigned(width), Role.GPR, width)
    if field.kind == _vector_kind:
        return Type(boolean, Role.VECTOR)
    width = field_width(field)
    limits = signed(width) if field.signed else unsigned(width)
    scaled = Interval(limits.low * field.scale, limits.high * field.scale)
    return Type(scaled, Role.FIELD, width if field.scale == 1 else None)


def resolve_index(scope: Scope, node: tree.Index, index: Interval) -> Type:
    """The type of `name[index]`; a DiagnosticError (I302, I304, I305) when there is none."""
    name, span = node.name, node.span
    state = load_state()
    if name in state.arrays:
        array = state.arrays[name]
        _in_range(node, index, array.count)
        return Type(unsigned(array.width), Role.ELEMENT, array.width)
    if name == "SPR":
        width = state.arrays["GPR"].width
        return Type(unsigned(width), Role.SPR, width)
    if name in ("ACC", "VCR"):
        return _lane_state(scope, node)
    base, _, cut = name.partition(".")
    if cut in state.lanes and base in scope.fields and scope.fields[base].kind == _vector_kind:
        _in_range(node, index, state.lanes[cut].count)
        return Type(signed(state.lanes[cut].width), Role.PIECE, state.lanes[cut].width)
    found = resolve_name(scope, name, span)
    if found.role is Role.VECTOR:
        width = _lane_of(scope, node).width
        return Type(signed(width), Role.LANE, width)
    if found.role is Role.FIELD:  # a bit of a field, even of one that selects
        _in_range(node, index, field_width(scope.fields[name]))
        return Type(boolean, Role.VALUE, 1)
    if found.width is None:
        mismatch(f"`{name}` has no bits", span, "only registers and fields have numbered bits")
    _in_range(node, index, found.width)
    return Type(boolean, Role.BIT, 1)


def _lane_state(scope: Scope, node: tree.Index) -> Type:
    lane = _lane_of(scope, node)
    if node.name == "ACC":
        return Type(signed(lane.accumulator), Role.ACCUMULATOR, lane.accumulator)
    width = max(load_state().condition.values())
    return Type(unsigned(width), Role.CONDITION, width)


def _lane_of(scope: Scope, node: tree.Index) -> Lane:
    if scope.lane is None or not isinstance(node.index, tree.Name) or node.index.text != scope.lane[0]:
        help_text = "inside `for half lane i:` write `[i]`; elsewhere choose an element, `.half[...]` or `.byte[...]`"
        refuse("I304", f"`{node.span.text}` is not a lane of the loop around it", node.span, help_text)
    return scope.lane[1]


def _in_range(node: tree.Index, index: Interval, count: int) -> None:
    if not index.within(0, count - 1):
        label = f"its values lie between {index.low} and {index.high}"
        what = f"the index `{node.index.span.text}` may leave 0 to {count - 1}"
        mismatch(what, node.index.span, f"`{node.name}` has {count} places", label)
