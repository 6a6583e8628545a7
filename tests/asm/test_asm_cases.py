"""Every diagnostic of the assembler with its exact text: `cases/NAME.s` gives `cases/NAME.txt`.

A source that begins with `# dialect: gas` is assembled in that dialect.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.render import render_text
from hicannx.source import SourceFile
from hicannx.yamlsource import load_resource

cases = sorted((Path(__file__).parent / "cases").glob("*.s"))
codes = [code for code, _ in load_resource(files("hicannx.asm") / "diagnostics.yaml").items()]


def rendered(path: Path) -> str:
    source = SourceFile(path.name, path.read_text())
    options = Options("gas" if source.text.startswith("# dialect: gas") else "ppu")
    found: list[Diagnostic] = []
    try:
        assembly = assemble(source, options)
        found += assembly.warnings
        assembly.image()
    except DiagnosticError as error:
        found += error.diagnostics
    return render_text(found) + "\n"


@pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)
def test_text(path: Path) -> None:
    assert rendered(path) == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("code", codes)
def test_every_code_has_a_case(code: str) -> None:
    texts = [path.read_text() for path in Path(__file__).parent.rglob("cases/*.txt")]
    assert any(f"[{code}]" in text for text in texts)
