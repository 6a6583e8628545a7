"""What a linker script says: expressions, commands, output sections and what goes into them."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from hicannx.source import Span


@attrs.frozen
class Number:
    """A number; `hexadecimal` are its digits when it is written so, since a fill pattern is as long as they say."""

    value: int
    span: Span | None = None
    hexadecimal: str = ""


@attrs.frozen
class Name:
    """A symbol, or `.`, the location counter."""

    name: str
    span: Span | None = None


@attrs.frozen
class Unary:
    """An operator before an operand."""

    operator: str
    operand: Expression
    span: Span | None = None


@attrs.frozen
class Binary:
    """An operator between two operands."""

    operator: str
    left: Expression
    right: Expression
    span: Span | None = None


@attrs.frozen
class Choice:
    """`condition ? yes : no`."""

    condition: Expression
    yes: Expression
    no: Expression
    span: Span | None = None


@attrs.frozen
class Call:
    """A function such as `ALIGN(8)` or `SIZEOF(.text)`."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span | None = None


@attrs.frozen
class Assert:
    """`ASSERT(condition, "message")`."""

    condition: Expression
    message: str
    span: Span | None = None


Expression: TypeAlias = Number | Name | Unary | Binary | Choice | Call | Assert


@attrs.frozen
class Assign:
    """`name = value;`; `provide`: only when it is missing; `hidden`: not for other files; `option`: from --defsym."""

    name: str
    value: Expression
    provide: bool = False
    hidden: bool = False
    option: bool = False
    span: Span | None = None


@attrs.frozen
class SectionPattern:
    """Names of input sections, how those that match are sorted, and files that are left out."""

    name: str
    sorts: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@attrs.frozen
class InputPattern:
    """`file(section section)`; without sections, all of them."""

    file: str
    sections: tuple[SectionPattern, ...]
    keep: bool = False
    sorted_files: bool = False
    excluded: tuple[str, ...] = ()
    span: Span | None = None


@attrs.frozen
class Data:
    """`LONG(value)` and its sisters: so many bytes."""

    size: int
    value: Expression


@attrs.frozen
class Filling:
    """What the gaps from here on are filled with."""

    pattern: Expression


BodyItem: TypeAlias = Assign | Assert | InputPattern | Data | Filling


@attrs.frozen
class Output:
    """One output section: `.name address (KIND) : AT(...) ALIGN(...) { ... } > region AT> region = fill`."""

    name: str
    body: tuple[BodyItem, ...] = ()
    address: Expression | None = None
    kind: str = ""
    constraint: str = ""
    settings: tuple[tuple[str, Expression], ...] = ()
    align_with_input: bool = False
    region: Name | None = None
    load_region: Name | None = None
    fill: Expression | None = None
    span: Span | None = None

    def setting(self, name: str) -> Expression | None:
        """The expression of `AT`, `ALIGN` or `SUBALIGN`, if given."""
        return next((value for key, value in self.settings if key == name), None)


@attrs.frozen
class Region:
    """One line of MEMORY."""

    name: str
    attributes: str
    origin: Expression
    length: Expression
    span: Span | None = None


@attrs.frozen
class Script:
    """A whole script; `items` in order: assignments, assertions, output sections."""

    items: tuple[Assign | Assert | Output, ...] = ()
    regions: tuple[Region, ...] = ()
    aliases: tuple[tuple[str, Name], ...] = ()
    entry: str = ""
    undefined: tuple[str, ...] = ()
    inputs: tuple[Name, ...] = ()
    folders: tuple[str, ...] = ()


def names_in(expression: Expression) -> set[str]:
    """The symbols that an expression uses."""
    match expression:
        case Name(name):
            return {name} - {"."}
        case Unary(_, operand):
            return names_in(operand)
        case Binary(_, left, right):
            return names_in(left) | names_in(right)
        case Choice(condition, yes, no):
            return names_in(condition) | names_in(yes) | names_in(no)
        case Assert(condition, _):
            return names_in(condition)
        case Call(function, arguments):
            return set() if function in section_functions else set().union(*map(names_in, arguments))
        case _:
            return set()


# Functions whose argument names a section, a region, a constant or a symbol that need not exist.
section_functions = frozenset(
    {"ADDR", "LOADADDR", "SIZEOF", "ALIGNOF", "ORIGIN", "LENGTH", "CONSTANT", "DEFINED", "SEGMENT_START"}
)
