"""`hicannx export FORMAT`: the register maps for other tools, for C, the assembler, SystemRDL, CMSIS-SVD or a page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hicannx.tools.output import print_json, write_file

if TYPE_CHECKING:
    from hicannx.regmodel.container import Container

formats = {
    "header": "a C header: addresses, fields and enumerations, for host and processors",
    "assembly": "symbols for the assembler: addresses as the processors see them",
    "systemrdl": "SystemRDL 2.0 of all address spaces",
    "svd": "CMSIS-SVD of one side, in bytes as the processors see them",
    "html": "one page with pictures of all words, and a search",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    told = "; ".join(f"{name}: {text}" for name, text in formats.items())
    parser.add_argument("format", choices=list(formats), metavar="FORMAT", help=told)
    parser.add_argument("-o", "--output", metavar="FILE", help="file to write (default: standard output)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="REGISTER", help="such as CrossbarNode or 'CapMem*'; repeatable"
    )
    parser.add_argument("--side", metavar="SIDE", help="for svd: chip (default) or fpga")


def run(options: argparse.Namespace) -> int:
    """Write the file; with --json say what is in it. DiagnosticErrors T101, T750 to T753."""
    from hicannx.tools.export.choice import chosen, refused_side

    refused_side(options.format, options.side)
    containers = chosen(options.only)
    text, left_out = _makers[options.format](containers, options.side)
    if options.output is None:
        print_json({"format": options.format, "text": text}) if options.json else sys.stdout.write(text)
        return 0
    content = text.encode()
    write_file(options.output, content)
    facts = {
        "format": options.format,
        "output": options.output,
        "bytes": len(content),
        "registers": len(containers) - len(left_out),
        "left_out": left_out,
    }
    if options.json:
        print_json(facts)
        return 0
    print(f"{options.output}: {facts['registers']} registers")
    if left_out:
        why = "not on this side" if options.format == "svd" else "not among what the processors see"
        print(f"{why}: {len(left_out)} registers (--json lists them)")
    return 0


Made = tuple[str, list[str]]


def _header(containers: Sequence[Container], side: str | None) -> Made:
    from hicannx.tools.export.cheader import registers_header

    return registers_header(containers), []


def _assembly(containers: Sequence[Container], side: str | None) -> Made:
    from hicannx.tools.export.assembly import registers_assembly

    return registers_assembly(containers)


def _systemrdl(containers: Sequence[Container], side: str | None) -> Made:
    from hicannx.tools.export.systemrdl import systemrdl

    return systemrdl(containers), []


def _svd(containers: Sequence[Container], side: str | None) -> Made:
    from hicannx.tools.export.svd import svd

    return svd(containers, side)


def _html(containers: Sequence[Container], side: str | None) -> Made:
    from hicannx.tools.doc.registers import registers_page

    return registers_page(containers), []


_makers: dict[str, Callable[[Sequence[Container], str | None], Made]] = {
    "header": _header,
    "assembly": _assembly,
    "systemrdl": _systemrdl,
    "svd": _svd,
    "html": _html,
}
