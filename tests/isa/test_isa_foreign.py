"""Instructions that the processor lacks: rows of their own, which never take a word of its rows."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.isa.build import build
from hicannx.isa.check import check_apart
from hicannx.isa.codec import decode
from hicannx.isa.disassemble import disassemble
from hicannx.isa.example import encode_text
from hicannx.isa.load import describe_foreign, load_foreign, load_isa
from hicannx.render import render_text
from hicannx.source import SourceFile
from hicannx.yamlsource import parse_yaml

isa, foreign = load_isa(), load_foreign()
rows = list(foreign.instructions.values())
vectors = Path(__file__).parents[1] / "vectors"


@pytest.mark.parametrize("row", rows, ids=lambda row: row.name)
def test_a_row_is_only_a_name_for_words(row):
    assert row.semantics is None
    assert row.timing == "absent"
    assert row.source.startswith("Power ISA 2.06")
    for text, word in row.examples.items():
        assert encode_text(foreign, text) == word
        assert decode(foreign, word) is row
        assert decode(isa, word) is None


@given(st.sampled_from(rows), st.integers(0, 0xFFFFFFFF))
def test_no_word_of_a_row_is_one_of_the_processor(row, noise):
    assert decode(isa, row.match | noise & ~row.mask) is None


def test_no_name_stands_for_both():
    """Except for the time base: the official assembler makes another instruction of its mnemonic."""
    assert set(foreign.instructions) & set(isa.instructions) == set()
    assert set(foreign.syntaxes) & set(isa.syntaxes) == {"mftb"}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0x7C60242C, "lwbrx r3,0,r4"),
        (0x7C632828, "lwarx r3,r3,r5"),
        (0x7C602829, "lwarx r3,0,r5,1"),
        (0x7C60292D, "stwcx. r3,0,r5"),
        (0x4C00012C, "isync"),
        (0x7C0006AC, "eieio"),
        (0x44000002, "sc"),
        (0xC82A0010, "lfd f1,16(r10)"),
        (0xFC2100FA, "fmadd f1,f1,f3,f0"),
        (0xFC81102A, "fadd f4,f1,f2"),
        (0xFF811000, "fcmpu cr7,f1,f2"),
        (0xFC00048E, "mffs f0"),
        (0xE8640008, "ld r3,8(r4)"),
        (0x786407C6, "rldicr r4,r3,32,31"),
        (0x78640020, "clrldi r4,r3,32"),
        (0x7C6484AA, "lswi r3,r4,16"),
        (0x7C64299E, "isel r3,r4,r5,4*cr1+eq"),
        (0x7C64285E, "iselgt r3,r4,r5"),
        (0x7C041FEC, "dcbz r4,r3"),
    ],
)
def test_text(word, text):
    assert encode_text(foreign, text) == word
    assert disassemble(foreign, word) == text


def test_golden_texts_of_random_words():
    """Of words that the processor lacks and objdump knows; decimal floating point has no rows here."""
    seen = 0
    with lzma.open(vectors / "toolchain" / "encodings" / "disasm_random.jsonl.xz", "rt") as stream:
        for row in map(json.loads, stream):
            word = int(row["word"], 16)
            found = decode(foreign, word)
            if row["rtl"] is None and found and not row["disasm"].startswith(".long"):
                if found.name in ("lq", "stq") and word >> 21 & 1:  # a pair that begins with an odd register is invalid
                    continue
                assert disassemble(foreign, word).replace(" ", "") == row["disasm"].replace(" ", "")
                seen += 1
    assert seen > 150


def test_a_row_that_takes_a_word_of_the_processor_is_refused():
    table = """\
family: mistakes
source: "a book"
timing: absent
instructions:
  addition:
    encoding: {format: X_load, opcode: 31, xo: 266}
    asm: "RT, RA, RB"
    examples: {"addition 1,2,3": 0x7c221a14}
"""
    description = describe_foreign()
    tables = (*description.tables, parse_yaml(SourceFile("rows.yaml", table)))
    with pytest.raises(DiagnosticError) as found:
        check_apart(isa, build(attrs.evolve(description, tables=tables)))
    assert "error[I110]: `add` and `addition` overlap: both match 0x7c000214" in render_text(found.value.diagnostics)
