"""Directives, macros and expressions: the same objects as GNU as makes.

The vectors were made with Debian's binutils 2.40 (`powerpc-linux-gnu-as -mpower7 -a32 -mbig -Isub`) from sources that go
through the directives of its manual; where that assembler is present, it is asked again.
"""

from __future__ import annotations

import json
import lzma
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.options import Options
from hicannx.asm.relocation import load_relocations
from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.tools.conform.objectview import view

vectors = Path(__file__).parent.parent / "vectors" / "gnu_as" / "directives.jsonl.xz"
rows = [json.loads(line) for line in lzma.decompress(vectors.read_bytes()).splitlines()]
names = {str(one.number): name for name, one in load_relocations().relocations.items()}
other = shutil.which("powerpc-linux-gnu-as")
files = {
    "inc.s": " .long 0x11111111\n",
    "inc2.s": 'lbl_in_inc: nop\n .include "inc.s"\n',
    "data.bin": "0123456789abcdef",
    "sub/deep.s": " .byte 7\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines_of(diagnostics: Iterable[Diagnostic], severity: Severity) -> set[int]:
    """The lines of the source itself that messages are about."""
    found = set()
    for one in diagnostics:
        in_macro = one.span is not None and one.span.file.name.startswith("<")
        span = one.labels[-1].span if in_macro else one.span
        if one.severity is severity and span:
            found.add(span.line)
    return found


def sections_of(content: bytes) -> dict[str, tuple[Any, ...]]:
    sections = {one["name"]: one for one in view(content)["sections"] if one["size"]}
    sections.pop(".gnu.attributes", None)
    return {name: (one["type"], one["size"], one["align"], one.get("hex")) for name, one in sections.items()}


def columns(found: list[dict[str, Any]], *names: str) -> list[list[Any]]:
    return [[one[name] for name in names] for one in found]


@pytest.mark.parametrize("row", rows, ids=lambda row: row["src"].strip()[:30])
def test_the_same_object(row: dict[str, Any], folder: Path) -> None:
    """The same object, or errors on the same lines."""
    (folder / "case.s").write_text(row["src"])
    options = Options("gas", include=(Path("sub"),))
    if row["rc"]:
        with pytest.raises(DiagnosticError) as caught:
            assemble(Path("case.s"), options)
        assert set(row["lines"]) <= lines_of(caught.value.diagnostics, Severity.ERROR)
        return
    assembly = assemble(Path("case.s"), options)
    content = assembly.object()
    wanted = {one["name"]: (one["type"], one["size"], one["align"], one["hex"]) for one in row["sections"]}
    assert sections_of(content) == wanted
    found = view(content)
    symbols = [one for one in found["symbols"] if one["type"] not in ("SECTION", "FILE")]
    assert sorted(columns(symbols, "name", "value", "size", "type", "bind", "vis", "section")) == row["symbols"]
    relocations = columns(found["relocations"], "section", "offset", "type", "symbol", "addend")
    assert relocations == [[*one[:2], names.get(one[2], one[2]), *one[3:]] for one in row["relocations"]]
    assert set(row["warned"]) <= lines_of(assembly.warnings, Severity.WARNING)


@pytest.mark.skipif(other is None, reason="powerpc-linux-gnu-as is not installed")
def test_the_other_assembler_still_says_so(folder: Path) -> None:
    for row in rows[::25]:
        (folder / "case.s").write_text(row["src"])
        command = [str(other), "-mpower7", "-a32", "-mbig", "-Isub", "-o", "case.o", "case.s"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert bool(done.returncode) == bool(row["rc"]), row["src"]
        if not row["rc"]:
            content = sections_of((folder / "case.o").read_bytes())
            assert [content[one["name"]][3] for one in row["sections"]] == [one["hex"] for one in row["sections"]]
