"""The linker as one call: read -> resolve -> arrange -> lay out -> relocate -> emit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import attrs

from hicannx.asm.link.apply import apply
from hicannx.asm.link.arrange import Arrangement, add_common_sections, arrange
from hicannx.asm.link.collect import collect
from hicannx.asm.link.emit import LinkedSymbol, local_symbols, shared_symbols, write_program
from hicannx.asm.link.evaluate import Evaluator, Memory
from hicannx.asm.link.images import make_images, windows
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.layout import Layout
from hicannx.asm.link.load import Input, Loaded, load
from hicannx.asm.link.map import make_map
from hicannx.asm.link.merge import merge
from hicannx.asm.link.nearby import kept
from hicannx.asm.link.options import LinkOptions, plain
from hicannx.asm.link.orphan import place_orphans
from hicannx.asm.link.output import OutputSection
from hicannx.asm.link.parse import parse_script
from hicannx.asm.link.region import Regions, make_regions
from hicannx.asm.link.script import Assign, Number, Script
from hicannx.asm.link.segment import ProgramSegment, make_segments
from hicannx.asm.link.stub import Stubs
from hicannx.asm.link.value import absolute
from hicannx.diagnostic import Diagnostic, Diagnostics
from hicannx.source import SourceFile, read_source

_most_walks = 50
_addresses = 1 << 32
# Mistakes after which nothing sensible can be said about the rest.
_fatal = {"A507", "A508", "A509"}


@attrs.frozen(slots=False, eq=False)
class Linked:
    """A linked program: its sections and segments, its symbols, and where it begins."""

    sections: tuple[OutputSection, ...] = attrs.field(repr=False)
    segments: tuple[ProgramSegment, ...] = attrs.field(repr=False)
    symbols: tuple[LinkedSymbol, ...] = attrs.field(repr=False)
    entry: int
    warnings: tuple[Diagnostic, ...] = ()
    memories: tuple[Memory, ...] = ()
    loaded: Loaded = attrs.field(factory=Loaded, repr=False)

    def elf(self) -> bytes:
        """The program as an ELF executable."""
        return write_program(self)

    def image(self) -> bytes:
        """The bytes of the processor's own memory, from its first address to the last that is stored."""
        return self.images.get("internal", b"")

    def map(self) -> str:
        """What is where: memories, sections with their pieces, symbols and who uses them, and what was left out."""
        return make_map(self)

    @cached_property
    def images(self) -> Mapping[str, bytes]:
        """The bytes of each memory of the system by its name, as far as the program stores something there."""
        return make_images(self.segments)


def link(inputs: Iterable[Input], options: LinkOptions = plain) -> Linked:
    """Link objects and archives: paths, or names with contents. A DiagnosticError carries every mistake found."""
    diagnostics = Diagnostics()
    script = _script(options)
    loaded = load(inputs, script, options, diagnostics)
    if any(one.code in _fatal for one in diagnostics.errors):
        diagnostics.raise_if_errors()
    entry = options.entry or script.entry
    add_common_sections(loaded)
    if options.gc_sections:
        collect(loaded, script, entry, options.undefined)
    arrangement = arrange(script, loaded)
    place_orphans(arrangement, loaded.files)
    merge(loaded.files)
    layout = _lay_out(script, arrangement, loaded, diagnostics)
    apply(loaded, diagnostics)
    address = _entry_address(entry, loaded, arrangement, diagnostics)
    diagnostics.raise_if_errors()
    sections = kept(arrangement.sections)
    for one in sections:
        one.data = _contents(one)
    symbols = [
        *local_symbols(loaded.files, arrangement.sections),
        *shared_symbols(list(loaded.symbols), arrangement.sections),
    ]
    memories = tuple(layout.regions.memories.values())
    segments = tuple(make_segments(sections))
    return Linked(tuple(sections), segments, tuple(symbols), address, tuple(diagnostics.collected), memories, loaded)


def _script(options: LinkOptions) -> Script:
    """The script, behind the symbols that the options define."""
    given = options.script
    if given is None:
        from hicannx.asm.link.runtime import default_script

        source = default_script()
    else:
        source = given if isinstance(given, SourceFile) else read_source(given)
    parsed = parse_script(source, [Path(), *options.folders])
    defined = tuple(_defined(name, value, options) for name, value in options.defines.items())
    return attrs.evolve(parsed, items=(*defined, *parsed.items))


def _defined(name: str, value: int | str, options: LinkOptions) -> Assign:
    if isinstance(value, int):
        return Assign(name, Number(value), option=True)
    text = f"{name} = {value};"
    (one,) = parse_script(SourceFile("<--defsym>", text)).items
    assert isinstance(one, Assign)
    return attrs.evolve(one, option=True)


def _lay_out(script: Script, arrangement: Arrangement, loaded: Loaded, diagnostics: Diagnostics) -> Layout:
    layout = Layout(arrangement, loaded.symbols, Regions(), diagnostics)
    layout.regions = make_regions(script, Evaluator(layout, 0, absolute, is_final=False))
    layout.settle()
    stubs = Stubs()
    before: list[tuple[int, int]] = []
    for _ in range(_most_walks):
        layout.walk()
        now = [(one.address, one.size) for one in arrangement.sections]
        if not stubs.add(loaded.files) and now == before:
            break
        before = now
    layout.walk(final=True)
    layout.regions.report(diagnostics)
    _check_addresses(arrangement.sections, diagnostics)
    _check_overlaps(arrangement.sections, diagnostics)
    return layout


def _check_addresses(sections: Iterable[OutputSection], diagnostics: Diagnostics) -> None:
    """Report (A516) sections that no memory can hold, or that lie beyond the last address."""
    largest = max(one.size for one in windows())
    for one in sections:
        if one.exists and (one.size > largest or one.end > _addresses or one.load_address + one.size > _addresses):
            title = f"section `{one.name}`, {one.size} bytes at {one.address:#x}, fits into no memory"
            diagnostics.error("A516", title, one.statement.span)


def _check_overlaps(sections: Iterable[OutputSection], diagnostics: Diagnostics) -> None:
    """Report (A519) sections that are loaded to the same place."""
    loaded = [one for one in sections if Kind.LOAD in one.kind and Kind.ALLOC in one.kind and one.size]
    loaded.sort(key=lambda one: one.load_address)
    for one, other in pairwise(loaded):
        if other.load_address < one.load_address + one.size:
            title = f"section `{other.name}` overlaps section `{one.name}`"
            notes = [
                f"`{each.name}` is loaded to {each.load_address:#x} to {each.load_address + each.size - 1:#x}"
                for each in (one, other)
            ]
            diagnostics.error("A519", title, other.statement.span, notes=notes, help="move one of them")


def _entry_address(entry: str, loaded: Loaded, arrangement: Arrangement, diagnostics: Diagnostics) -> int:
    """Where the program begins: a symbol, a number, or the start of the code."""
    symbol = loaded.symbols.names.get(entry or "start")
    if symbol is not None and symbol.is_defined:
        return symbol.address % (1 << 32)
    try:
        return int(entry, 0) if entry else _first_address(arrangement)
    except ValueError:
        start = _first_address(arrangement)
        title = f"the entry symbol `{entry}` is not defined"
        diagnostics.warning("A520", title, notes=[f"the program begins at {start:#x} instead"],
                            help="define it, or name another with `-e`")  # fmt: skip
        return start


def _first_address(arrangement: Arrangement) -> int:
    text = arrangement.find(".text")
    return text.address if text is not None else 0


def _contents(section: OutputSection) -> bytearray:
    data = bytearray(section.size) if section.is_stored else bytearray()
    for one in section.placed:
        data[one.offset : one.offset + len(one.data)] = one.data
    for piece in section.inputs:
        if piece.data and section.is_stored:
            data[piece.offset : piece.offset + len(piece.data)] = piece.data
    return data
