"""`hicannx dis FILE` or `hicannx dis WORD ...`: instruction words as text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.execution import progress_bar
from hicannx.tools.output import print_json

if TYPE_CHECKING:
    from hicannx.tools.binary import Binary, Region
    from hicannx.tools.disassembly import Shown

_word_bytes = 4
_steps = 1 << 14  # words between two updates of the progress bar
_end = 1 << 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("what", nargs="+", help="flat image, ELF file, source (.s), or words such as 0x38600005")
    parser.add_argument("--base", type=address, default=0, metavar="ADDRESS", help="where an image or the words begin")
    parser.add_argument("-j", "--section", action="append", default=[], metavar="NAME", help="only this section")
    parser.add_argument("-D", "--all", action="store_true", help="all sections of an ELF file, not only code")
    parser.add_argument("--start", type=address, default=0, metavar="ADDRESS", help="from this address on")
    parser.add_argument("--stop", type=address, default=_end, metavar="ADDRESS", help="up to this address")
    parser.add_argument("-r", "--relocations", action="store_true", help="show what a linker puts in")
    parser.add_argument("-S", "--source", action="store_true", help="show the lines of the source")
    parser.add_argument("--targets", action=argparse.BooleanOptionalAction, default=True, help="name branch targets")


def run(options: argparse.Namespace) -> int:
    """Print a line a word."""
    from hicannx.tools.disassembly import shown_words

    chosen = [(one, region) for one in _binaries(options) for region in _regions(one, options)]
    total = sum(len(region.data) for _, region in chosen) // _word_bytes + 1
    entries = []
    with progress_bar(sys.stderr.isatty() and not sys.stdout.isatty()) as progress:
        done = 0
        for binary, region in chosen:
            words = _counted(shown_words(binary, region, options.start, options.stop), done, total, progress)
            done += len(region.data) // _word_bytes
            if options.json:
                names = {"section": region.name} if binary.has_sections else {}
                entries += [one.as_json() | names for one in words]
            else:
                _print(binary, region, words, options)
    if options.json:
        print_json(entries)
    return 0


def _counted(words: Iterator[Shown], before: int, total: int, progress: Callable[[float], None]) -> Iterator[Shown]:
    for index, one in enumerate(words):
        if index % _steps == 0:
            progress((before + index) / total)
        yield one


def _print(binary: Binary, region: Region, words: Iterator[Shown], options: argparse.Namespace) -> None:
    from hicannx.tools.sourcelines import SourceLines

    lines = SourceLines(Path(binary.name).parent)
    heading = f"section {region.name}:" if binary.has_sections else ""
    for one in words:
        if heading:
            print(heading)
            heading = ""
        for name in one.symbols:
            print(f"{name}:")
        if options.source:
            for text in lines.new(one.line):
                print(text)
        print(f"{one.address:8x}  {one.word:08x}  {one.text}{_note(one, options.targets)}")
        for target in one.relocations if options.relocations else ():
            print(f"{'':18}  {target.kind} {target.name}")


def _note(one: Shown, targets: bool) -> str:
    if one.lacking:
        return f"  # {one.lacking}, which the processor lacks"
    return f" <{one.target}>" if one.target and targets else ""


def _regions(binary: Binary, options: argparse.Namespace) -> list[Region]:
    if options.section:
        known = [region.name for region in binary.regions]
        for name in options.section:
            if name not in known:
                title = f"`{binary.name}` has no section `{name}` with contents"
                raise DiagnosticError([Diagnostic("T209", title, help=did_you_mean(name, known))])
        return [region for region in binary.regions if region.name in options.section]
    return [region for region in binary.regions if region.is_code or options.all or not binary.has_sections]


def _binaries(options: argparse.Namespace) -> list[Binary]:
    from hicannx.tools.binary import from_image, read_binary

    if any(Path(text).exists() for text in options.what):
        return [read_binary(text, options.base) for text in options.what]
    return [from_image(b"".join(_word(text) for text in options.what), "words", options.base)]


def _word(text: str) -> bytes:
    try:
        return int(text, 0).to_bytes(_word_bytes, "big")
    except (ValueError, OverflowError):
        title = f"`{text}` is neither a file nor a 32-bit word"
        help_text = "write words as 0x and eight hexadecimal digits"
        raise DiagnosticError([Diagnostic("T105", title, help=help_text)]) from None


def address(text: str) -> int:
    """An address on the command line; argparse names this function when it is none."""
    return int(text, 0)
