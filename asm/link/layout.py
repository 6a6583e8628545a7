"""Addresses: the script is walked through until nothing moves any more, and once more to settle its symbols."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from hicannx.asm.link import script
from hicannx.asm.link.arrange import Arrangement
from hicannx.asm.link.evaluate import Evaluator, Memory
from hicannx.asm.link.inputs import InputSection
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.output import Item, OutputSection, Placed
from hicannx.asm.link.region import Regions, load_address
from hicannx.asm.link.symbols import Symbols
from hicannx.asm.link.value import Base, Value, absolute
from hicannx.asm.mistake import mistake
from hicannx.diagnostic import DiagnosticError, Diagnostics


@attrs.define(eq=False)
class Layout:
    """One walk after another over the same statements; `diagnostics` are those of the last, final one.

    `dot` is the location counter; in the end, outside of sections, it is `seen`, which empty sections have not moved.
    """

    arrangement: Arrangement
    symbols: Symbols
    regions: Regions
    diagnostics: Diagnostics
    is_final: bool = False
    is_marking: bool = False
    dot: int = 0
    seen: int = 0
    at: int = 0
    current: OutputSection | None = None
    prefers_next: bool = False
    assigned: set[str] = attrs.field(factory=set)
    provided: set[int] = attrs.field(factory=set)

    # What expressions ask for.

    def symbol(self, name: str) -> Value | None:
        """The value of a symbol; asking makes it one that the program uses."""
        one = self.symbols.get(name)
        one.is_script_use = True
        if one.value is not None:
            return one.value
        place = one.definition
        if place is None:
            return None
        if place.section is None:
            return Value(place.value, absolute)
        if place.section.output is None:
            return None
        return Value(place.section.output_offset(place.value), place.section.output)

    def known_symbols(self) -> Iterable[str]:
        """Names with a value."""
        return [one.name for one in self.symbols if one.is_defined]

    def is_defined(self, name: str) -> bool:
        """Whether an object defines a symbol, or the script has done so before."""
        one = self.symbols.names.get(name)
        by_object = one is not None and (one.definition is not None or one.common is not None)
        return by_object or name in self.assigned

    def section(self, name: str) -> OutputSection | None:
        """The output section with a name."""
        return self.arrangement.find(name)

    def known_sections(self) -> Iterable[str]:
        """Names of output sections."""
        return [one.name for one in self.arrangement.sections]

    def memory(self, name: str) -> Memory | None:
        """The region with a name."""
        return self.regions.find(name)

    def known_memories(self) -> Iterable[str]:
        """Names of regions."""
        return self.regions.names

    def neighbour(self) -> Base:
        """The section that an address outside of all sections counts from: the one before, or at the start, behind."""
        sections = self.arrangement.sections
        if self.current is None or self.prefers_next:
            items = self.arrangement.items
            following = (one for one in items[self.at :] if isinstance(one, OutputSection))
            found = next((one for one in following if one.exists and not one.is_removed), None)
            place = sections.index(found) if found else len(sections) - 1
            return _nearest(sections, place, -1) or absolute
        place = sections.index(self.current)
        return _nearest(sections, place, -1) or _nearest(sections, 0, 1) or absolute

    # The walk.

    def settle(self) -> None:
        """Find out which sections stay empty, and remove them."""
        self.is_marking = True
        self.walk()
        self.is_marking = False
        for one in self.arrangement.sections:
            one.is_removed = one.exists and not one.size and Kind.KEEP not in one.kind

    def walk(self, *, final: bool = False) -> None:
        """Give addresses once."""
        self.is_final, self.dot, self.seen, self.current, self.prefers_next = final, 0, 0, None, False
        self.assigned = set()
        self.regions.reset()
        for at, one in enumerate(self.arrangement.items):
            self.at = at
            try:
                if isinstance(one, OutputSection):
                    self._place(one)
                elif isinstance(one, script.Assert):
                    self._evaluator(absolute).value(one)
                else:
                    self._assign_outside(one)
            except DiagnosticError as error:
                if final:
                    self.diagnostics.collected += error.diagnostics

    def _evaluator(self, base: Base) -> Evaluator:
        return Evaluator(self, self.dot, base, self.is_final)

    def _assign_outside(self, one: script.Assign) -> None:
        placing, self.dot = self.dot, self.seen if self.is_final else self.dot
        try:
            if one.name != ".":
                self._assign(one, absolute)
                return
            self.prefers_next = True
            number = self._evaluator(absolute).number(one.value)
            if number is not None:
                placing = self.seen = self.regions.default.current = number
        finally:
            self.dot = placing

    def _assign(self, one: script.Assign, base: Base) -> None:
        if one.provide and not self._is_wanted(one):
            return
        value = self._evaluator(base).value(one.value)
        if value is None:
            return
        symbol = self.symbols.get(one.name)
        symbol.value = Value(value.number, value.base if value.base is not None else base)
        symbol.is_hidden |= one.hidden
        self.assigned.add(one.name)
        if isinstance(one.value, script.Name) and one.value.name in self.symbols.names:
            symbol.kind = self.symbols.get(one.value.name).kind

    def _is_wanted(self, one: script.Assign) -> bool:
        """Whether something uses a provided symbol and nothing else defines it."""
        if id(one) in self.provided:
            return True
        symbol = self.symbols.names.get(one.name)
        wanted = symbol is not None and symbol.is_used and not symbol.is_defined
        if wanted:
            self.provided.add(id(one))
        return wanted

    def _place(self, one: OutputSection) -> None:
        start = one.statement.address or one.start
        if start is not None:
            number = self._evaluator(absolute).number(start)
            if number is None:
                if self.is_final:
                    title = f"the address of section `{one.name}` is not known here"
                    help_text = "sections are placed in their order: it can only depend on those before"
                    raise mistake("A512", title, start.span, help=help_text)
            else:
                self.dot = number
        if not one.exists:
            return
        memory = self.regions.of(one)
        one.memory = memory.name
        align = self._own_alignment(one)
        if start is None:
            self.dot = memory.current
            align = one.align
            if self.is_final:
                self.regions.check_named(one, memory, self.diagnostics)
        before, self.dot = self.dot, _aligned(self.dot, align)
        one.address, one.is_placed = self.dot, False
        if not one.is_removed and one.is_loaded:
            self.current, self.prefers_next = one, False
        self._fill(one)
        one.size, one.is_placed = self.dot - one.address, True
        given = one.statement.setting("AT")
        number = None if given is None else self._evaluator(absolute).number(given)
        delta = one.address - before
        one.load_address = load_address(one, memory, self.regions, number, align, delta)
        if not one.is_removed or one.has_symbols:
            self.seen = self.dot
            self.regions.advance(one, memory)
            if self.is_final:
                self.regions.check(one, memory, self.diagnostics)

    def _own_alignment(self, one: OutputSection) -> int:
        """The alignment that the script asks for; the section has at least this."""
        setting = one.statement.setting("ALIGN")
        number = None if setting is None else self._evaluator(absolute).number(setting)
        one.align = max(one.align, number or 1)
        return number or 1

    def _fill(self, one: OutputSection) -> None:
        one.placed = []
        setting = one.statement.setting("SUBALIGN")
        sub_align = None if setting is None else self._evaluator(absolute).number(setting)
        fill = self._pattern(one.statement.fill)
        for item in one.items:
            try:
                fill = self._item(one, item, sub_align, fill)
            except DiagnosticError as error:
                if self.is_final:
                    self.diagnostics.collected += error.diagnostics

    def _item(self, one: OutputSection, item: Item, sub_align: int | None, fill: bytes) -> bytes:
        """Place one item of a section; what gaps are filled with from then on."""
        start = self.dot
        if isinstance(item, InputSection):
            align = sub_align or item.align
            one.align = max(one.align, align)
            self.dot = _aligned(self.dot, align)
            self._note_gap(one, start, fill)
            item.offset = self.dot - one.address
            self.dot += item.size
        elif isinstance(item, script.Data):
            self._store(one, item)
        elif isinstance(item, script.Filling):
            return self._pattern(item.pattern)
        elif isinstance(item, script.Assert):
            self._evaluator(one).value(item)
        elif item.name == ".":
            self._move(one, item)
            self._note_gap(one, start, fill)
        else:
            self._assign(item, one)
        return fill

    def _note_gap(self, one: OutputSection, start: int, fill: bytes) -> None:
        gap = self.dot - start
        if gap and any(fill) and self.is_final:
            one.placed.append(Placed(start - one.address, (fill * (gap // len(fill) + 1))[:gap]))

    def _store(self, one: OutputSection, item: script.Data) -> None:
        if self.is_final:
            number = self._evaluator(absolute).number(item.value) or 0
            data = (number % (1 << 8 * item.size)).to_bytes(item.size, "big")
            one.placed.append(Placed(self.dot - one.address, data))
        self.dot += item.size

    def _pattern(self, fill: script.Expression | None) -> bytes:
        if fill is None:
            return b"\0"
        if isinstance(fill, script.Number) and fill.hexadecimal:
            return bytes.fromhex("0" * (len(fill.hexadecimal) % 2) + fill.hexadecimal)
        number = self._evaluator(absolute).number(fill) or 0
        return (number % (1 << 32)).to_bytes(4, "big")

    def _move(self, one: OutputSection, item: script.Assign) -> None:
        value = self._evaluator(one).value(item.value)
        if value is None:
            if self.is_final:
                raise mistake("A512", "the location counter is set to a value that is not known here", item.span)
            return
        if self.is_marking and not (value.number == 0 and _is_nothing(item.value)):
            one.kind |= Kind.KEEP
        target = value.number + (value.base.address if value.base is not None else one.address)
        if target < self.dot:
            back = self.dot - target
            title = f"the location counter of section `{one.name}` moves {back} byte{'s'[: back != 1]} backwards"
            note = f"from {self.dot:#x} to {target:#x}"
            raise mistake("A514", title, item.span, notes=[note], help="in a section, `.` can only grow")
        if target != self.dot and one.statement.kind in {"", "NOLOAD"}:
            one.kind |= Kind.ALLOC
        self.dot = target


def _is_nothing(value: script.Expression) -> bool:
    """Whether setting the location counter to this leaves an empty section empty on purpose."""
    match value:
        case script.Number(0) | script.Binary("+", script.Name("."), script.Number(0)):
            return True
        case script.Call("ALIGN", (script.Choice(script.Binary("!=", script.Name("."), script.Number(0)), _, no),)):
            return isinstance(no, script.Number) and no.value == 1
    return False


def _nearest(sections: list[OutputSection], place: int, step: int) -> OutputSection | None:
    """The first section from a place on that is part of the program and occupies memory."""
    while 0 <= place < len(sections):
        one = sections[place]
        if one.exists and not one.is_removed and one.is_loaded:
            return one
        place += step
    return None


def _aligned(value: int, align: int) -> int:
    return -(-value // align) * align if align > 1 else value
