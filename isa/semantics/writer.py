"""Source text under way: lines, and the names that lowered code gives to fields, locals and temporaries.

Names are unique to an instruction: numba renames every variable that has several assignments, one pass over the whole
kernel for each, so shared names would dominate the time to compile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import attrs

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.interval import Interval
from hicannx.isa.semantics.program import Field, Program, Type
from hicannx.isa.semantics.state import load_state


@attrs.define
class Context:
    """A program being lowered. `known` gives sources for names, `numbers` for fields, `lane` and `holds` for lanes."""

    program: Program
    lines: list[str] = attrs.field(factory=list)
    depth: int = 0
    guarded: bool = False
    temporaries: int = 0
    known: dict[str, str] = attrs.field(factory=dict)
    numbers: dict[str, str] = attrs.field(factory=dict)
    lane: Callable[[Context, tree.Index], str] | None = None
    holds: Callable[[str, str], str] | None = None

    def put(self, line: str) -> None:
        """Add a line at the present depth."""
        if self.guarded:
            self.guarded = False
            self.put("if exception == 0:")
            self.depth += 1
        self.lines.append("    " * self.depth + line)

    def may_fault(self) -> None:
        """Put what follows in this block under `if exception == 0:`."""
        self.guarded = True

    def local(self, name: str) -> str:
        """The variable of a local."""
        return f"{self.program.name.replace('.', '_')}_{name}"

    def temporary(self, value: str) -> str:
        """A new variable with this value."""
        self.temporaries += 1
        name = self.local(f"x{self.temporaries}")
        self.put(f"{name} = {value}")
        return name

    def variable(self, register: str) -> str:
        """The variable of a piece of state."""
        found = load_state().registers[register]
        return self.local(found.variable) if found.scratch else found.variable

    def number(self, field: str) -> str:
        """The bits of a field, unsigned."""
        return self.numbers.get(field) or field_source(self.program.fields[field])

    def interval(self, node: tree.Expression) -> Interval:
        """The proved range of an expression."""
        return self.program.types[node].interval

    def type(self, node: tree.Expression) -> Type:
        """The type of an expression."""
        return self.program.types[node]


def field_source(field: Field) -> str:
    """The unsigned bits of a field of `word`."""
    width = field.msb - field.lsb + 1
    if field.swapped:
        half = width // 2
        low = f"(word >> {field.lsb + half}) & {(1 << half) - 1}"
        return f"(({low}) | (((word >> {field.lsb}) & {(1 << half) - 1}) << {half}))"
    return f"((word >> {field.lsb}) & {(1 << width) - 1})" if field.lsb else f"(word & {(1 << width) - 1})"


def start(program: Program) -> Context:
    """A context with variables for the fields that are used more than once."""
    context = Context(program)
    uses: Counter[str] = Counter()
    for node in tree.expressions(program.body):
        match node:
            case tree.Name(text=name):
                uses[name] += 1
            case tree.OrZero(name=name):
                uses[name] += 2
    for name, count in uses.items():
        field = program.fields.get(name)
        if field is not None and count > 1 and field.msb > field.lsb:
            context.numbers[name] = context.local(name)
            context.put(f"{context.numbers[name]} = {field_source(field)}")
    return context
