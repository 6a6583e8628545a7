"""Common mistakes of programmers, each with the full message: `mistakes/NAME.s` gives `mistakes/NAME.txt`."""

from __future__ import annotations

from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.render import render_text
from hicannx.source import SourceFile

cases = sorted((Path(__file__).parent / "mistakes").glob("*.s"))


def diagnostics_of(path: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(DiagnosticError) as caught:
        assemble(SourceFile(path.name, path.read_text())).image()
    return caught.value.diagnostics


@pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)
def test_text(path: Path) -> None:
    assert render_text(diagnostics_of(path)) + "\n" == path.with_suffix(".txt").read_text()


@pytest.mark.parametrize("path", cases, ids=lambda path: path.stem)
def test_what_to_write_instead_is_told(path: Path) -> None:
    """Each message has a place and says what is right: as a help, or as the range that is allowed."""
    for one in diagnostics_of(path):
        assert one.span is not None
        assert one.help or one.label.startswith("allowed: "), one.title


def test_there_are_twenty() -> None:
    assert len(cases) >= 20
