"""`hicannx asm FILE -o FILE`: assemble one source file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.tools.output import print_warnings

if TYPE_CHECKING:
    from hicannx.asm.options import Options

# How GNU as spells options that are declared otherwise below; what it has for other processors is passed over.
_spellings = {
    "-W": "--no-warn", "-mregnames": "--register-names", "-mno-regnames": "--no-register-names", "--MD": "--depend",
    "-MD": "--depend", "--gen-debug": "-g", "-gdwarf-2": "-g",
}  # fmt: skip
_ignored = {"-mnux", "-mppc", "-many", "-mbig", "-mbig-endian", "-a32", "-be", "-EB", "-K", "--"}
_quiet = re.compile(r"-W(?:no-)([AI]\d{3})")
_listing = re.compile(r"-a([cdghlmns]*)(?:=(.*))?", re.DOTALL)
_formats = {".o": "object", ".elf": "elf"}


def respell(words: Sequence[str]) -> list[str]:
    """The arguments with every option spelled as declared."""
    spelled: list[str] = []
    for word in words:
        if word in _ignored:
            continue
        if quiet := _quiet.fullmatch(word):
            spelled.append(f"--quiet={quiet[1]}")
        elif listing := _listing.fullmatch(word):
            spelled += [f"--listing-parts={listing[1] or 'hls'}", *([f"--listing={listing[2]}"] if listing[2] else [])]
        else:
            spelled.append(_spellings.get(word, word))
    return spelled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("source", help="assembly source")
    text = "file to write; the ending .o makes an ELF object, .elf an ELF executable, any other a flat memory image"
    parser.add_argument("-o", "--output", help=text + " (default: that of the source with .bin)")
    parser.add_argument("--format", choices=["image", "elf", "object"], help="what to write, whatever the ending")
    parser.add_argument("-g", "--debug", action="store_true", help="add a line table for debuggers (DWARF)")
    parser.add_argument("-I", dest="include", action="append", default=[], metavar="DIR", help="search included files")
    text = "define a symbol before the first line (1 without a value)"
    parser.add_argument("-D", "--defsym", dest="define", action="append", default=[], metavar="NAME[=VALUE]", help=text)
    text = "instructions and register names: `ppu` (default), or `gas` as the official assembler"
    parser.add_argument("--dialect", choices=["ppu", "gas"], default="ppu", help=text)
    text = "names of registers without a percent sign (default: as the dialect; also -mregnames)"
    parser.add_argument("--register-names", action=argparse.BooleanOptionalAction, default=None, help=text)
    parser.add_argument("--no-warn", action="store_true", help="show no warnings (also -W)")
    text = "do not show warnings of this code (also -Wno-A601)"
    parser.add_argument("--quiet", action="append", default=[], metavar="CODE", help=text)
    parser.add_argument("--fatal-warnings", action="store_true", help="warnings are errors")
    text = "write the source beside addresses and bytes, even if there are mistakes; `-` or -a for standard output"
    parser.add_argument("--listing", metavar="FILE", help=text)
    parser.add_argument("--listing-parts", metavar="LETTERS", help="of GNU as: l source, s symbols (also -als)")
    parser.add_argument("--map", metavar="FILE", help="write every symbol with its address")
    parser.add_argument("--xref", metavar="FILE", help="write where every symbol is defined and used")
    parser.add_argument("--depend", metavar="FILE", help="write the files that were read as a rule for make (also -MD)")


def run(options: argparse.Namespace) -> int:
    """Assemble and write; but for the listing nothing is written when there is an error."""
    from hicannx.asm.assemble import attempt
    from hicannx.tools.assembly_files import Wanted, write_listing, write_results

    assembly, mistakes = attempt(Path(options.source), _options(options))
    suffix = Path(options.output or "").suffix
    wanted = Wanted(
        options.output or str(Path(options.source).with_suffix(".bin")),
        options.format or _formats.get(suffix, "image"),
        options.listing or ("-" if options.listing_parts else None),
        options.listing_parts or "l",
        options.map,
        options.xref,
        options.depend,
        options.json,
    )
    write_listing(assembly, mistakes, wanted)
    if options.fatal_warnings:
        mistakes = mistakes or list(assembly.warnings)
    if mistakes:
        raise DiagnosticError(mistakes)
    write_results(assembly, wanted)
    print_warnings(assembly.warnings, options.color)
    return 0


def _options(options: argparse.Namespace) -> Options:
    from hicannx.asm.options import Options

    return Options(
        dialect=options.dialect,
        register_names=options.register_names,
        include=tuple(map(Path, options.include)),
        defines=dict(_define(one) for one in options.define),
        debug=options.debug,
        quiet=frozenset({"all"} if options.no_warn else map(_code, options.quiet)),
    )


def _define(text: str) -> tuple[str, int]:
    name, equals, value = text.partition("=")
    try:
        if not re.fullmatch(r"[A-Za-z_.$][\w.$]*", name):
            raise ValueError
        return name, int(value, 0) if equals else 1
    except ValueError:
        help_text = "write `-D name` or `-D name=value` with a number such as 10 or 0x1f"
        raise DiagnosticError([Diagnostic("T502", f"`{text}` defines no symbol", help=help_text)]) from None


def _code(text: str) -> str:
    from hicannx.tools.cmd_explain import explanations

    known = explanations()
    if text not in known:
        title = f"there is no diagnostic `{text}`"
        raise DiagnosticError([Diagnostic("T103", title, help=did_you_mean(text, known))])
    return text
