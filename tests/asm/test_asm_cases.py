"""Every diagnostic of the assembler with its exact text: `cases/NAME.s` gives `cases/NAME.txt`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.diagnostic import DiagnosticError
from hicannx.render import render_text
from hicannx.source import SourceFile
from hicannx.yamlsource import load_resource

cases = sorted((Path(__file__).parent / "cases").glob("*.s"))
codes = [code for code, _ in load_resource(files("hicannx.asm") / "diagnostics.yaml").items()]


def rendered(path: Path) -> str:
    source = SourceFile(path.name, path.read_text())
    try:
        assembly = assemble(source)
        assembly.image()
    except DiagnosticError as error:
        return render_text(error.diagnostics) + "\n"
    return render_text(assembly.warnings) + "\n"


@pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)
def test_text(path: Path) -> None:
    assert rendered(path) == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("code", codes)
def test_every_code_has_a_case(code: str) -> None:
    texts = [path.read_text() for path in Path(__file__).parent.rglob("cases/*.txt")]
    assert any(f"[{code}]" in text for text in texts)
