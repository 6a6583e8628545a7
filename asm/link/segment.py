"""Segments: output sections that are loaded as one piece."""

from __future__ import annotations

import struct
from collections.abc import Iterable

import attrs

from hicannx.asm.elf import load_format
from hicannx.asm.link.kind import Kind
from hicannx.asm.link.output import OutputSection


@attrs.frozen
class ProgramSegment:
    """Sections in order of address, and how they are loaded; `flags` are letters.

    The file may be loaded from its beginning: then `headers` bytes of headers stand at the start of the segment, and
    `lead` is what lies between there and the first section.
    """

    sections: tuple[OutputSection, ...]
    headers: int = 0

    @property
    def lead(self) -> int:
        """Bytes before the first section."""
        return self.sections[0].address % load_format().page if self.headers else 0

    @property
    def address(self) -> int:
        """The address of the first byte."""
        return self.sections[0].address - self.lead

    @property
    def load_address(self) -> int:
        """Where the first byte is loaded."""
        return self.sections[0].load_address - self.lead

    @property
    def stored(self) -> int:
        """Bytes in the file."""
        ends = [one.end for one in self.sections if Kind.LOAD in one.kind]
        return max(ends, default=self.address + self.headers) - self.address

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return max(one.end for one in self.sections) - self.address

    @property
    def flags(self) -> str:
        """What may be done with the memory: read, write, execute."""
        writable = any(Kind.READONLY not in one.kind for one in self.sections)
        code = any(Kind.CODE in one.kind for one in self.sections)
        return "r" + "w" * writable + "x" * code

    @property
    def data(self) -> bytes:
        """The bytes in the file, where headers are zeros."""
        content = bytearray(self.stored)
        for one in self.sections:
            if Kind.LOAD in one.kind:
                start = one.address - self.address
                content[start : start + one.size] = one.data
        return bytes(content)


def make_segments(sections: Iterable[OutputSection]) -> list[ProgramSegment]:
    """Sections that follow each other share a segment, as far as GNU ld lets them.

    A new one begins where the load address does not follow the address as before, after a gap of more than a page,
    where contents follow zeroed storage, in another region, and where data that may be written would begin a page of
    its own behind what is only read.
    """
    loaded = [one for one in sections if Kind.ALLOC in one.kind]
    loaded.sort(key=lambda one: (one.load_address, one.address, Kind.LOAD not in one.kind and one.size > 0))
    groups: list[list[OutputSection]] = []
    writable = False
    for one in loaded:
        if groups and not _starts_new(groups[-1][-1], one, writable=writable):
            groups[-1].append(one)
            writable |= Kind.READONLY not in one.kind
        else:
            groups.append([one])
            writable = Kind.READONLY not in one.kind
    segments = [ProgramSegment(tuple(one)) for one in groups]
    if loaded and _holds_headers(loaded[0], sum(one.name.startswith(".note") for one in loaded)):
        segments[0] = attrs.evolve(segments[0], headers=header_size(len(segments)))
    return segments


def header_size(segments: int) -> int:
    """Bytes of the headers of a file with so many segments."""
    known = load_format()
    return struct.calcsize(known.header) + segments * struct.calcsize(known.program_header)


def _holds_headers(first: OutputSection, notes: int) -> bool:
    """Whether there is room for the headers before the first section, in the page in which it begins."""
    needed = header_size(load_format().expected_segments + notes)
    return first.load_address % load_format().page >= needed


def _starts_new(last: OutputSection, one: OutputSection, *, writable: bool) -> bool:
    page = load_format().page
    end = last.load_address + last.size
    if last.load_address - last.address != one.load_address - one.address or one.load_address < end:
        return True
    if -(-end // page) * page + page <= one.load_address:
        return True
    if Kind.LOAD not in last.kind and Kind.LOAD in one.kind:
        return True
    if not writable and Kind.READONLY not in one.kind and (end - 1) // page != one.load_address // page:
        return True
    return last.memory != one.memory
