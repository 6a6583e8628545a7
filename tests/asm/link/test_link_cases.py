"""Every diagnostic of the linker with its exact text: `cases/NAME.link` gives `cases/NAME.txt`.

A case has parts `== NAME`: sources, files that are no objects (as text or hexadecimal), arguments, and the script.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from elftools.elf.enums import ENUM_RELOC_TYPE_PPC

from hicannx.asm.assemble import assemble
from hicannx.asm.link.link import link
from hicannx.asm.link.options import LinkOptions
from hicannx.diagnostic import DiagnosticError
from hicannx.render import render_text
from hicannx.source import SourceFile

cases = sorted((Path(__file__).parent / "cases").glob("*.link"))


def parts(text: str) -> dict[str, str]:
    found = re.split(r"^== (.*)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2]))


def content(name: str, text: str, given: dict[str, str]) -> bytes:
    if name.endswith(".bin"):
        return bytes.fromhex(text) if re.fullmatch(r"[0-9a-f\s]+", text) else text.encode()
    made = assemble(SourceFile(name, text)).object()
    if "patch" not in given:
        return made
    number = ENUM_RELOC_TYPE_PPC[given["patch"].strip()]
    return with_relocation(made, number)


def with_relocation(made: bytes, number: int) -> bytes:
    """The object with a relocation of another kind for its first word: a table of one entry at the end."""
    header = list(struct.unpack(">16sHHIIIIIHHHHHH", made[:52]))
    place, count, size = header[6], header[12], header[11]
    headers = bytearray(made[place : place + count * size])
    symbols = next(i for i in range(count) if struct.unpack_from(">I", headers, i * size + 4)[0] == 2)
    entry = struct.pack(">IIi", 0, 2 << 8 | number, 0)
    headers += struct.pack(">10I", 0, 4, 0x40, 0, place, len(entry), symbols, 1, 4, 12)
    header[6], header[12] = place + len(entry), count + 1
    return struct.pack(">16sHHIIIIIHHHHHH", *header) + made[52:place] + entry + headers


def rendered(path: Path) -> str:
    given = parts(path.read_text())
    inputs: list[tuple[str, bytes] | str] = [
        (name.replace(".s", ".o"), content(name, text, given)) for name, text in given.items() if re.match(r"f\d\.", name)
    ]  # fmt: skip
    inputs += given.get("args", "").split()
    try:
        linked = link(inputs, LinkOptions(script=SourceFile("test.x", given["test.x"])))
    except DiagnosticError as error:
        return render_text(error.diagnostics) + "\n"
    return render_text(linked.warnings) + "\n"


@pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)
def test_text(path: Path) -> None:
    assert rendered(path) == path.with_suffix(".txt").read_text()
