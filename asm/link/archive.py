"""Archives of object files, as `ar` makes them: members, with the names that do not fit their headers."""

from __future__ import annotations

import attrs

from hicannx.asm.link.inputs import InputFile
from hicannx.asm.link.read import read_object
from hicannx.asm.mistake import mistake
from hicannx.asm.table import load_table
from hicannx.diagnostic import DiagnosticError


@attrs.frozen
class ArchiveFormat:
    """The layout of an archive; see link/archive.yaml."""

    magic: str
    thin_magic: str
    header: int
    name: list[int]
    size: list[int]
    end: list[int]
    end_mark: str
    symbol_tables: list[str]
    long_names: str


@attrs.define(eq=False)
class Member:
    """One file of an archive; read when it is needed."""

    archive: str
    name: str
    content: bytes = attrs.field(repr=False)
    is_used: bool = False
    _file: InputFile | None = None

    def file(self) -> InputFile:
        """The object; a DiagnosticError (A507) when it is none."""
        if self._file is None:
            self._file = read_object(self.name, self.content, self.archive)
        return self._file

    def defines(self) -> set[str]:
        """The names that it offers to other files, common storage left out."""
        return {
            one.name for one in self.file().symbols
            if not one.is_local and one.is_defined and one.special != "common"
        }  # fmt: skip


def load_archive_format() -> ArchiveFormat:
    """The layout."""
    return load_table("archive", ArchiveFormat, "hicannx.asm.link")


def is_archive(content: bytes) -> bool:
    """Whether a file is an archive."""
    known = load_archive_format()
    return content.startswith((known.magic.encode(), known.thin_magic.encode()))


def read_archive(name: str, content: bytes) -> list[Member]:
    """The members in order; a DiagnosticError (A508) when the archive is damaged, or does not contain its files."""
    known = load_archive_format()
    if content.startswith(known.thin_magic.encode()):
        help_text = "make it with `ar rcs`, without `T`"
        raise mistake("A508", f"`{name}` is a thin archive, which only names its files", None, help=help_text)
    members: list[Member] = []
    long_names = b""
    place = len(known.magic)
    while place + known.header <= len(content):
        header = content[place : place + known.header]
        if header[known.end[0] : known.end[1]] != known.end_mark.encode():
            raise _damaged(name, place)
        label, size = _text(header, known.name), _text(header, known.size)
        start, end = place + known.header, place + known.header + (int(size) if size.isdigit() else -1)
        if not start <= end <= len(content):
            raise _damaged(name, place)
        if label == known.long_names:
            long_names = content[start:end]
        elif label not in known.symbol_tables:
            members.append(Member(name, _member_name(label, long_names), content[start:end]))
        place = end + end % 2
    return members


def _text(header: bytes, field: list[int]) -> str:
    return header[field[0] : field[1]].decode("ascii", "replace").rstrip()


def _member_name(label: str, long_names: bytes) -> str:
    if label.startswith("/") and label[1:].isdigit():
        rest = long_names[int(label[1:]) :]
        return rest.split(b"\n")[0].decode("utf-8", "replace").removesuffix("/")
    return label.removesuffix("/")


def _damaged(name: str, place: int) -> DiagnosticError:
    return mistake("A508", f"the archive `{name}` is damaged at byte {place}", None, help="make it anew with `ar rcs`")
