"""Memory regions: which one a section goes to, what is free in it, and whether it is full."""

from __future__ import annotations

import attrs

from hicannx.asm.link.evaluate import Evaluator, Memory
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.script import Name, Script
from hicannx.asm.mistake import mistake
from hicannx.diagnostic import DiagnosticError, Diagnostics, did_you_mean
from hicannx.source import Span

_letters = {
    "r": Kind.READONLY, "w": Kind.DATA, "x": Kind.CODE, "a": Kind.ALLOC, "i": Kind.LOAD, "l": Kind.LOAD,
}  # fmt: skip
_shown_contributors = 3


@attrs.define
class Regions:
    """The regions of MEMORY in order, and `default`, where sections go when there are none."""

    memories: dict[str, Memory] = attrs.field(factory=dict)
    aliases: dict[str, str] = attrs.field(factory=dict)
    default: Memory = attrs.field(factory=lambda: Memory("*default*", "", 0, 1 << 32))
    full: set[str] = attrs.field(factory=set)
    reported: set[str] = attrs.field(factory=set)

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [*self.memories, *self.aliases]

    def find(self, name: str) -> Memory | None:
        """A region by its name or another name of it."""
        return self.memories.get(self.aliases.get(name, name))

    def reset(self) -> None:
        """Everything is free again."""
        self.full, self.reported = set(), set()
        for one in (*self.memories.values(), self.default):
            one.current, one.last, one.sections = one.origin, None, []

    def of(self, section: OutputSection) -> Memory:
        """The region of a section: the one that is named, or the first with fitting attributes."""
        if section.region:
            return self.find(section.region) or self.default
        if section.statement.address is not None or section.start is not None:
            return self.default
        kind = section.kind
        if kind & Kind.ALLOC and not kind & (Kind.READONLY | Kind.CODE):
            kind |= Kind.DATA
        for one in self.memories.values():
            wanted, unwanted = _attributes(one.attributes)
            if kind & wanted and not kind & unwanted and kind & (Kind.ALLOC | Kind.LOAD):
                return one
        return self.default

    def check_named(self, section: OutputSection, memory: Memory, diagnostics: Diagnostics) -> None:
        """Report (A513) a section for which the script names no region although there are some."""
        if section.region and self.find(section.region) is None:
            if section.region not in self.reported and section.statement.region is not None:
                self.reported.add(section.region)
                diagnostics.collected += _unknown(section.region, section.statement.region.span, self).diagnostics
            return
        if memory is self.default and self.memories and section.is_loaded and not section.is_removed:
            title = f"section `{section.name}` is assigned to no memory region"
            help_text = f"write `> {next(iter(self.memories))}` behind its `}}`"
            if section.is_orphan:
                help_text = "name it in an output section, or in `/DISCARD/`"
            diagnostics.error("A513", title, section.statement.span, help=help_text)

    def advance(self, section: OutputSection, memory: Memory) -> None:
        """Occupy what the section takes."""
        kind = section.kind
        if kind & Kind.ALLOC and not section.load_region:
            moved = memory.last is not None and section.address >= memory.last.address
            shifted = memory.last is None and section.address != section.load_address
            if section.size or moved or shifted:
                memory.last = section
        if kind & (Kind.ALLOC | Kind.LOAD):
            memory.current = section.end
            memory.sections.append(section)
            loaded = self.find(section.load_region)
            if loaded is not None and loaded is not memory and kind & Kind.LOAD:
                loaded.current = section.load_address + section.size
                loaded.sections.append(section)

    def check(self, section: OutputSection, memory: Memory, diagnostics: Diagnostics) -> None:
        """Report (A516) a section that was put outside of its region; note regions that are full."""
        if not section.kind & (Kind.ALLOC | Kind.LOAD):
            return
        for one, base in ((memory, section.address), (self.find(section.load_region), section.load_address)):
            if one is None or one is self.default or (one is memory and base is not section.address):
                continue
            beyond = one.current < one.origin or one.current - one.origin > one.length
            if not beyond or (one.current == one.origin + one.length and base):
                continue
            if one is memory and section.statement.address is not None:
                title = f"section `{section.name}` ends at {one.current:#x}, outside of region `{one.name}`"
                inside = f"`{one.name}` has {one.origin:#x} to {one.origin + one.length - 1:#x}"
                diagnostics.error("A516", title, section.statement.address.span, notes=[inside])
            else:
                self.full.add(one.name)

    def report(self, diagnostics: Diagnostics) -> None:
        """Report (A505) the regions that are too small."""
        for one in self.memories.values():
            if one.name in self.full:
                over = one.current - one.origin - one.length
                title = f"region `{one.name}` overflowed by {over} byte{'s'[: over != 1]}"
                diagnostics.error("A505", title, one.span, label=f"{one.length} bytes" if one.span else "",
                                  notes=_contributors(one), help=_saving(over))  # fmt: skip


def _saving(over: int) -> str:
    return f"save {over} byte{'s'[: over != 1]}, leave out what is not used with --gc-sections, or use another memory"


def _contributors(memory: Memory) -> list[str]:
    """What is in a region, and the largest pieces."""
    sections = ", ".join(f"`{one.name}` {one.size}" for one in memory.sections if one.size)
    pieces = [(one.size, one) for section in memory.sections for one in section.inputs if one.size]
    pieces.sort(key=lambda pair: -pair[0])
    largest = [f"{one.file.shown}: {one.name} has {size} bytes" for size, one in pieces[:_shown_contributors]]
    return [f"it holds {sections} bytes", *largest]


def _attributes(text: str) -> tuple[Kind, Kind]:
    wanted, unwanted, inverted = Kind.NONE, Kind.NONE, False
    for letter in text.lower():
        if letter == "!":
            inverted = not inverted
        elif inverted:
            unwanted |= _letters.get(letter, Kind.NONE)
        else:
            wanted |= _letters.get(letter, Kind.NONE)
    return wanted, unwanted


def make_regions(given: Script, evaluator: Evaluator) -> Regions:
    """The regions of a script; a DiagnosticError (A512) when their bounds are not known at once."""
    regions = Regions()
    evaluator.environment.regions = regions  # type: ignore[attr-defined]
    for one in given.regions:
        origin, length = evaluator.number(one.origin), evaluator.number(one.length)
        if origin is None or length is None:
            raise mistake("A512", f"the bounds of region `{one.name}` are not known here", one.span)
        regions.memories.setdefault(one.name, Memory(one.name, one.attributes, origin, length, span=one.span))
    for alias, target in given.aliases:
        _add_alias(regions, alias, target)
    return regions


def _add_alias(regions: Regions, alias: str, target: Name) -> None:
    if target.name not in regions.memories:
        raise _unknown(target.name, target.span, regions)
    regions.aliases[alias] = target.name


def _unknown(name: str, span: Span | None, regions: Regions) -> DiagnosticError:
    return mistake("A511", f"there is no memory region `{name}`", span, help=did_you_mean(name, regions.names))


def load_address(
    section: OutputSection, memory: Memory, regions: Regions, given: int | None, align: int, delta: int
) -> int:
    """Where the contents are loaded: as the script says, or as far from the address as those before."""
    if given is not None:
        return given
    loaded = regions.find(section.load_region)
    if loaded is not None:
        if section.statement.align_with_input:
            return loaded.current + delta if loaded is not memory else section.address
        if loaded is memory:
            return section.address
        own = section.statement.setting("ALIGN")
        return -(-loaded.current // align) * align if own is not None and align > 1 else loaded.current
    last = memory.last
    if last is not None and section.kind & Kind.ALLOC:
        moved_back = section.address < last.address and section.size and section.end <= last.address
        if not moved_back:
            address = section.address + last.load_address - last.address
            return -(-address // align) * align if align > 1 else address
    return section.address
