"""Instructions of the Power ISA that the processor lacks: mistakes in one dialect, words in the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hicannx.asm.assemble import assemble
from hicannx.asm.options import Options
from hicannx.diagnostic import DiagnosticError
from hicannx.isa.load import load_foreign
from hicannx.source import SourceFile
from hicannx.tools.conform.read import read_content

gas = Options(dialect="gas")
vectors = Path(__file__).parents[1] / "vectors"
rows = list(load_foreign().instructions.values())


def word_of(text: str, options: Options) -> int:
    return int.from_bytes(assemble(SourceFile("foreign.s", f" {text}\n"), options).sections[".text"].data, "big")


def code_of(text: str, options: Options) -> str:
    with pytest.raises(DiagnosticError) as found:
        assemble(SourceFile("foreign.s", f" {text}\n"), options)
    return found.value.diagnostics[0].code


@pytest.mark.parametrize("row", rows, ids=lambda row: row.name)
def test_rows(row) -> None:  # type: ignore[no-untyped-def]
    for text, word in row.examples.items():
        if row.name != "mftb":  # the processor's set has the mnemonic as well
            assert code_of(text, Options()) == "A210"
        if row.gas:
            assert word_of(text, gas) == word
        elif row.name != "mftb":
            assert code_of(text, gas) == "A201"


def test_golden_words() -> None:
    paths = sorted((vectors / "toolchain" / "encodings").iterdir())
    golden = [json.loads(line) for path in paths for line in read_content(path).splitlines()]
    lacking = [row for row in golden if not row.get("nux", True)]
    assert [row["asm"] for row in lacking] == ["isync", "eieio", "sc"]
    for row in lacking:
        assert word_of(row["asm"], gas) == int(row["word"], 16)


def test_random_words() -> None:
    """What objdump shows of words that the processor lacks assembles to what the other assembler makes of it."""
    options = Options(dialect="gas", register_names=True)
    lines = read_content(vectors / "toolchain" / "encodings" / "disasm_random.jsonl.xz").splitlines()
    records = [row for row in map(json.loads, lines) if row["rtl"] is None and row["reasm"]]
    known = [row for row in records if row["disasm"].split()[0] in load_foreign().syntaxes]
    for row in known:
        assert word_of(row["disasm"], options) == int(row["reasm"], 16)
    assert len(known) > 150


def test_names_of_registers() -> None:
    assert word_of("fadd %f4,%f1,2", gas) == 0xFC81102A
    assert word_of("lfd 1,16(%r10)", gas) == 0xC82A0010
    assert code_of("fadd f4,f1,f2", gas) != ""
    assert word_of("fadd f4,f1,f2", Options(dialect="gas", register_names=True)) == 0xFC81102A
