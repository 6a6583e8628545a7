"""Symbols: labels, variables, common storage, and the numeric labels that may be used again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from hicannx.asm.section import Chunk
from hicannx.source import Span

if TYPE_CHECKING:
    from hicannx.asm.expression import Formula, Value


@attrs.define(eq=False)
class Symbol:
    """A name for an address or a value.

    A label has a `chunk` and an `offset` there, behind so many of its gaps (`gap`); a variable has a `value`, and a
    `formula` when that is computed at every use; common storage has `common` (size, align); what has none of them is
    undefined. `binding` is empty where no directive has set it. `size` in bytes. `is_volatile`: may get another value.
    A weak reference is another name for its `weak_target`, which need not exist. One that is not
    shown is no symbol of the object: the name of a section, or another name for a symbol elsewhere.
    """

    name: str
    chunk: Chunk | None = None
    offset: int = 0
    value: Value | None = None
    common: tuple[int, int] | None = None
    common_address: int = 0
    binding: str = ""
    kind: str = "notype"
    visibility: str = "default"
    size: int = 0
    declared_size: int = 0
    alias_of: Symbol | None = None
    size_value: Value | None = None
    is_volatile: bool = False
    defined_at: Span | None = None
    used_at: Span | None = None
    order: int = 0
    gap: int = 0
    formula: Formula | None = None
    weak_target: Symbol | None = None
    is_shown: bool = True

    @property
    def is_defined(self) -> bool:
        """Whether the symbol has a place or a value in this file."""
        return self.chunk is not None or self.value is not None or self.common is not None

    @property
    def is_local(self) -> bool:
        """Whether other files cannot see the symbol."""
        return self.binding in {"", "local"}

    @property
    def is_idle(self) -> bool:
        """Whether the symbol is weak and neither defined nor used."""
        return self.binding == "weak" and not self.is_defined and self.used_at is None

    @property
    def section_offset(self) -> int:
        """Offset of a label in its section."""
        chunk = self.chunk
        return self.offset + chunk.base + chunk.shifts[self.gap] if chunk else self.offset

    @property
    def address(self) -> int:
        """The address in the memory image, or the value of a variable."""
        if self.chunk is not None:
            return self.chunk.section.address + self.section_offset
        if self.common is not None:
            return self.common_address
        return self.value if isinstance(self.value, int) else 0


@attrs.define(eq=False)
class SymbolTable:
    """The symbols of one file by name, and its numeric labels."""

    names: dict[str, Symbol] = attrs.field(factory=dict)
    last_numbered: dict[int, Symbol] = attrs.field(factory=dict)
    next_numbered: dict[int, Symbol] = attrs.field(factory=dict)

    def get(self, name: str) -> Symbol:
        """The symbol with this name, made when new."""
        symbol = self.names.get(name)
        if symbol is None:
            symbol = self.names[name] = Symbol(name, order=len(self.names))
        return symbol

    def renew(self, symbol: Symbol) -> Symbol:
        """A symbol that takes the place of a variable, which keeps its value where it was used before."""
        new = Symbol(
            symbol.name, binding=symbol.binding, kind=symbol.kind, visibility=symbol.visibility, order=symbol.order,
            size_value=symbol.size_value,
        )  # fmt: skip
        self.names[symbol.name] = new
        return new

    def is_defined(self, name: str) -> bool:
        """Whether the name has a place or value by now."""
        return name in self.names and self.names[name].is_defined

    def define_number(self, number: int, chunk: Chunk, offset: int) -> None:
        """Place the next numeric label with this number."""
        symbol = self.next_numbered.pop(number, None) or Symbol(str(number))
        symbol.chunk, symbol.offset, symbol.gap = chunk, offset, len(chunk.gaps)
        self.last_numbered[number] = symbol

    def refer_number(self, number: int, *, forward: bool) -> Symbol | None:
        """The symbol that `1f` or `1b` means; None when there is no such label behind."""
        if not forward:
            return self.last_numbered.get(number)
        return self.next_numbered.setdefault(number, Symbol(f"{number}f"))
