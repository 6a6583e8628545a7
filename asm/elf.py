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

_most_padding = 1 << 16  # places in the file need not be aligned as addresses are


@attrs.frozen
class _Segment:
    type: int
    flags: int


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
    section_flags: dict[str, int]
    bindings: dict[str, int]
    binding_shift: int
    symbol_kinds: dict[str, int]
    visibilities: dict[str, int]
    special_sections: dict[str, int]
    relocation_symbol_shift: int
    segment: _Segment


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
        bits = sum(load_format().section_flags.get(letter, 0) for letter in section.attributes.flags)
        self.indices[section.name] = len(self.tables)
        body = b"" if section.is_zero else data
        self.tables.append(_Table(
            section.name, section.attributes.type, bits, section.address, body, section.size,
            align=section.align, entry_size=section.attributes.entry_size,
        ))  # fmt: skip

    def add_symbols(self, symbols: Iterable[Symbol], sections: Sequence[Section], file_name: str) -> None:
        """The symbol table: a file name, the sections, local symbols, then those that other files see."""
        kinds = load_format()
        order = sorted(symbols, key=lambda one: not one.is_local or not one.is_defined)
        local = sum(one.is_local and one.is_defined for one in order)
        entries = [bytes(struct.calcsize(kinds.symbol))]
        if file_name:
            entries.append(self._entry(file_name, 0, 0, "", "file", "default", kinds.special_sections["absolute"]))
        for section in sections:
            self.section_symbols[section.name] = len(entries)
            index = self.indices[section.name]
            entries.append(self._entry("", section.address, 0, "", "section", "default", index))
        first_global = len(entries) + local
        for symbol in order:
            self.symbol_indices[symbol.name] = len(entries)
            entries.append(self._symbol(symbol))
        size = struct.calcsize(kinds.symbol)
        strings = len(self.tables) + 1
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
        return self._entry(one.name, value, one.declared_size, binding, one.kind, one.visibility, section)

    def _entry(self, name: str, value: int, size: int, binding: str, kind: str, visibility: str, section: int) -> bytes:
        known = load_format()
        info = known.bindings[binding] << known.binding_shift | known.symbol_kinds[kind]
        other = known.visibilities[visibility]
        return struct.pack(
            known.symbol, self.names.add(name), value % (1 << 32), size % (1 << 32), info, other, section
        )

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

    def write(self, entry: int = 0, segments: Sequence[tuple[int, int, int]] = ()) -> bytes:
        """The file. `segments` are (address, bytes in the file, bytes in memory); their sections lie in it in order."""
        known = load_format()
        strings = _Strings()
        names = [strings.add(table.name) for table in self.tables] + [strings.add(".shstrtab")]
        self._add(_Table(".shstrtab", "strtab", data=bytes(strings.data)))
        header, program = struct.calcsize(known.header), struct.calcsize(known.program_header)
        content, start = self._contents(header + len(segments) * program, segments)
        programs = [
            struct.pack(known.program_header, known.segment.type, start, address, address, size, memory,
                        known.segment.flags, self._alignment())
            for address, size, memory in segments
        ]  # fmt: skip
        tables = b"".join(self._section_header(table, name) for table, name in zip(self.tables, names))
        place = len(content)
        first = struct.pack(
            known.header, bytes.fromhex(known.identification), known.file_types[self.file_type], known.machine,
            known.version, entry, header if segments else 0, place, 0, header, program if segments else 0,
            len(segments), struct.calcsize(known.section_header), len(self.tables), len(self.tables) - 1,
        )  # fmt: skip
        content[: header + len(segments) * program] = first + b"".join(programs)
        return bytes(content + tables)

    def _alignment(self) -> int:
        largest = max((table.align for table in self.tables if table.address or table.flags), default=4)
        return min(largest, _most_padding)

    def _contents(self, size: int, segments: Sequence[tuple[int, int, int]]) -> tuple[bytearray, int]:
        """The file up to the section headers, with room for `size` bytes of headers, and where the segment starts."""
        content = bytearray(size)
        start = 0
        loaded = load_format().section_flags["a"]
        if segments:
            start = size + (segments[0][0] - size) % self._alignment()
            content += bytes(start - size)
        for table in self.tables:
            if segments and table.flags & loaded:
                target = start + table.address - segments[0][0]
                content += bytes(max(0, target - len(content))) if table.data else b""
                table.offset = target
            else:
                content += bytes(-len(content) % min(max(table.align, 1), _most_padding))
                table.offset = len(content)
            content += table.data
        content += bytes(-len(content) % 4)
        return content, start

    def _section_header(self, table: _Table, name: int) -> bytes:
        known = load_format()
        kind = known.section_types[table.type]
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
    sections: Sequence[Section], symbols: Iterable[Symbol], contents: dict[str, bytearray], entry: int, end: int
) -> bytes:
    """An executable whose `sections`, in order of address, are one segment; it occupies memory up to `end`."""
    writer = ElfWriter("executable")
    for section in sections:
        writer.add_section(section, bytes(contents.get(section.name, section.data)))
    writer.add_symbols(symbols, sections, "")
    if not sections:
        return writer.write(entry)
    start = sections[0].address
    stored = max((one.address + one.size for one in sections if not one.is_zero), default=start)
    return writer.write(entry, [(start, stored - start, end - start)])
