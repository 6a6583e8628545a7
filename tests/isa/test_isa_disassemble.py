"""Text from words: the golden texts of GNU objdump -Mnux, and text that assembles to the same word."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.isa.codec import decode
from hicannx.isa.disassemble import disassemble, disassemble_all
from hicannx.isa.example import encode_text
from hicannx.isa.load import load_isa
from hicannx.tools.conform.read import read_content

isa = load_isa()
vectors = Path(__file__).parents[1] / "vectors"
rows = list(isa.instructions.values())
words = st.integers(0, 0xFFFFFFFF)
words_of_rows = st.builds(lambda row, noise: row.match | noise & ~row.mask, st.sampled_from(rows), words)

# Words that only the processor takes for what they are, or that objdump shows as something that assembles to another word.
differs = {
    "bc": "objdump shows bdzt with hint bits, which the mnemonic does not have",
    "mfcr": "objdump takes masks of several bits for no instruction, the processor does not",
    "mtcrf": "objdump takes masks of several bits for no instruction, the processor does not",
    **dict.fromkeys(
        ("lbzu", "lwzu", "lhau", "stwu", "sthu", "lwzux", "lbzux", "stbux"),
        "objdump shows register 0 as 0 in update forms, which are invalid then",
    ),
}


def compact(text):
    return text.replace(" ", "")


def lines(*path):
    with lzma.open(vectors.joinpath(*path), "rt") as stream:
        return [json.loads(line) for line in stream]


def golden_encodings():
    paths = sorted(vectors.joinpath("toolchain", "encodings").iterdir())
    return [json.loads(line) for path in paths for line in read_content(path).splitlines()]


def test_golden_texts():
    golden = [row for row in golden_encodings() if row.get("nux")]
    wrong = [row for row in golden if compact(disassemble(isa, int(row["word"], 16))) != compact(row["disasm"])]
    assert wrong == []
    assert len(golden) > 17000


def test_golden_texts_of_random_words():
    different = {
        row["rtl"]
        for row in lines("isa", "random_words.jsonl.xz")
        if row["rtl"] and compact(disassemble(isa, int(row["word"], 16))) != compact(row["disasm"])
    }
    assert different == set(differs)


def test_what_the_processor_decodes_is_a_row():
    ignores_overflow = {"mulhw", "mulhwu"}  # the golden records take their OE bit for a part of the opcode
    for row in lines("isa", "random_words.jsonl.xz"):
        found = decode(isa, int(row["word"], 16))
        if row["rtl"] == "fxv":
            assert found is not None and found.name.startswith("fxv")
        elif row["rtl"] == "mfcr":
            assert found is not None and found.name in ("mfcr", "mfocrf")
        elif found is None or found.name not in ignores_overflow:
            assert (found and found.name) == row["rtl"]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0x38600005, "li r3,5"),
        (0x60000000, "nop"),
        (0x5702080C, "rlwinm r2,r24,1,0,6"),
        (0x5702084C, "rlwinm r2,r24,1,1,6"),
        (0x4E800020, "blr"),
        (0x7FE00008, "trap"),
        (0x80030000, "lwz r0,0(r3)"),
        (0x80000004, "lwz r0,4(0)"),
        (0x41860008, "beq cr1,0x1008"),
        (0x4BFFFFFC, "b 0xffc"),
        (0x48001002, "ba 0x1000"),
        (0x4200FFFC, "bdnz 0xffc"),
        (0x7C0802A6, "mflr r0"),
        (0x7C7C42A6, "mfspr r3,284"),
        (0x4C000064, "rfi"),
        (0x7C00007C, "wait"),
        (0x7C2004AC, "lwsync"),
        (0x10231F73, "fxvaddhfs 1,3,3,3"),
        (0x105F84F0, "fxvshh 2,31,-16"),
        (0x11F0C4F3, "fxvshh 15,16,-8"),
        (0x00000000, ".long 0x0"),
        (0x4C00012C, ".long 0x4c00012c"),
    ],
)
def test_text_at_an_address(word, text):
    assert disassemble(isa, word, 0x1000) == text


def test_a_program():
    assert list(disassemble_all(isa, {8: 0x48000000, 12: 0x4E800020})) == [
        (8, 0x48000000, "b 0x8"),
        (12, 0x4E800020, "blr"),
    ]


def in_parts(text):
    """Branch targets as the assembler of single instructions takes them: signed."""
    head, _, last = text.rpartition(",") if "," in text else text.rpartition(" ")
    if last.startswith("0x"):
        target = int(last, 16)
        return text[: len(head) + 1] + str(target - (1 << 32) if target >> 31 else target)
    return text


@given(words_of_rows)
def test_text_assembles_to_its_word(word):
    text = disassemble(isa, word)
    if not text.startswith(".long"):
        ignored = decode(isa, word).format.ignored
        assert encode_text(isa, in_parts(text)) == word & ~ignored


@given(words)
def test_any_word_has_a_text(word):
    text = disassemble(isa, word, 0x2000)
    assert text
    if decode(isa, word) is None:
        assert text == f".long {word:#x}"


@given(st.sampled_from(rows), words)
def test_a_word_made_of_fields_has_a_text(row, noise):
    used = sum(field.mask for field in row.fields.values())
    if row.derived:
        return
    assert not disassemble(isa, row.match | noise & used).startswith(".long")
