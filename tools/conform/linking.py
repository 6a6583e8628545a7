"""Sources of golden records assembled and linked with the script that they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import Linked, link
from hicannx.asm.link.options import LinkOptions
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import SourceFile
from hicannx.tools.conform.object import assembled
from hicannx.tools.conform.record import Context

# Beside compiled programs: start-up code, and the compiler's helpers that save registers.
_start_up, _compiled, _helpers = "crt0.s", "prog.s", "savres.s"
_script = "flat16k.x"
result_symbol, exit_code_symbol = "result", "exit_code"
_word_bytes = 4


def find_script(name: str, context: Context) -> Path:
    """The file of this name; a DiagnosticError (T402) where it is not to be found."""
    found = context.script(name)
    if found is None:
        help_text = "put it beside the records, or into a folder `common` there"
        raise DiagnosticError([Diagnostic("T402", f"`{name}`, which the record names, is not there", help=help_text)])
    return found


def link_program(record: Mapping[str, Any], context: Context) -> Linked:
    """The program of a folder; a DiagnosticError where it cannot be made."""
    script = find_script(record["linker_script"], context)
    flags = record.get("as_flags", "")
    names = record["link_order"]
    paths = [context.folder / Path(name).with_suffix(".s") for name in names]
    return link(_objects(zip(names, paths, strict=True), flags), LinkOptions(script=script, output="prog.elf"))


def link_compiled(record: Mapping[str, Any], context: Context) -> Linked:
    """The program that a compiler made of one file, with start-up code, room for results and the runtime library."""
    names = (_start_up, _compiled, _helpers)
    paths = [context.folder / name if name == _compiled else find_script(name, context) for name in names]
    room = f".comm {result_symbol}, {_word_bytes * len(record['result_words'])}, {_word_bytes}\n"
    results = assemble(SourceFile("results.s", room)).object()
    objects = [*_objects(((path.stem + ".o", path) for path in paths), ""), ("results.o", results)]
    return link(objects, LinkOptions(script=find_script(_script, context), runtime=True))


def _objects(sources: Iterable[tuple[str, Path]], flags: str) -> list[tuple[str, bytes]]:
    return [(name, assembled(path, flags).object()) for name, path in sources]
