"""Reading what is linked: objects, those members of archives that are needed, and the runtime library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import attrs

from hicannx.asm.link.archive import Member, is_archive, read_archive
from hicannx.asm.link.inputs import InputFile
from hicannx.asm.link.options import LinkOptions
from hicannx.asm.link.read import read_object
from hicannx.asm.link.script import Script
from hicannx.asm.link.symbols import Symbols
from hicannx.asm.mistake import mistake
from hicannx.diagnostic import DiagnosticError, Diagnostics
from hicannx.source import Span

Input: TypeAlias = str | Path | tuple[str, bytes]
_once = ".gnu.linkonce."


@attrs.define
class Loaded:
    """The files of a link, in order, and the symbols that they share; `reasons`: for which symbol a member is there."""

    files: list[InputFile] = attrs.field(factory=list)
    symbols: Symbols = attrs.field(factory=Symbols)
    archives: list[list[Member]] = attrs.field(factory=list)
    groups: set[str] = attrs.field(factory=set)
    has_runtime: bool = False
    reasons: dict[InputFile, str] = attrs.field(factory=dict)

    def add(self, file: InputFile, diagnostics: Diagnostics) -> None:
        """Add an object, without those of its groups that are there already."""
        for name, members in file.groups:
            for section in members:
                section.is_discarded |= name in self.groups
            self.groups.add(name)
        for section in file.sections:
            if section.name.startswith(_once) and "G" not in section.flags:
                section.is_discarded |= section.name in self.groups
                self.groups.add(section.name)
        self.files.append(file)
        self.symbols.add_file(file, diagnostics)

    def search(self, members: Sequence[Member], diagnostics: Diagnostics) -> bool:
        """Add the members that define what is missing, as long as there are any; whether there were."""
        found = False
        while wanted := self.symbols.wanted():
            needed = next((one for one in members if not one.is_used and wanted & one.defines()), None)
            if needed is None:
                break
            needed.is_used = found = True
            self.reasons[needed.file()] = min(wanted & needed.defines())
            self.add(needed.file(), diagnostics)
        return found


def load(inputs: Iterable[Input], script: Script, options: LinkOptions, diagnostics: Diagnostics) -> Loaded:
    """Read all inputs; what cannot be read is reported (A507, A508, A509)."""
    loaded = Loaded()
    for name in (*options.undefined, *script.undefined, *([options.entry or script.entry] if script.entry else ())):
        loaded.symbols.get(name).is_strong_use = True
    folders = [*options.folders, *map(Path, script.folders)]
    named: list[tuple[Input, Span | None]] = [(one, None) for one in inputs]
    named += [(one.name, one.span) for one in script.inputs]
    named += [(f"-l{name}", None) for name in options.libraries]
    for one, span in named:
        try:
            _load_one(loaded, one, span, folders, diagnostics)
        except DiagnosticError as error:
            diagnostics.collected += error.diagnostics
    if options.with_runtime:
        from hicannx.asm.link.runtime import runtime_members

        loaded.archives.append(runtime_members())
        loaded.has_runtime = True
    # A later member may need an earlier archive; where it stands on the command line is no reason to fail.
    while any(loaded.search(members, diagnostics) for members in loaded.archives):
        pass
    return loaded


def _load_one(loaded: Loaded, one: Input, span: Span | None, folders: list[Path], diagnostics: Diagnostics) -> None:
    name, content = one if isinstance(one, tuple) else _read(str(one), span, folders)
    if is_archive(content):
        members = read_archive(name, content)
        loaded.archives.append(members)
        loaded.search(members, diagnostics)
    else:
        loaded.add(read_object(name, content), diagnostics)


def _read(name: str, span: Span | None, folders: list[Path]) -> tuple[str, bytes]:
    library = name.startswith("-l")
    base = f"lib{name[2:]}.a" if library else name
    places = [folder / base for folder in folders]
    places = places if library else [Path(name), *(places if span else [])]
    for place in places:
        if place.is_file():
            try:
                return str(place), place.read_bytes()
            except OSError as error:
                raise mistake(
                    "A509", f"cannot read `{place}`: {(error.strerror or str(error)).lower()}", span
                ) from None
    if library:
        searched = [f"searched in {', '.join(f'`{folder}`' for folder in folders) or 'no folder'}"]
        raise mistake("A509", f"there is no library `{base}`", span, notes=searched, help="give its folder with `-L`")
    raise mistake("A509", f"there is no file `{name}`", span, help="check the path")
