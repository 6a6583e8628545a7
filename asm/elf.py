"""ELF files: relocatable objects and executables, 32-bit big-endian PowerPC."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import cache

import attrs

from hicannx.asm.group import group_data, group_key, group_names, signatures
from hicannx.asm.relocation import Relocation, load_relocations
from hicannx.asm.section import Section
from hicannx.asm.symbol import Symbol
from hicannx.asm.table import load_table


@attrs.frozen
class _SegmentNumbers:
    type: int
    flags: int


@attrs.frozen
class Segment:
    """What is loaded as a whole: addresses, bytes in the file and in memory, and the numbers of its sections.

    `from_start`: the file is loaded from its beginning, headers included.
    """

    address: int
    load_address: int
    stored: int
    size: int
    flags: int
    align: int
    sections: tuple[int, ...]
    from_start: bool = False


@attrs.frozen
class ElfFormat:
    """The numbers of the format; see elf.yaml."""

    identification: str
    machine: int
    version: int
    file_types: dict[str, int]
    header: str
    section_header: str
    program_header: str
    symbol: str
    relocation: str
    section_types: dict[str, int]
    foreign_types: dict[str, int]
    section_flags: dict[str, int]
    bindings: dict[str, int]
    binding_shift: int
    symbol_kinds: dict[str, int]
    visibilities: dict[str, int]
    special_sections: dict[str, int]
    relocation_symbol_shift: int
    segment: _SegmentNumbers
    segment_flags: dict[str, int]
    page: int
    expected_segments: int
    group_flag: int

    @property
    def all_types(self) -> dict[str, int]:
        """All section types by name."""
        return self.section_types | self.foreign_types


@cache
def load_format() -> ElfFormat:
    """The format."""
    return load_table("elf", ElfFormat)


@attrs.define
class _Strings:
    """A string table."""

    data: bytearray = attrs.field(factory=lambda: bytearray(1))
    known: dict[str, int] = attrs.field(factory=dict)

    def add(self, text: str) -> int:
        if not text:
            return 0
        if text not in self.known:
            self.known[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return self.known[text]


@attrs.define
class _Table:
    """One section of the file."""

    name: str
    type: str
    flags: int = 0
    address: int = 0
    data: bytes = b""
    size: int = 0
    link: int = 0
    info: int = 0
    align: int = 1
    entry_size: int = 0
    offset: int = 0


@attrs.define(eq=False)
class ElfWriter:
    """Collects sections, symbols and relocations of one file and writes them."""

    file_type: str
    tables: list[_Table] = attrs.field(factory=lambda: [_Table("", "null", align=0)])
    names: _Strings = attrs.field(factory=_Strings)
    indices: dict[str, int] = attrs.field(factory=dict)
    symbol_indices: dict[str, int] = attrs.field(factory=dict)
    section_symbols: dict[str, int] = attrs.field(factory=dict)

    def add_section(self, section: Section, data: bytes) -> None:
        """A section of the program with its contents."""
        attributes = section.attributes
        self.indices[section.name] = self.add_contents(
            section.name, attributes.type, attributes.flags, section.address, b"" if section.is_zero else data,
            section.size, section.align, attributes.entry_size,
        )  # fmt: skip

    def add_contents(
        self, name: str, kind: str, flags: str, address: int, data: bytes, size: int, align: int, entry_size: int
    ) -> int:
        """A section of the program by its parts; its number in the file."""
        bits = sum(load_format().section_flags.get(letter, 0) for letter in flags)
        self.tables.append(_Table(name, kind, bits, address, data, size, align=align, entry_size=entry_size))
        return len(self.tables) - 1

    def add_symbols(self, symbols: Iterable[Symbol], sections: Sequence[Section], file_name: str) -> None:
        """The symbol table: a file name, the sections, local symbols, then those that other files see."""
        kinds = load_format()
        order = sorted(symbols, key=lambda one: not one.is_local or not one.is_defined)
        local = sum(one.is_local and one.is_defined for one in order)
        entries = [bytes(struct.calcsize(kinds.symbol))]
        if file_name:
            entries.append(self.entry(file_name, 0, 0, "", "file", "default", kinds.special_sections["absolute"]))
        for section in sections:
            self.section_symbols[section.name] = len(entries)
            index = self.indices[section.name]
            entries.append(self.entry("", section.address, 0, "", "section", "default", index))
        first_global = len(entries) + local
        for symbol in order:
            self.symbol_indices[symbol.name] = len(entries)
            entries.append(self._symbol(symbol))
        self.add_symbol_table(entries, first_global)

    def add_symbol_table(self, entries: Iterable[bytes], first_global: int) -> None:
        """The symbol table and its names; the entries before `first_global` are local, the first one is empty."""
        size, strings = struct.calcsize(load_format().symbol), len(self.tables) + 1
        self._add(_Table(".symtab", "symtab", 0, 0, b"".join(entries), 0, strings, first_global, 4, size))
        self._add(_Table(".strtab", "strtab", data=bytes(self.names.data)))

    def _symbol(self, one: Symbol) -> bytes:
        special = load_format().special_sections
        binding = "global" if one.is_local and not one.is_defined else one.binding
        value = one.address
        if one.common is not None and self.file_type == "relocatable":
            section, value = special["common"], one.common[1]
        elif one.common is not None:
            section = self.indices.get(".bss", special["absolute"])
        elif one.chunk is not None:
            section = self.indices.get(one.chunk.section.name, special["absolute"])
            value -= one.chunk.section.address if self.file_type == "relocatable" else 0
        else:
            section = special["absolute"] if one.is_defined else special["undefined"]
        return self.entry(one.name, value, one.declared_size, binding, one.kind, one.visibility, section)

    def entry(self, name: str, value: int, size: int, binding: str, kind: str, visibility: str, section: int) -> bytes:
        """One entry of the symbol table; `section` is a number in the file."""
        known = load_format()
        info = known.bindings[binding] << known.binding_shift | known.symbol_kinds[kind]
        other = known.visibilities[visibility]
        value, size = value % (1 << 32), size % (1 << 32)  # as GNU as stores a negative difference
        return struct.pack(known.symbol, self.names.add(name), value, size, info, other, section)

    def add_relocations(self, section: Section, relocations: Iterable[Relocation], symbol_table: int) -> None:
        """The relocations of one section; the symbol table will be section number `symbol_table` of the file."""
        known = load_format()
        entries = []
        for one in relocations:
            symbol = self.symbol_indices[one.symbol.name] if one.symbol else 0
            symbol = self.section_symbols[one.target.name] if one.target else symbol
            number = load_relocations().relocations[one.kind].number
            info = symbol << known.relocation_symbol_shift | number
            entries.append(struct.pack(known.relocation, one.offset, info, _signed(one.addend)))
        size = struct.calcsize(known.relocation)
        flags = known.section_flags["I"]
        place = self.indices[section.name]
        name = f".rela{section.name}"
        self._add(_Table(name, "rela", flags, 0, b"".join(entries), 0, symbol_table, place, 4, size))

    def _add(self, table: _Table) -> None:
        table.size = len(table.data)
        self.tables.append(table)

    def write(self, entry: int = 0, segments: Sequence[Segment] = ()) -> bytes:
        """The file; the sections of each segment lie in it as in memory."""
        known = load_format()
        strings = _Strings()
        names = [strings.add(table.name) for table in self.tables] + [strings.add(".shstrtab")]
        self._add(_Table(".shstrtab", "strtab", data=bytes(strings.data)))
        header, program = struct.calcsize(known.header), struct.calcsize(known.program_header)
        content = bytearray(header + len(segments) * program)
        programs = [
            struct.pack(known.program_header, known.segment.type, self._place_segment(content, one), one.address,
                        one.load_address, one.stored, one.size, one.flags, one.align)
            for one in segments
        ]  # fmt: skip
        self._place_rest(content, {index for one in segments for index in one.sections})
        tables = b"".join(self._section_header(table, name) for table, name in zip(self.tables, names))
        first = struct.pack(
            known.header, bytes.fromhex(known.identification), known.file_types[self.file_type], known.machine,
            known.version, entry, header if segments else 0, len(content), 0, header, program if segments else 0,
            len(segments), struct.calcsize(known.section_header), len(self.tables), len(self.tables) - 1,
        )  # fmt: skip
        content[: header + len(segments) * program] = first + b"".join(programs)
        return bytes(content + tables)

    @property
    def strictest(self) -> int:
        """The largest alignment among the sections that are loaded."""
        return max((table.align for table in self.tables if table.address or table.flags), default=4)

    def _place_segment(self, content: bytearray, segment: Segment) -> int:
        """Put the sections of a segment into the file; where it starts there."""
        start = 0 if segment.from_start else len(content) + (segment.address - len(content)) % segment.align
        for index in segment.sections:
            table = self.tables[index]
            table.offset = start + table.address - segment.address
            content += bytes(max(0, table.offset - len(content))) if table.data else b""
            content += table.data
        return start

    def _place_rest(self, content: bytearray, placed: set[int]) -> None:
        for index, table in enumerate(self.tables):
            if index not in placed:
                # Alignment in memory asks nothing of the place in a file, which would otherwise become as large.
                content += bytes(-len(content) % min(max(table.align, 1), load_format().page))
                table.offset = len(content)
                content += table.data
        content += bytes(-len(content) % 4)

    def _section_header(self, table: _Table, name: int) -> bytes:
        known = load_format()
        kind = known.all_types[table.type]
        return struct.pack(
            known.section_header, name, kind, table.flags, table.address, table.offset, table.size,
            table.link, table.info, table.align, table.entry_size,
        )  # fmt: skip


def _signed(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def write_object(
    sections: Sequence[Section], symbols: Iterable[Symbol], relocations: Iterable[Relocation], file_name: str = ""
) -> bytes:
    """A relocatable object of sections that have no addresses yet."""
    writer = ElfWriter("relocatable")
    unplaced = [attrs.evolve(section, address=0) for section in sections]
    groups = group_names(unplaced)
    for name in groups:
        writer.indices[group_key(name)] = len(writer.tables)
        writer.tables.append(_Table(".group", "group", align=4, entry_size=4))
    for section in unplaced:
        writer.add_section(section, bytes(section.data))
    by_section: dict[str, list[Relocation]] = {}
    for one in relocations:
        by_section.setdefault(one.section.name, []).append(one)
    symbol_table = len(writer.tables)
    shown = list(symbols)
    writer.add_symbols([*shown, *signatures(groups, shown)], unplaced, file_name)
    numbers: dict[str, int] = {}
    for section in unplaced:
        if section.name in by_section:
            numbers[section.name] = len(writer.tables)
            writer.add_relocations(section, by_section[section.name], symbol_table)
    for name in groups:
        table = writer.tables[writer.indices[group_key(name)]]
        table.data = group_data(name, unplaced, writer.indices, numbers)
        table.size, table.link, table.info = len(table.data), symbol_table, writer.symbol_indices[name]
    return writer.write()


def write_executable(
    sections: Sequence[Section],
    symbols: Iterable[Symbol],
    contents: dict[str, bytearray],
    entry: int,
    end: int,
    notes: Sequence[Section] = (),
) -> bytes:
    """An executable whose `sections`, in order of address, are one segment; it occupies memory up to `end`.

    `notes` are sections for debuggers, which are part of no segment.
    """
    writer = ElfWriter("executable")
    for section in [*sections, *notes]:
        writer.add_section(section, bytes(contents.get(section.name, section.data)))
    writer.add_symbols(symbols, sections, "")
    if not sections:
        return writer.write(entry)
    start = sections[0].address
    stored = max((one.address + one.size for one in sections if not one.is_zero), default=start)
    numbers = tuple(writer.indices[one.name] for one in sections)
    flags = load_format().segment.flags
    segment = Segment(start, start, stored - start, end - start, flags, writer.strictest, numbers)
    return writer.write(entry, [segment])
