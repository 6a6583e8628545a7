"""What the lint says of single words."""

from __future__ import annotations

import json
import lzma
import string
from importlib.resources import files
from pathlib import Path

import pytest

from hicannx.diagnostic import Severity
from hicannx.isa.effect import effects_of, load_effects
from hicannx.isa.example import encode_text
from hicannx.isa.instruction import access_names
from hicannx.isa.lint import lint_words
from hicannx.isa.load import load_foreign, load_isa
from hicannx.yamlsource import load_resource

isa, foreign = load_isa(), load_foreign()
rules = [(row, one) for row in isa.instructions.values() for one in row.lint]
vectors = Path(__file__).parents[1] / "vectors" / "toolchain"


def said(word: int) -> list[tuple[str, str]]:
    return [(one.diagnostic.code, one.diagnostic.title) for one in lint_words(isa, foreign, [(0, word)])]


@pytest.mark.parametrize(
    ("text", "code", "title"),
    [
        ("lha r3,-8(r4)", "I411", "the displacement -8 is taken as positive: the address is 65536 too high"),
        ("lhau r3,-2(r4)", "I411", "the displacement -2 is taken as positive: the address is 65536 too high"),
        ("twi 4,r3,-1", "I412", "the immediate -1 is taken as positive"),
        ("mftb r3", "I413", "special register 268 cannot be read: the result is garbage"),
        ("mfspr r3,68", "I413", "special register 68 cannot be read: the result is garbage"),
        ("mtspr 65,r3", "I414", "special register 65 cannot be written: nothing happens"),
        ("mtdar r3", "I414", "special register 19 cannot be written: nothing happens"),
        ("fxvlax 1,2,3,1", "I415", "the condition 1 is ignored: all lanes are accessed"),
        ("fxvstax 1,2,3,2", "I415", "the condition 2 is ignored: all lanes are accessed"),
        ("fxvinx 1,2,3,3", "I416", "lanes outside the condition 3 do not keep their values"),
        ("fxvsplath 1,0", "I417", "a load or a multiplication into register 0 just before is not waited for"),
        ("fxvsplatb 1,0", "I417", "a load or a multiplication into register 0 just before is not waited for"),
        ("wait 1", "I418", "`wait` with 1 does not sleep"),
        ("eciwx 3,0,4", "I419", "there is no I/O bus: the first user of the result hangs the processor"),
        ("ecowx 3,0,4", "I419", "there is no I/O bus: nothing is stored"),
        ("cmpi 0,1,r3,5", "I420", "only 32 bits are compared"),
        ("cmpl 0,1,r3,r5", "I420", "only 32 bits are compared"),
        ("bcctr 0,lt", "I421", "the count register is tested less one and not decremented"),
    ],
)
def test_warnings(text, code, title):
    assert said(encode_text(isa, text)) == [(code, title)]
    (found,) = lint_words(isa, foreign, [(8, encode_text(isa, text))])
    assert (found.address, found.is_lacking, found.diagnostic.severity) == (8, False, Severity.WARNING)
    assert found.diagnostic.help


@pytest.mark.parametrize(
    "text",
    ["lha r3,8(r4)", "lhz r3,-8(r4)", "twi 4,r3,1", "mfspr r3,284", "mtspr 68,r3", "mflr r0", "fxvlax 1,2,3",
     "fxvinx 1,2,3", "fxvoutx 1,2,3,1", "fxvsplath 1,3", "wait", "cmpwi r3,5", "bctr", "beqctr", "nop", "blr"],
)  # fmt: skip
def test_no_warning(text):
    assert said(encode_text(isa, text)) == []


def test_what_the_processor_lacks():
    (found,) = lint_words(isa, foreign, [(4, 0x7C60242C)])
    assert (found.address, found.text, found.is_lacking) == (4, "lwbrx r3,0,r4", True)
    assert (found.diagnostic.code, found.diagnostic.title) == ("I401", "the processor has no `lwbrx`")
    assert found.diagnostic.notes == ("it still sets XER.OV and XER.SO from the sum of registers RA and RB",)
    assert found.diagnostic.help.startswith("load with `lwzx` and turn the bytes")


@pytest.mark.parametrize("word", [0x00000000, 0x18000000, 0xFFFFFF64, 0x10000001])
def test_unknown_words(word):
    assert said(word) == [("I402", f"{word:#010x} is no instruction")]


@pytest.mark.parametrize(
    ("word", "effects"),
    [
        (0x7C60292D, ["it still sets CR0 from the sum of registers RA and RB"]),  # stwcx.
        (0x7C0006AC, ["it still sets XER.OV and XER.SO from the sum of registers RA and RB"]),  # eieio
        (0x24000000, ["it still overwrites CR0"]),
        (0x10000060, ["it still writes garbage to register RT"]),
        (0x4C00012C, []),  # isync
    ],
)
def test_effects(word, effects):
    assert effects_of(word) == effects
    assert all(one.match & ~one.mask == 0 and one.source for one in load_effects())


def test_rules_name_what_there_is():
    explained = dict(load_resource(files("hicannx.isa") / "diagnostics.yaml").items())
    for row, rule in rules:
        assert rule.code in explained
        named = {name for text in (rule.text, rule.help) for _, name, _, _ in string.Formatter().parse(text) if name}
        assert named <= set(row.fields) | set(access_names(row))
        assert row.deviation or access_names(row) or rule.code == "I420"


def test_compiled_programs_for_the_processor_are_free_of_what_it_lacks():
    count = 0
    for path in sorted((vectors / "c_programs").glob("*/prog.obj.json.xz")):
        for section in json.loads(lzma.decompress(path.read_bytes()))["sections"]:
            if section["name"].startswith(".text"):
                code = bytes.fromhex(section["hex"])
                words = [(at, int.from_bytes(code[at : at + 4], "big")) for at in range(0, len(code), 4)]
                count += len(words)
                assert [one for one in lint_words(isa, foreign, words) if one.is_lacking] == []
    assert count > 5000


def test_the_golden_words_of_the_processor_are_not_lacking():
    paths = sorted((vectors / "encodings").glob("*.xz"))
    lines = [line for path in paths for line in lzma.decompress(path.read_bytes()).decode().splitlines()]
    rows = [line for line in lines if '"nux": true' in line]
    words = [(0, int(line.split('"word": "')[1][:10], 16)) for line in rows]
    assert len(words) > 17000
    assert [one for one in lint_words(isa, foreign, words) if one.is_lacking] == []
