"""The assembler as one call: source -> parse -> expand -> layout -> encode -> emit."""

from __future__ import annotations

import gc
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

import attrs

from hicannx.asm.block import expand
from hicannx.asm.crossreference import Reference, cross_reference
from hicannx.asm.dialect import dialect_of
from hicannx.asm.elf import write_executable, write_object
from hicannx.asm.encode import encode
from hicannx.asm.image import check_size, end_address, load_rules, make_image, place_sections, resolve
from hicannx.asm.layout import layout
from hicannx.asm.listing import Record, make_listing, records
from hicannx.asm.options import Options, plain
from hicannx.asm.parse import parse
from hicannx.asm.program import new_program
from hicannx.asm.relocation import Relocation
from hicannx.asm.section import Attributes, Section
from hicannx.asm.symbol import Symbol
from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, Severity
from hicannx.isa.load import load_isa
from hicannx.source import SourceFile, Span, read_source


@attrs.frozen(slots=False, eq=False)
class Assembly:
    """One assembled file: sections with their bytes, symbols, and relocations that wait for a linker.

    Addresses are those of the memory image that the file makes alone. `files` are those that it includes.
    """

    source: SourceFile
    sections: Mapping[str, Section] = attrs.field(repr=False)
    symbols: Mapping[str, Symbol] = attrs.field(repr=False)
    relocations: tuple[Relocation, ...] = attrs.field(repr=False)
    warnings: tuple[Diagnostic, ...] = ()
    file_name: str = ""
    files: tuple[str, ...] = ()

    def image(self) -> bytes:
        """The memory from address 0; a DiagnosticError when symbols are undefined or the memory is too small."""
        end = end_address(self._loaded, self.symbols.values())
        stored = [one.address + one.size for one in self._loaded if not one.is_zero]
        diagnostics = Diagnostics()
        contents = self._resolve(diagnostics)
        check_size(end, diagnostics)
        diagnostics.raise_if_errors()
        return make_image(self._loaded, contents, max(stored, default=0) - load_rules().memory.origin)

    def elf(self) -> bytes:
        """A linked executable for the same addresses as `image`; a DiagnosticError for the same reasons."""
        diagnostics = Diagnostics()
        contents = self._resolve(diagnostics)
        end = end_address(self._loaded, self.symbols.values())
        check_size(end, diagnostics)
        diagnostics.raise_if_errors()
        shown = [one for one in self.symbols.values() if one.is_shown and not one.name.startswith(".L")]
        notes = [one for one in self.sections.values() if one.attributes == Attributes() and one.size]
        return write_executable(self._loaded, shown, contents, self.entry, end, notes)

    def object(self) -> bytes:
        """A relocatable object."""
        needed = {one.symbol.name for one in self.relocations if one.symbol}
        named = (one for one in self.symbols.values() if one.is_shown and (one.name in needed or not one.is_idle))
        shown = [one for one in named if one.name in needed or not one.name.startswith(".L")]
        return write_object(list(self.sections.values()), shown, self.relocations, self.file_name)

    def listing(self, mistakes: Iterable[Diagnostic] = ()) -> str:
        """The source beside addresses and bytes, mistakes below their lines; what is not resolved shows as zeros."""
        return make_listing(self.source, self._records, self._resolve(Diagnostics()), mistakes)

    def cross_reference(self) -> list[Reference]:
        """Where every symbol is defined and used."""
        return cross_reference([self.source, *_readable(self.files)], self.symbols)

    @property
    def entry(self) -> int:
        """The address of the first instruction."""
        rules = load_rules()
        names = [name for name in rules.entry_symbols if name in self.symbols and self.symbols[name].is_defined]
        return self.symbols[names[0]].address if names else rules.memory.origin

    def line_at(self, address: int) -> Span | None:
        """The source of the bytes at an address."""
        index = bisect_right(self._record_addresses, address) - 1
        if index < 0 or address >= self._sorted_records[index].address + self._sorted_records[index].size:
            return None
        return self._sorted_records[index].statement.place

    def symbol_at(self, address: int) -> tuple[str, int] | None:
        """The symbol at or before an address in the same section, and the distance from it."""
        index = bisect_right(self._label_addresses, address) - 1
        if index < 0:
            return None
        label = self._labels[index]
        assert label.chunk is not None
        section = label.chunk.section
        inside = section.address <= address < max(section.address + section.size, label.address + 1)
        return (label.name, address - label.address) if inside else None

    def _resolve(self, diagnostics: Diagnostics) -> dict[str, bytearray]:
        defined = [name for name, one in self.symbols.items() if one.is_defined]
        return resolve(self.relocations, defined, diagnostics)

    @cached_property
    def _loaded(self) -> list[Section]:
        loaded = [one for one in self.sections.values() if one.is_loaded]
        return sorted(loaded, key=lambda one: (one.address, one.is_zero))

    @cached_property
    def _records(self) -> list[Record]:
        return records(self.sections.values())

    @cached_property
    def _sorted_records(self) -> list[Record]:
        return sorted((one for one in self._records if one.size and one.section.is_loaded), key=lambda one: one.address)

    @cached_property
    def _record_addresses(self) -> list[int]:
        return [one.address for one in self._sorted_records]

    @cached_property
    def _labels(self) -> list[Symbol]:
        labels = [one for one in self.symbols.values() if one.chunk and one.chunk.section.is_loaded]
        return sorted(labels, key=lambda one: (one.address, one.name.startswith(".")))

    @cached_property
    def _label_addresses(self) -> list[int]:
        return [one.address for one in self._labels]


def assemble(source: SourceFile | Path | str, options: Options = plain) -> Assembly:
    """Assemble a file (a path) or a text (a SourceFile); a DiagnosticError carries every mistake that was found."""
    assembly, mistakes = attempt(source, options)
    if mistakes:
        raise DiagnosticError(mistakes)
    return assembly


def attempt(source: SourceFile | Path | str, options: Options = plain) -> tuple[Assembly, list[Diagnostic]]:
    """What assembles, and all diagnostics if there is an error among them; then it is good for a listing only."""
    with _no_collection():
        return _attempt(source, options)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without Python's search for cycles: what is made here is needed, and looking at it costs a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _attempt(source: SourceFile | Path | str, options: Options) -> tuple[Assembly, list[Diagnostic]]:
    file = source if isinstance(source, SourceFile) else read_source(source)
    diagnostics = Diagnostics()
    program = new_program(load_isa(), diagnostics, dialect_of(options), options)
    statements = parse(file, program.report)
    layout(expand(statements, program.scope, options, program.files), program)
    relocations = encode(program)
    diagnostics.collected = sorted(dict.fromkeys(_shown(diagnostics, options)), key=_position)
    mistakes = list(diagnostics.collected) if diagnostics.errors else []
    if (options.debug or program.locations) and not mistakes:
        from hicannx.asm.debug import add_line_table  # late: most programs need none

        relocations += add_line_table(program, file)
    sections = program.sections
    place_sections(sections.values(), program.symbols.names.values())
    set_sizes(program.symbols.names.values())
    warnings = tuple(diagnostics.collected)
    file_name = program.file_names[0] if program.file_names else ""
    files = tuple(dict.fromkeys(program.files))
    assembly = Assembly(file, sections, program.symbols.names, tuple(relocations), warnings, file_name, files)
    return assembly, mistakes


def _readable(names: Iterable[str]) -> Iterator[SourceFile]:
    """The included files that are texts."""
    for name in names:
        with suppress(DiagnosticError):
            yield read_source(Path(name))


def _shown(diagnostics: Diagnostics, options: Options) -> list[Diagnostic]:
    """All but the warnings that the options switch off."""
    quiet = options.quiet
    return [
        one
        for one in diagnostics.collected
        if one.severity is Severity.ERROR or not ("all" in quiet or one.code in quiet)
    ]


def _position(one: Diagnostic) -> tuple[str, int]:
    place = one.labels[-1].span if one.labels and one.span and one.span.file.name.startswith("<") else one.span
    return (place.file.name, place.start) if place else ("", 0)


def set_sizes(symbols: Iterable[Symbol]) -> None:
    """A label without `.size` reaches to the next label of its section, or to the section's end."""
    by_section: dict[Section, list[Symbol]] = {}
    for symbol in symbols:
        symbol.size = symbol.declared_size
        if symbol.chunk is not None:
            by_section.setdefault(symbol.chunk.section, []).append(symbol)
    for section, labels in by_section.items():
        offsets = sorted({label.section_offset for label in labels} | {section.size})
        for label in labels:
            following = bisect_right(offsets, label.section_offset)
            if not label.size and following < len(offsets):
                label.size = offsets[following] - label.section_offset
