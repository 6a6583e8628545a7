"""Instructions inside C: the text of an `asm` statement for an assembler that does not know the mnemonic."""

from __future__ import annotations

from collections.abc import Mapping

from hicannx.isa.codec import encode
from hicannx.isa.field import Field
from hicannx.isa.semantics import tree
from hicannx.isa.semantics.load import load_program
from hicannx.isa.semantics.program import Role
from hicannx.isa.syntax import Syntax

_memory = (Role.MEMORY, Role.VECTOR_MEMORY, Role.BUS)


def asm_text(syntax: Syntax, numbers: Mapping[str, int], places: Mapping[str, str]) -> str:
    """A `.long` whose word has `numbers` as operands and adds what the compiler writes at `places` (`%0`)."""
    fields = syntax.instruction.format.fields
    given = {one.name: numbers.get(one.name, one.default or 0) for one in syntax.operands}
    word = encode(syntax, list(given.values()))
    terms = [f"{word:#010x}", *(_term(fields[name], place) for name, place in places.items())]
    shown = [places.get(one.name, str(numbers.get(one.name, ""))) for one in syntax.operands]
    comment = f"{syntax.mnemonic} {','.join(one for one in shown if one)}".strip()
    return f".long {' + '.join(terms)}\\t# {comment}"


def _term(field: Field, place: str) -> str:
    assert field.scale == 1 and not field.swapped, f"{field.name} cannot be placed by an assembler"
    value = f"({place} & {field.mask >> field.lsb})" if field.signed else place
    return f"({value} << {field.lsb})" if field.lsb else value


def touches_memory(syntax: Syntax) -> bool:
    """Whether it accesses memory or a bus, or has an effect that no value shows: it sleeps, synchronises, traps."""
    program = load_program(syntax.instruction)
    if program is None:
        return True
    if any(isinstance(one, tree.Do) for one in _statements(program.body)):
        return True
    return any(program.types[one].role in _memory for one in tree.expressions(program.body) if one in program.types)


def _statements(body: tuple[tree.Statement, ...]) -> list[tree.Statement]:
    found: list[tree.Statement] = []
    for one in body:
        found.append(one)
        match one:
            case tree.If(then=then, otherwise=otherwise):
                found += _statements(then + otherwise)
            case tree.Counted(body=inner) | tree.Lanes(body=inner):
                found += _statements(inner)
    return found
