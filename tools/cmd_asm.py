"""`hicannx asm FILE -o FILE`: assemble one source file."""

from __future__ import annotations

import argparse
from pathlib import Path

from hicannx.tools.output import print_json, print_warnings, write_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("source", help="assembly source")
    parser.add_argument("-o", "--output", required=True, help="file to write")
    formats = ["image", "elf", "object"]
    text = "flat memory image (default), ELF executable, or ELF object to be linked"
    parser.add_argument("--format", choices=formats, default="image", help=text)
    parser.add_argument("--listing", metavar="FILE", help="write the source beside addresses and bytes")


def run(options: argparse.Namespace) -> int:
    """Assemble and write; nothing is written when there is an error."""
    from hicannx.asm.assemble import assemble

    assembly = assemble(Path(options.source))
    makers = {"image": assembly.image, "elf": assembly.elf, "object": assembly.object}
    content = makers[options.format]()
    if options.listing:
        write_file(options.listing, assembly.listing().encode())
    write_file(options.output, content)
    print_warnings(assembly.warnings, options.color)
    if options.json:
        print_json({"output": options.output, "format": options.format, "bytes": len(content)})
    return 0
