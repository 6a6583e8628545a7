"""Words from operand values and back: golden words of GNU as -mnux, random operands, every word at most one row."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.isa.codec import decode, encode, encode_fields, extract
from hicannx.isa.decodetable import decode_table, siblings
from hicannx.isa.example import encode_text
from hicannx.isa.load import load_isa
from hicannx.isa.syntax import Operand, Syntax
from hicannx.tools.conform.read import read_content

isa = load_isa()
vectors = Path(__file__).parents[1] / "vectors"
words = st.integers(0, 0xFFFFFFFF)
spellings = [one for group in isa.syntaxes.values() for one in group]
# Names with %, masks as numbers: the assembler's. Random words have no text of a programmer.
others = {"regname_pct", "regnames_flag", "rotate_mask", "disasm_random"}


def golden():
    paths = [path for path in (vectors / "toolchain" / "encodings").iterdir() if path.name.split(".")[0] not in others]
    rows = [json.loads(line) for path in paths for line in read_content(path).splitlines()]
    return [row for row in rows if row["nux"]]


def values_of(operand: Operand) -> st.SearchStrategy[int]:
    low, high = -(-operand.low // operand.scale), operand.high // operand.scale
    edges = st.sampled_from([low, high, max(low, 0), min(high, 1)])
    return (edges | st.integers(low, high)).map(lambda number: number * operand.scale)


@st.composite
def written(draw) -> tuple[Syntax, list[int]]:
    one = draw(st.sampled_from(spellings))
    return one, [draw(values_of(operand)) for operand in one.operands]


def test_golden_words():
    rows = golden()
    wrong = [(row["asm"], row["word"]) for row in rows if encode_text(isa, row["asm"]) != int(row["word"], 16)]
    assert wrong == []
    assert len(rows) > 15000


def test_every_row_and_mnemonic_has_golden_words():
    rows = Counter(decode(isa, int(row["word"], 16)).name for row in golden())
    unseen = set(isa.instructions) - set(rows)
    assert unseen <= {"rfci", "rfmci"}  # GNU as -mnux does not know them; their words are examples of their rows
    mnemonics = {row["asm"].split()[0] for row in golden()}
    assert set(isa.syntaxes) - mnemonics <= {
        "rfci", "rfmci", "fxvaddactacb", "fxvaddtachm", "ptesync", "msync", "twu", "twui",
        "xnop", "yield", "mdoio", "mdoom",  # and registers of other processors, see test_isa_disassemble.py
        *(f"m{way}{name}" for way in "ft" for name in ["rtcu", "rtcl", "ear", "ppr", "ppr32", "ibatu", "ibatl", "dbatu", "dbatl"]),
        *(name for name in isa.syntaxes if name[:-1] in ("bc", "bcl", "bca", "bcla", "bclr", "bclrl", "bcctr", "bcctrl")),
    }  # fmt: skip


@pytest.mark.parametrize("row", isa.instructions.values(), ids=lambda row: row.name)
def test_examples(row):
    for text, word in row.examples.items():
        assert encode_text(isa, text) == word
        assert decode(isa, word) is row
        assert encode_fields(row, extract(row, word)) == word


@given(written())
def test_operands_survive_a_word(given_text):
    one, values = given_text
    if one.derived:
        values = [operand.low for operand in one.operands]
    word = encode(one, values)
    assert 0 <= word < 1 << 32
    row = decode(isa, word)
    assert row is one.instruction or word & row.mask == row.match
    fields = extract(one.instruction, word)
    for operand, value in zip(one.operands, values, strict=True):
        if operand.name in fields and operand.name not in one.derived:
            field = one.instruction.format.fields[operand.name]
            assert fields[operand.name] == field.extract(field.insert(value))


@given(words)
def test_a_word_belongs_to_one_row_at_most(word):
    matching = [row for row in isa.instructions.values() if word & row.mask == row.match]
    assert len(matching) <= 1
    assert decode(isa, word) is (matching[0] if matching else None)


@given(st.sampled_from(list(isa.instructions.values())), words)
def test_a_word_that_differs_from_a_row_outside_its_mask_is_of_that_row(row, noise):
    word = row.match | noise & ~row.mask
    assert decode(isa, word) is row
    assert encode_fields(row, extract(row, word)) == word & (row.mask | sum(one.mask for one in row.fields.values()))


def test_all_extended_opcodes_decode_to_at_most_one_row():
    for opcode, width in ((4, 9), (19, 10), (31, 10)):
        for number in range(1 << width):
            for ignored in (0, 1, 1 << 20, 0x03FFF800):
                word = opcode << 26 | (number << (2 if opcode == 4 else 1)) | ignored
                assert sum(word & row.mask == row.match for row in isa.instructions.values()) <= 1


@given(st.one_of(words, st.builds(lambda row, noise: row.match | noise & ~row.mask,
                                  st.sampled_from(list(isa.instructions.values())), words)))  # fmt: skip
def test_the_decode_table_decodes(word):
    table, names, shared = decode_table(isa), list(isa.instructions), siblings(isa)
    primary = word >> 26
    index = table["TABLE"][table["BASE"][primary] + (word >> table["SHIFT"][primary] & table["MASK"][primary])]
    if index < 0:
        assert decode(isa, word) is None
    else:
        group = [isa.instructions[names[index]], *shared.get(names[index], [])]
        assert decode(isa, word) is next((row for row in reversed(group) if word & row.mask == row.match), None)


def test_unknown_words_decode_to_nothing():
    assert decode(isa, 0) is None
    assert decode(isa, 0x4C00012C) is None  # isync
    assert decode(isa, 0x7C00003C) is None  # wait of a later Power ISA


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("addi 3,4", "no spelling `addi` takes 2 operands"),
        ("addd 3,4,5", "no spelling `addd` takes 3 operands"),
        ("addi 3,4,32768", "SI of `addi`: 32768 is not in the range -32768 to 32767"),
        ("addi 3,4,x", "`x` is no number for SI"),
    ],
)
def test_examples_that_are_wrong(text, problem):
    with pytest.raises(ValueError, match=f"^{problem}$"):
        encode_text(isa, text)
