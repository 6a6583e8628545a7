"""Expressions of linker scripts to values, with the rules of GNU ld for what stays relative to a section."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.script import Assert, Binary, Call, Choice, Expression, Name, Number, Unary
from hicannx.asm.link.value import Absolute, Base, Value, absolute
from hicannx.asm.mistake import mistake
from hicannx.diagnostic import did_you_mean
from hicannx.source import Span

_mask = (1 << 64) - 1


@attrs.define
class Memory:
    """A region of MEMORY: `current` is the next free address there."""

    name: str
    attributes: str
    origin: int
    length: int
    current: int = 0
    span: Span | None = None
    sections: list[OutputSection] = attrs.field(factory=list)
    last: OutputSection | None = None


class Environment(Protocol):
    """What expressions ask for."""

    def symbol(self, name: str) -> Value | None: ...  # noqa: D102

    def known_symbols(self) -> Iterable[str]: ...  # noqa: D102

    def is_defined(self, name: str) -> bool: ...  # noqa: D102

    def section(self, name: str) -> OutputSection | None: ...  # noqa: D102

    def known_sections(self) -> Iterable[str]: ...  # noqa: D102

    def memory(self, name: str) -> Memory | None: ...  # noqa: D102

    def known_memories(self) -> Iterable[str]: ...  # noqa: D102

    def neighbour(self) -> Base: ...  # noqa: D102


@attrs.define
class Evaluator:
    """Evaluates at one place of the script: the location counter `dot`, inside `base` or outside of all sections.

    `is_final` says that everything is placed: what has no value now is an error (A511), and before that, None.
    """

    environment: Environment
    dot: int
    base: Base
    is_final: bool

    def value(self, expression: Expression) -> Value | None:
        """The value, or None while it is not known; a DiagnosticError (A511, A512) when it never will be."""
        match expression:
            case Number(number):
                return Value(number, absolute if self._is_outside else None)
            case Name("."):
                return self._place(self.dot)
            case Name(name):
                return self._symbol(name, expression.span)
            case Unary(operator, operand):
                inner = self.value(operand)
                return None if inner is None else Value(_unary[operator](inner.number) & _mask, inner.base)
            case Binary():
                return self._binary(expression)
            case Choice(condition, yes, no):
                chosen = self.value(condition)
                return None if chosen is None else self.value(yes if chosen.number else no)
            case Assert(condition, message):
                return self._assertion(condition, message, expression.span)
            case Call():
                return self._call(expression)

    def number(self, expression: Expression) -> int | None:
        """The value as an address or number."""
        value = self.value(expression)
        return None if value is None else value.absolute & _mask

    @property
    def _is_outside(self) -> bool:
        return isinstance(self.base, Absolute)

    def _place(self, address: int) -> Value:
        base = self.environment.neighbour() if self._is_outside and self.is_final else self.base
        return Value(address - base.address, base)

    def _symbol(self, name: str, span: Span | None) -> Value | None:
        value = self.environment.symbol(name)
        if value is None:
            if self.is_final:
                help_text = did_you_mean(name, self.environment.known_symbols())
                raise mistake("A511", f"symbol `{name}` is not defined", span, help=help_text)
            return None
        if value.base is None or isinstance(value.base, Absolute):
            return Value(value.number, absolute if self._is_outside else None)
        return value

    def _assertion(self, condition: Expression, message: str, span: Span | None) -> Value | None:
        value = self.value(condition)
        if self.is_final and value is not None and not value.number:
            raise mistake("A506", f"assertion failed: {message}", span)
        return value

    def _binary(self, expression: Binary) -> Value | None:
        left, right = self.value(expression.left), self.value(expression.right)
        if left is None or right is None:
            return None
        keeps = True
        if left.base is not right.base:
            if left.base is not None and right.base is not None:
                left, right = Value(left.absolute, absolute), Value(right.absolute, absolute)
            else:
                keeps = False
        base = None if keeps else right.base if right.base is not None else left.base
        operator = expression.operator
        if operator in _comparisons:
            return Value(int(_comparisons[operator](left.number & _mask, right.number & _mask)))
        if operator in {"/", "%"}:
            return Value(self._divide(operator, left.number, right.number, expression.span) & _mask, base)
        return Value(_arithmetic[operator](left.number & _mask, right.number & _mask) & _mask, base)

    def _divide(self, operator: str, left: int, right: int, span: Span | None) -> int:
        left, right = _signed(left), _signed(right)
        if not right:
            raise mistake("A512", "division by zero", span)
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right

    def _call(self, call: Call) -> Value | None:
        name = call.function
        if name in {"ADDR", "LOADADDR", "SIZEOF", "ALIGNOF"}:
            return self._of_section(name, call.arguments[0])
        if name in {"ORIGIN", "LENGTH"}:
            return self._of_memory(name, call.arguments[0])
        if name == "DEFINED":
            return Value(int(self.environment.is_defined(_name(call.arguments[0]))))
        if name == "CONSTANT":
            return self._constant(call.arguments[0])
        if name == "SEGMENT_START":
            return self.value(call.arguments[1])
        arguments = [self.value(one) for one in call.arguments]
        if any(one is None for one in arguments):
            return None
        return self._computed(name, [one for one in arguments if one is not None])

    def _computed(self, name: str, arguments: list[Value]) -> Value:
        first = arguments[0]
        match name, len(arguments):
            case (("ALIGN" | "BLOCK"), 1):
                return self._place(_aligned(self.dot, first.number))
            case "NEXT", _:
                return Value(_aligned(self.dot, first.absolute), absolute)
            case "ABSOLUTE", _:
                return Value(first.absolute, absolute)
            case "LOG2CEIL", _:
                return Value(max((first.number & _mask) - 1, 0).bit_length())
            case "DATA_SEGMENT_END", _:
                return first
            case "DATA_SEGMENT_RELRO_END", _:
                return first
            case "DATA_SEGMENT_ALIGN", _:
                return Value(_aligned(self.dot, first.number) + (self.dot & (first.number - 1)), absolute)
        return self._of_two(name, first, arguments[1])

    def _of_two(self, name: str, first: Value, second: Value) -> Value:
        base = first.base
        if first.base is not second.base:
            if first.base is not None and second.base is not None:
                first, second, base = Value(first.absolute), Value(second.absolute), absolute
            else:
                base = first.base if second.base is None else second.base
        one, other = first.number & _mask, second.number & _mask
        if name == "ALIGN":
            return Value(_aligned(one, other), base)
        return Value(max(one, other) if name == "MAX" else min(one, other), base)

    def _of_section(self, function: str, argument: Expression) -> Value | None:
        name = _name(argument)
        section = self.environment.section(name)
        if section is None:
            if self.is_final:
                help_text = did_you_mean(name, self.environment.known_sections())
                raise mistake("A511", f"there is no output section `{name}`", argument.span, help=help_text)
            return Value(0) if function in {"SIZEOF", "ALIGNOF"} else None
        if function == "SIZEOF":
            return Value(section.size)
        if function == "ALIGNOF":
            return Value(section.align)
        if not section.is_placed:
            return None
        return Value(0, section) if function == "ADDR" else Value(section.load_address, absolute)

    def _of_memory(self, function: str, argument: Expression) -> Value | None:
        name = _name(argument)
        memory = self.environment.memory(name)
        if memory is None:
            help_text = did_you_mean(name, self.environment.known_memories())
            raise mistake("A511", f"there is no memory region `{name}`", argument.span, help=help_text)
        if function == "ORIGIN":
            return self._place(memory.origin)
        return Value(memory.length, absolute if self._is_outside else None)

    def _constant(self, argument: Expression) -> Value:
        from hicannx.asm.elf import load_format

        name = _name(argument)
        if name not in {"MAXPAGESIZE", "COMMONPAGESIZE"}:
            raise mistake("A511", f"there is no constant `{name}`", argument.span,
                          help="known here: `MAXPAGESIZE`, `COMMONPAGESIZE`")  # fmt: skip
        return Value(load_format().page)


def _name(argument: Expression) -> str:
    if isinstance(argument, Name):
        return argument.name
    raise mistake("A512", "a name is expected here", argument.span)


def _aligned(value: int, align: int) -> int:
    align = align & _mask
    return value if align <= 1 else -(-value // align) * align


def _signed(value: int) -> int:
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


_unary: dict[str, Callable[[int], int]] = {
    "-": lambda one: -one, "+": lambda one: one, "~": lambda one: ~one, "!": lambda one: int(not one),
}  # fmt: skip
_comparisons: dict[str, Callable[[int, int], bool]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "&&": lambda a, b: bool(a and b),
    "||": lambda a, b: bool(a or b),
}  # fmt: skip
_arithmetic: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "<<": lambda a, b: a << min(b, 64),
    ">>": lambda a, b: a >> b, "&": lambda a, b: a & b, "^": lambda a, b: a ^ b, "|": lambda a, b: a | b,
}  # fmt: skip
