"""`hicannx ld FILE ... -o FILE`: link objects and archives to a program."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.output import print_json, print_warnings, write_file

# How GNU ld spells options, with the values of some in the same word; the second is how they are declared below.
_spellings = {
    "-Map": "--map", "--Map": "--map", "-entry": "--entry", "-defsym": "--defsym", "-nostdlib": "--no-runtime",
    "--nostdlib": "--no-runtime", "-gc-sections": "--gc-sections", "--script": "-T", "-script": "-T",
    "--library-path": "-L", "--library": "-l", "--undefined": "-u", "-o": "-o", "--output": "-o",
}  # fmt: skip
_with_value = {"-o", "-T", "-L", "-l", "-u", "-e", "--map", "--entry", "--defsym", "--format", "--color"}
_ignored = {"--start-group", "--end-group", "-(", "-)", "-static", "--static", "-n", "-N", "-EB", "-d", "-no-pie"}
_joined = re.compile(r"-([oTLlue])(.+)", re.DOTALL)


def respell(words: Sequence[str]) -> list[str]:
    """The arguments with every option spelled as declared, and inputs, `-l` among them, in their order."""
    spelled: list[str] = []
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        joined = _joined.fullmatch(word)
        if word in _ignored:
            continue
        if not word.startswith("-"):
            spelled += ["--input", word]
        elif _spellings.get(name, name) in _with_value:
            spelled += _valued(_spellings.get(name, name), value if equals else next(waiting, None))
        elif joined and name not in _spellings and not word.startswith("--"):
            spelled += _valued(f"-{joined[1]}", joined[2])
        else:
            spelled.append(_spellings.get(word, word))
    return spelled


def _valued(option: str, value: str | None) -> list[str]:
    if option == "-l" and value is not None:
        return [f"--input=-l{value}"]
    return [option] if value is None else [f"{option}={value}" if option.startswith("--") else f"{option}{value}"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.usage = "hicannx ld FILE ... -o FILE [-T SCRIPT] [options]"
    parser.add_argument(
        "--input", action="append", default=[], metavar="FILE", help="object or archive; `--input` may be left out"
    )
    parser.add_argument("-l", metavar="NAME", help="archive libNAME.a of the folders given with -L")
    parser.add_argument("-o", "--output", required=True, help="file to write")
    formats = ["elf", "image"]
    parser.add_argument(
        "--format", choices=formats, default="elf", help="ELF executable (default) or flat memory image"
    )
    parser.add_argument("-T", dest="script", metavar="SCRIPT", help="linker script (default: one for the processor)")
    parser.add_argument(
        "-L", dest="folders", action="append", default=[], metavar="DIR", help="folder of libraries and scripts"
    )
    text = "define a symbol, before the script does"
    parser.add_argument("--defsym", action="append", default=[], metavar="NAME=VALUE", help=text)
    parser.add_argument("-e", "--entry", default="", metavar="SYMBOL", help="where the program begins")
    text = "search archives for a symbol that nothing else asks for"
    parser.add_argument("-u", dest="undefined", action="append", default=[], metavar="SYMBOL", help=text)
    parser.add_argument("--gc-sections", action="store_true", help="leave out sections that nothing refers to")
    text = "search the runtime library last (default without -T), or do not"
    parser.add_argument("--runtime", action=argparse.BooleanOptionalAction, default=None, help=text)
    parser.add_argument("--map", metavar="FILE", help="write what is where; `-Map FILE` is the same")


def run(options: argparse.Namespace) -> int:
    """Link and write; nothing is written when there is an error."""
    from hicannx.asm.link.link import link
    from hicannx.asm.link.options import LinkOptions

    if not options.input:
        raise DiagnosticError(
            [Diagnostic("T501", "there is nothing to link", help="name objects: `hicannx ld a.o -o a.elf`")]
        )
    chosen = LinkOptions(
        script=Path(options.script) if options.script else None,
        defines=dict(_define(one) for one in options.defsym),
        gc_sections=options.gc_sections,
        entry=options.entry,
        undefined=tuple(options.undefined),
        folders=tuple(map(Path, options.folders)),
        runtime=options.runtime,
    )
    linked = link(options.input, chosen)
    content = linked.elf() if options.format == "elf" else linked.image()
    if options.map:
        write_file(options.map, linked.map().encode())
    write_file(options.output, content)
    print_warnings(linked.warnings, options.color)
    if options.json:
        print_json(_facts(options, linked, len(content)))
    return 0


def _define(text: str) -> tuple[str, int | str]:
    name, equals, value = text.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_.$][\w.$]*", name) or not value:
        title = f"`{text}` defines no symbol"
        raise DiagnosticError([Diagnostic("T502", title, help="write `--defsym name=value`")])
    return name, value


def _facts(options: argparse.Namespace, linked: Any, size: int) -> dict[str, Any]:
    sections = [{"name": one.name, "address": one.address, "size": one.size} for one in linked.sections]
    memories = [
        {"name": one.name, "origin": one.origin, "length": one.length, "used": max(one.current - one.origin, 0)}
        for one in linked.memories
    ]
    return {
        "output": options.output, "format": options.format, "bytes": size, "entry": linked.entry,
        "sections": sections, "memories": memories,
    }  # fmt: skip
