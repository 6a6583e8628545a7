"""Which registers an instruction reads and writes, found in its semantics."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.names import is_gpr
from hicannx.isa.semantics.program import Program


@attrs.frozen
class When:
    """Only words with `word & mask == match` do it."""

    mask: int = 0
    match: int = 0

    def both(self, other: When | None) -> When:
        """Where another condition holds, too; one that is not known holds always."""
        return When(self.mask | other.mask, self.match | other.match) if other else self

    def otherwise(self) -> When:
        """The opposite of a condition on one bit."""
        return When(self.mask, self.mask ^ self.match)


@attrs.frozen
class Use:
    """A read or a write: of `what`, with the number in a field.

    `what` is GPR, VR, CRF (a field of the condition register), CR (one bit), CRS (all of it), LR, CTR, MSR, SPR, XER,
    ACC or VCR; an empty field stands for number 0. `or_zero`: not where the field is 0.
    """

    what: str
    field: str = ""
    write: bool = False
    or_zero: bool = False
    when: When = When()


_plain = ("LR", "CTR", "MSR")


def uses(program: Program) -> tuple[Use, ...]:
    """Reads and writes in the order of the text, each once; what is read behind its own write is left out."""
    found: dict[Use, None] = {}
    for use in _statements(program, program.body, When()):
        written = any(one.write and (one.what, one.field) == (use.what, use.field) for one in found)
        if use.write or not written:
            found[use] = None
    return tuple(found)


def _statements(program: Program, statements: tuple[tree.Statement, ...], when: When) -> Iterator[Use]:
    for statement in statements:
        match statement:
            case tree.Assign(place=place, value=value):
                yield from _reads(program, value, when)
                yield from _place(program, place, when)
            case tree.Do(call=call):
                yield from _procedure(program, call, when)
            case tree.If(condition=condition, then=then, otherwise=otherwise):
                bit = _bit(program, condition)
                yield from _reads(program, condition, when)
                yield from _statements(program, then, when.both(bit))
                yield from _statements(program, otherwise, when.both(bit and bit.otherwise()))
            case tree.Counted(first=first, last=last, body=body):
                yield from _reads(program, first, when)
                yield from _reads(program, last, when)
                yield from _statements(program, body, when)
            case tree.Lanes(mask=mask, body=body):
                if mask:
                    yield Use("VCR", mask, when=when, or_zero=True)
                yield from _statements(program, body, when)


def _procedure(program: Program, call: tree.Call, when: When) -> Iterator[Use]:
    for argument in call.arguments:
        yield from _reads(program, argument, when)
    if call.function == "record":
        yield Use("CRF", write=True, when=when)
    if call.function == "set_overflow":
        yield Use("XER", write=True, when=when)


def _place(program: Program, place: tree.Place, when: When) -> Iterator[Use]:
    match place:
        case tree.Name(text=name):
            yield from _named(program, name, True, when)
        case tree.Index(name=name, index=index):
            yield from _indexed(program, name, index, True, when)
            yield from _reads(program, index, when)
        case tree.Call(arguments=arguments):
            for argument in arguments:
                yield from _argument(program, argument, when)


def _argument(program: Program, node: tree.Expression, when: When) -> Iterator[Use]:
    """An argument of an access: the field of a condition enables lanes."""
    field = program.fields.get(node.text) if isinstance(node, tree.Name) else None
    if field and not is_gpr(field) and field.kind != "vr":
        yield Use("VCR", field.name, when=when, or_zero=True)
    else:
        yield from _reads(program, node, when)


def _reads(program: Program, node: tree.Expression, when: When) -> Iterator[Use]:
    match node:
        case tree.Name(text=name):
            yield from _named(program, name, False, when)
        case tree.OrZero(name=name):
            yield Use("GPR", name, or_zero=True, when=when)
        case tree.Index(name=name, index=index):
            yield from _indexed(program, name, index, False, when)
            yield from _reads(program, index, when)
        case tree.Slice(name=name):
            yield from _named(program, name, False, when)
        case tree.Unary(operand=operand):
            yield from _reads(program, operand, when)
        case tree.Binary(operator=operator, left=left, right=right):
            bit = _bit(program, left) if operator in ("and", "or") else None
            yield from _reads(program, left, when)
            yield from _reads(program, right, when.both(bit.otherwise() if bit and operator == "or" else bit))
        case tree.Choice(condition=condition, yes=yes, no=no):
            bit = _bit(program, condition)
            yield from _reads(program, condition, when)
            yield from _reads(program, yes, when.both(bit))
            yield from _reads(program, no, when.both(bit and bit.otherwise()))
        case tree.Call(function="holds"):
            yield Use("VCR", when=when)
        case tree.Call(function=function, arguments=arguments) if function != "number":
            for argument in arguments:
                yield from _argument(program, argument, when) if function == "PBUS" else _reads(program, argument, when)


def _named(program: Program, name: str, write: bool, when: When) -> Iterator[Use]:
    field = program.fields.get(name)
    if field and is_gpr(field):
        yield Use("GPR", name, write, when=when)
    elif field and field.kind == "vr":
        yield Use("VR", name, write, when=when)
    elif name in _plain:
        yield Use(name, "", write, when=when)
    elif name == "CR":
        yield Use("CRS", "", write, when=when)
    elif name.startswith("XER"):
        yield Use("XER", "", write, when=when)
    elif name.startswith("SPR") and not field:
        yield Use("MSR", "", write, when=when)


def _indexed(program: Program, name: str, index: tree.Expression, write: bool, when: When) -> Iterator[Use]:
    fields = [
        one.text for one in tree.subexpressions(index) if isinstance(one, tree.Name) and one.text in program.fields
    ]
    field = fields[0] if fields else ""
    if name in ("CR", "CRF"):
        yield Use(name if field else "CRS", field, write, when=when)
    elif name == "SPR":
        yield Use("SPR", "SPR", write, when=when)
    elif name in ("ACC", "VCR"):
        yield Use(name, "", write, when=when)
    elif name != "GPR":  # registers by a counter: `load_multiple` and `store_multiple` know what they do
        yield from _named(program, name.partition(".")[0], write, when)


def _bit(program: Program, node: tree.Expression) -> When | None:
    """The bit of the word that a condition asks for; None where it is no such condition."""
    match node:
        case tree.Unary(operator="not", operand=operand):
            bit = _bit(program, operand)
            return bit and bit.otherwise()
        case tree.Name(text=name):
            field, place = program.fields.get(name), 0
            if field is None or field.msb != field.lsb:
                return None
        case tree.Index(name=name, index=tree.Number(value=place)):
            field = program.fields.get(name)
        case _:
            return None
    if field is None or is_gpr(field) or field.kind == "vr":
        return None
    return When(1 << field.msb - place, 1 << field.msb - place)
