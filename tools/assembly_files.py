"""What `hicannx asm` writes: the program, and what people and tools read beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import attrs

from hicannx.asm.assemble import Assembly
from hicannx.asm.crossreference import cross_reference_text
from hicannx.asm.symbol import Symbol
from hicannx.diagnostic import Diagnostic
from hicannx.tools.output import print_json, write_file


@attrs.frozen
class Wanted:
    """Names of files, None for those that are not wanted; `parts` of the listing are letters as those of GNU as."""

    output: str
    format: str
    listing: str | None = None
    parts: str = "l"
    map: str | None = None
    xref: str | None = None
    depend: str | None = None
    json: bool = False


def write_listing(assembly: Assembly, mistakes: Iterable[Diagnostic], wanted: Wanted) -> None:
    """The listing, `-` for standard output; mistakes stand below their lines."""
    if wanted.listing is None:
        return
    source = assembly.listing(list(mistakes) or assembly.warnings) if "l" in wanted.parts else ""
    symbols = symbol_map(assembly) if "s" in wanted.parts else ""
    text = source + ("\n" if source and symbols else "") + symbols
    if wanted.listing == "-":
        print(text, end="", file=sys.stderr if wanted.json else sys.stdout)
    else:
        write_file(wanted.listing, text.encode())


def write_results(assembly: Assembly, wanted: Wanted) -> None:
    """Everything but the listing."""
    makers = {"image": assembly.image, "elf": assembly.elf, "object": assembly.object}
    content = makers[wanted.format]()
    if wanted.map:
        write_file(wanted.map, symbol_map(assembly).encode())
    if wanted.xref:
        write_file(wanted.xref, cross_reference_text(assembly.cross_reference()).encode())
    if wanted.depend:
        write_file(wanted.depend, dependencies(assembly, wanted.output).encode())
    write_file(wanted.output, content)
    if wanted.json:
        print_json(facts(assembly, wanted, len(content)))


def symbol_map(assembly: Assembly) -> str:
    """A line a symbol, in the order of addresses: value, size, binding, section and name."""
    rows = []
    for one in assembly.symbols.values():
        line = f"{one.address:#010x} {one.size:>6} {one.binding or 'local':<6} {_place(one):<16} {one.name}"
        rows.append((one.address, line))
    return "".join(f"{line}\n" for _, line in sorted(rows))


def _place(symbol: Symbol) -> str:
    if symbol.chunk is not None:
        return symbol.chunk.section.name
    return "common" if symbol.common else "value" if symbol.is_defined else "undefined"


def dependencies(assembly: Assembly, output: str) -> str:
    """A rule of make: the output depends on all files that were read."""
    files = [name.replace(" ", "\\ ") for name in dict.fromkeys([assembly.source.name, *assembly.files])]
    return f"{output}: " + " \\\n ".join(files) + "\n"


def facts(assembly: Assembly, wanted: Wanted, size: int) -> dict[str, Any]:
    """What was made, for machines."""
    sections = [
        {"name": one.name, "address": one.address, "size": one.size, "align": one.align, "flags": one.attributes.flags}
        for one in assembly.sections.values()
    ]
    symbols = [
        {
            **attrs.asdict(reference),
            "value": assembly.symbols[reference.name].address,
            "binding": assembly.symbols[reference.name].binding or "local",
        }
        for reference in assembly.cross_reference()
    ]
    return {
        "output": wanted.output, "format": wanted.format, "bytes": size, "entry": assembly.entry,
        "files": [assembly.source.name, *assembly.files], "sections": sections, "symbols": symbols,
        "warnings": [{"code": one.code, "title": one.title, "line": one.span.line if one.span else None}
                     for one in assembly.warnings],
    }  # fmt: skip
