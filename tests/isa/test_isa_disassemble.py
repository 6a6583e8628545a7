"""Text from words: the golden texts of GNU objdump -Mnux, and text that assembles to the same word."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.asm.assemble import assemble
from hicannx.asm.options import Options
from hicannx.isa.codec import decode
from hicannx.isa.disassemble import disassemble, disassemble_all, disassemble_image
from hicannx.isa.example import encode_text
from hicannx.isa.load import load_isa
from hicannx.isa.pattern import compile_pattern
from hicannx.source import SourceFile
from hicannx.tools.conform.read import read_content

isa = load_isa()
vectors = Path(__file__).parents[1] / "vectors"
rows = list(isa.instructions.values())
words = st.integers(0, 0xFFFFFFFF)
words_of_rows = st.builds(lambda row, noise: row.match | noise & ~row.mask, st.sampled_from(rows), words)


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
    """The text of objdump; it may show no instruction where the processor has one, never the other way round."""
    records = lines("toolchain", "encodings", "disasm_random.jsonl.xz")
    wrong = []
    for row in records:
        text = disassemble(isa, int(row["word"], 16))
        expected = row["disasm"] if row["rtl"] else f".long {row['word']}"
        if compact(text) != compact(expected) and not expected.startswith(".long"):
            wrong.append((row["word"], text, row["disasm"]))
        if row["rtl"] is None and text != f".long {int(row['word'], 16):#x}":
            wrong.append((row["word"], text, "no instruction"))
    assert wrong == []
    assert len(records) > 3500


def test_golden_texts_of_random_words_assemble():
    """To the word that the other assembler makes of its own text, which may lack bits of the first one."""
    options = Options(dialect="gas", register_names=True)
    wrong = []
    for row in lines("toolchain", "encodings", "disasm_random.jsonl.xz"):
        if row["rtl"] and row["reasm"]:
            source = SourceFile("text.s", disassemble(isa, int(row["word"], 16)) + "\n")
            word = assemble(source, options).sections[".text"].data.hex()
            if word != row["reasm"][2:]:
                wrong.append((row["word"], source.text, word))
    assert wrong == []


def test_what_the_processor_decodes_is_a_row():
    ignores_overflow = {"mulhw", "mulhwu"}  # the golden records take their OE bit for a part of the opcode
    for row in lines("toolchain", "encodings", "disasm_random.jsonl.xz"):
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
        # What objdump leaves out: hints that mean nothing, and the form of a mask of a single bit.
        (0x41AE0008, "beq cr3,0x1008"),
        (0x402D5EBB, "bdnzfla 4*cr3+gt,0x5eb8"),
        (0x42200008, "bdnz 0x1008"),
        (0x42260008, "bc 17,4*cr1+eq,0x1008"),
        (0x43393AF7, "bcla+ 24,4*cr6+gt,0x3af4"),
        (0x7FC01120, "mtcrf 1,r30"),
        (0x7C6FF120, "mtcr r3"),
        # Hints of bclr and bcctr, which are shown unless the word has branch history bits too.
        (0x4CA60020, "bclr+ 4,4*cr1+eq"),
        (0x4DA60421, "bcctrl+ 12,4*cr1+eq"),
        (0x4C460420, "bcctr- 2,4*cr1+eq"),
        (0x4E860020, "bclr- 20,4*cr1+eq"),
        (0x4DA11021, "bclrl 13,gt,2"),
        # Register 0 is the number 0 as a base, in update forms as well.
        (0x8DA05D44, "lbzu r13,23876(0)"),
        (0x7EE0706E, "lwzux r23,0,r14"),
        (0x68000000, "xnop"),
        (0x7F7BDB78, "yield"),
        (0x7C7B1B78, "mr r27,r3"),
        (0x00000000, ".long 0x0"),
        (0x4C00012C, ".long 0x4c00012c"),
    ],
)
def test_text_at_an_address(word, text):
    assert disassemble(isa, word, 0x1000) == text


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (0x7C6402A6, "mfrtcu r3"),
        (0x7C6502A6, "mfrtcl r3"),
        (0x7C7403A6, "mtrtcu r3"),
        (0x7C7503A6, "mtrtcl r3"),
        (0x7C7A42A6, "mfear r3"),
        (0x7C7A43A6, "mtear r3"),
        (0x7C60E2A6, "mfppr r3"),
        (0x7C62E3A6, "mtppr32 r3"),
        (0x7C7482A6, "mfibatu r3,2"),
        (0x7C7183A6, "mtibatl 0,r3"),
        (0x7C7E82A6, "mfdbatu r3,3"),
        (0x7C7B83A6, "mtdbatl 1,r3"),
    ],
)
def test_special_registers_of_others(word, text):
    assert disassemble(isa, word) == text
    assert encode_text(isa, text) == word


def test_an_image():
    assert list(disassemble_image(isa, bytes.fromhex("4800000060000000 4e80"), 0x40)) == [
        (0x40, 0x48000000, "b 0x40"),
        (0x44, 0x60000000, "nop"),
        (0x48, 0x4E800000, "mcrf cr5,cr0"),
    ]


def test_a_program():
    assert list(disassemble_all(isa, {8: 0x48000000, 12: 0x4E800020})) == [
        (8, 0x48000000, "b 0x8"),
        (12, 0x4E800020, "blr"),
    ]


def shown(word):
    """The first syntax that a disassembler may take for a word, found the long way."""
    row = decode(isa, word)
    choices = (compile_pattern(one, isa.kinds) for one in isa.preferred_syntaxes[row.name])
    return next(one.syntax for one in choices if one.texts(word) is not None)


def told(word):
    """The bits that the text of a word tells."""
    one = shown(word)
    lost = [bits << one.instruction.format.fields[name].lsb for name, bits in one.lost.items()]
    return ~one.instruction.format.ignored & ~sum(lost)


@given(words_of_rows)
def test_text_assembles_to_its_word(word):
    text = disassemble(isa, word)
    if not text.startswith(".long"):
        again = encode_text(isa, text)
        assert (again ^ word) & told(word) == 0
        assert disassemble(isa, again) == text


@given(words)
def test_any_word_has_a_text(word):
    text = disassemble(isa, word, 0x2000)
    assert text
    if decode(isa, word) is None:
        assert text == f".long {word:#x}"


@given(st.sampled_from(rows), words)
def test_a_word_made_of_fields_has_a_text(row, noise):
    used = sum(field.mask for field in row.fields.values())
    assert not disassemble(isa, row.match | noise & used).startswith(".long")
