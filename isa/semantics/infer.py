"""Types of expressions: names, widths, and ranges that must fit a signed 64-bit word."""

from __future__ import annotations

import attrs

from hicannx.diagnostic import did_you_mean
from hicannx.isa.semantics import tree
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.functions import find_function, functions
from hicannx.isa.semantics.interval import Interval, boolean, combine, negate, signed, unsigned
from hicannx.isa.semantics.names import Scope, field_width, resolve_index, resolve_name
from hicannx.isa.semantics.problem import mismatch, refuse
from hicannx.isa.semantics.program import Role, Type

_special = {"EXTS": (1,), "EXTZ": (1,), "number": (1,), "holds": (2,), "MEM": (2,), "PBUS": (1, 2)}
_families = ("saturate_s16", "exceeds_s32")
_comparisons = ("==", "!=", "<", "<=", ">", ">=")
vector_sized = (Role.VECTOR, Role.VECTOR_MEMORY, Role.BUS)


@attrs.define
class Inference:
    """Finds the type of every expression it is given and keeps it in `types`; mistakes are DiagnosticErrors."""

    scope: Scope
    types: dict[tree.Expression, Type] = attrs.field(factory=dict)

    def condition(self, node: tree.Expression) -> None:
        """An expression that must be 0 or 1."""
        if not self.value(node).interval.within(0, 1):
            refuse("I307", f"`{node.span.text}` is not a condition", node.span, "compare it: `... != 0`")

    def value(self, node: tree.Expression) -> Type:
        """An expression that must be a number."""
        found = self.expression(node)
        if found.role in vector_sized:
            mismatch(f"{found.role.value} where a number is needed", node.span, "choose a lane")
        return found

    def expression(self, node: tree.Expression) -> Type:
        """Any expression."""
        found = self._infer(node)
        if not found.interval.fits:
            title = f"`{node.span.text}` may overflow a signed 64-bit word"
            refuse("I308", title, node.span, "cut an operand first: `(x & 0xffff)`", _values(found.interval))
        self.types[node] = found
        return found

    def _infer(self, node: tree.Expression) -> Type:
        match node:
            case tree.Number(value=value):
                return Type(Interval(value, value))
            case tree.Name(text=text, span=span):
                return resolve_name(self.scope, text, span)
            case tree.OrZero():
                return self._or_zero(node)
            case tree.Index(index=index):
                return resolve_index(self.scope, node, self.value(index).interval)
            case tree.Slice():
                return self._slice(node)
            case tree.Unary():
                return self._unary(node)
            case tree.Binary():
                return self._binary(node)
            case tree.Choice(condition=condition, yes=yes, no=no):
                self.condition(condition)
                return Type(self.value(yes).interval.join(self.value(no).interval))
            case tree.Call():
                return self._special(node) if node.function in _special else self._call(node)

    def _or_zero(self, node: tree.OrZero) -> Type:
        found = resolve_name(self.scope, node.name, node.span)
        if found.role is not Role.GPR:
            mismatch(f"`{node.name}` is not a general register", node.span, f"write `{node.name}` alone")
        return attrs.evolve(found, role=Role.VALUE)

    def _slice(self, node: tree.Slice) -> Type:
        base = resolve_name(self.scope, node.name, node.span)
        if base.width is None or not node.first <= node.last < base.width:
            limit = f"it has bits 0 to {base.width - 1}" if base.width else "it has no numbered bits"
            mismatch(f"`{node.name}` has no bits {node.first} to {node.last}", node.span, limit)
        width = node.last - node.first + 1
        return Type(unsigned(width), width=width)

    def _unary(self, node: tree.Unary) -> Type:
        if node.operator == "not":
            self.condition(node.operand)
            return Type(boolean, boolean=True)
        found = self.value(node.operand)
        return Type(negate(node.operator, found.interval), width=found.width if node.operator == "~" else None)

    def _binary(self, node: tree.Binary) -> Type:
        if node.operator in ("and", "or"):
            self.condition(node.left)
            self.condition(node.right)
            return Type(boolean, boolean=True)
        left, right = self.value(node.left), self.value(node.right)
        interval = combine(node.operator, left.interval, right.interval)
        if interval is None:
            title = f"the shift amount `{node.right.span.text}` may leave 0 to 63"
            refuse("I308", title, node.right.span, "cut it: `RB[27:31]`", _values(right.interval))
        return Type(interval, boolean=node.operator in _comparisons)

    def _call(self, call: tree.Call) -> Type:
        found = find_function(call.function)
        if found is None:
            known = [*functions(), *_special, *_families]
            refuse("I303", f"unknown function `{call.function}`", call.span, did_you_mean(call.function, known))
        check_count(call, (found.count,))
        intervals = [self.value(argument).interval for argument in call.arguments]
        for argument, interval, domain in zip(call.arguments, intervals, found.domain, strict=False):
            if not interval.within(domain.low, domain.high):
                what = f"`{argument.span.text}` may leave {domain.low} to {domain.high}"
                mismatch(what, argument.span, f"`{call.function}` is defined for these values", _values(interval))
        return Type(found.interval(*intervals), boolean=found.boolean)

    def _special(self, call: tree.Call) -> Type:
        check_count(call, _special[call.function])
        argument = call.arguments[0]
        if call.function in ("number", "holds"):
            field = self._field(argument)
            if call.function == "number":
                return Type(unsigned(field), width=field)
        types = [self.value(one) for one in call.arguments]
        match call.function:
            case "MEM":
                return _memory(call)
            case "PBUS":
                return Type(boolean, Role.BUS)
            case "holds":
                return Type(boolean, boolean=True)
        width = types[0].width
        if width is None:
            mismatch(f"`{argument.span.text}` has no fixed width", argument.span, "cut bits: `x[24:31]`")
        return Type(signed(width) if call.function == "EXTS" else unsigned(width), width=width)

    def _field(self, node: tree.Expression) -> int:
        """The width of a field that must be named."""
        if not isinstance(node, tree.Name) or node.text not in self.scope.fields:
            text = node.span.text
            refuse("I302", f"`{text}` is not a field", node.span, did_you_mean(text, self.scope.fields))
        return field_width(self.scope.fields[node.text])


def check_count(call: tree.Call, allowed: tuple[int, ...]) -> None:
    """Refuse a call with another number of arguments (I303)."""
    given = len(call.arguments)
    if given not in allowed:
        expected = " or ".join(map(str, allowed)) + (" argument" if allowed == (1,) else " arguments")
        refuse("I303", f"`{call.function}` takes {expected}, not {given}", call.span, "")


def _memory(call: tree.Call) -> Type:
    size = call.arguments[1]
    sizes = load_facts().offsets
    if not isinstance(size, tree.Number) or size.value not in sizes:
        mismatch(f"`{size.span.text}` is no access size", size.span, f"it may be {', '.join(map(str, sizes))} bytes")
    if size.value == load_facts().vector_bytes:
        return Type(boolean, Role.VECTOR_MEMORY)
    return Type(unsigned(8 * size.value), Role.MEMORY, 8 * size.value)


def _values(interval: Interval) -> str:
    return f"its values lie between {interval.low} and {interval.high}"
