"""Mistakes in the tables, each with its exact message."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import attrs
import pytest

from hicannx.diagnostic import DiagnosticError
from hicannx.isa.build import Description, build
from hicannx.isa.load import describe
from hicannx.render import render_text
from hicannx.source import SourceFile
from hicannx.yamlsource import load_resource, parse_yaml

FORMATS = """\
word_bits: 32
kinds:
  opcode: {doc: opcode}
  flag: {doc: flag}
  gpr: {doc: register, prefix: r}
  gpr_or_zero: {doc: register or zero, prefix: r}
  signed: {doc: number, signed: true}
fields:
  opcode: {kind: opcode}
  xo: {kind: opcode}
  RT: {kind: gpr}
  RA: {kind: gpr}
  SI: {kind: signed}
  Rc: {kind: flag}
formats:
  D: "opcode:6 RT:5 RA:5 SI:16"
  X: "opcode:6 RT:5 RA:5 -:5 xo:10 Rc:1"
"""
ROWS = """\
family: sums
source: "a book"
instructions:
  addi:
    encoding: {format: D, opcode: 14}
    asm: "RT, RA|0, SI"
    timing: alu
    examples: {"addi 1,2,3": 0x38220003}
  neg:
    encoding: {format: X, opcode: 31, xo: 104}
    asm: "RT, RA"
    suffixes: {Rc: "."}
    timing: alu
    examples: {"neg r4,r1": 0x7c8100d0, "neg. 4,1": 0x7c8100d1}
"""
EXTENDED = """\
mnemonics:
  li: {of: addi, asm: "RT, SI", set: {RA: 0}}
  subi: {of: addi, asm: "RT, RA, n", set: {SI: "-n"}, operands: {n: [-32767, 32768]}}
families:
  load: {mnemonic: "li{size}", of: addi, asm: "RT", set: {RA: 0, SI: "value"}, axes: {size: sizes}}
axes:
  sizes: {one: {value: 1}, two: {value: 2}}
"""
TIMING = "cycles: {alu: 1}\n"


def described(**texts: str) -> Description:
    given = {"formats": FORMATS, "rows": ROWS, "extended": EXTENDED, "timing": TIMING} | texts
    nodes = {name: parse_yaml(SourceFile(f"{name}.yaml", text)) for name, text in given.items()}
    registers = describe().registers
    return Description(nodes["formats"], (nodes["rows"],), nodes["extended"], registers, nodes["timing"])


def changed(name: str, old: str, new: str) -> Description:
    text = {"formats": FORMATS, "rows": ROWS, "extended": EXTENDED, "timing": TIMING}[name]
    assert old in text
    return described(**{name: text.replace(old, new, 1)})


def message(description: Description) -> str:
    with pytest.raises(DiagnosticError) as found:
        build(description)
    return render_text(found.value.diagnostics)


def test_the_small_description_is_sound():
    isa = build(described())
    assert list(isa.instructions) == ["addi", "neg"]
    assert list(isa.syntaxes) == ["addi", "neg", "neg.", "li", "subi", "lione", "litwo"]
    assert isa.syntaxes["litwo"][0].fixed == {"RA": 0, "SI": 2}


CASES = {
    "unknown field": (
        ("formats", "SI:16", "SJ:16"),
        """\
error[I101]: format D has an unknown field `SJ`
  --> formats.yaml:16:6
   |
16 |   D: "opcode:6 RT:5 RA:5 SJ:16"
   |      ^^^^^^^^^^^^^^^^^^^^^^^^^^
   = help: known here: `RA`, `RT`, `Rc`, `SI`, `opcode`, `xo`""",
    ),
    "unknown kind": (
        ("formats", "SI: {kind: signed}", "SI: {kind: sined}"),
        """\
error[I101]: field SI has an unknown kind `sined`
  --> formats.yaml:13:7
   |
13 |   SI: {kind: sined}
   |       ^^^^^^^^^^^^^
   = help: did you mean `signed`?""",
    ),
    "31 places": (
        ("formats", "SI:16", "SI:15"),
        """\
error[I102]: format D has 31 places, not 32
  --> formats.yaml:16:6
   |
16 |   D: "opcode:6 RT:5 RA:5 SI:15"
   |      ^^^^^^^^^^^^^^^^^^^^^^^^^^
   = help: add or remove `-` places""",
    ),
    "unknown format": (
        ("rows", "format: D", "format: DD"),
        """\
error[I104]: unknown format `DD`
 --> rows.yaml:5:15
  |
5 |     encoding: {format: DD, opcode: 14}
  |               ^^^^^^^^^^^^^^^^^^^^^^^^
  = help: did you mean `D`?""",
    ),
    "wide opcode": (
        ("rows", "opcode: 14", "opcode: 64"),
        """\
error[I105]: `addi` has the opcode 64, which does not fit in 6 bits
 --> rows.yaml:5:15
  |
5 |     encoding: {format: D, opcode: 64}
  |               ^^^^^^^^^^^^^^^^^^^^^^^""",
    ),
    "missing extended opcode": (
        ("rows", ", xo: 104", ""),
        """\
error[I105]: `neg` has no xo, but format X has one
  --> rows.yaml:10:15
   |
10 |     encoding: {format: X, opcode: 31}
   |               ^^^^^^^^^^^^^^^^^^^^^^^""",
    ),
    "unknown row": (
        ("extended", "of: addi", "of: add"),
        """\
error[I106]: `li` is of the unknown row `add`
 --> extended.yaml:2:7
  |
2 |   li: {of: add, asm: "RT, SI", set: {RA: 0}}
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: did you mean `addi`?""",
    ),
    "unknown operand of a row": (
        ("rows", '"RT, RA"', '"RT, RAA"'),
        """\
error[I107]: `neg` has no field `RAA` for an operand
 --> rows.yaml:9:3
  |
9 |   neg:
  |   ^^^
  = help: did you mean `RA`?""",
    ),
    "unknown operand": (
        ("extended", "operands: {n:", "operands: {m:"),
        """\
error[I107]: `subi` has the operand `n`, which is neither a field of `addi` nor has limits
 --> extended.yaml:3:9
  |
3 |   subi: {of: addi, asm: "RT, RA, n", set: {SI: "-n"}, operands: {m: [-32767, 32768]}}
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `operands: {n: [low, high]}`""",
    ),
    "limits": (
        ("extended", "[-32767, 32768]", "[5]"),
        """\
error[I105]: the limits of n are no pair `[low, high]`
 --> extended.yaml:3:69
  |
3 |   subi: {of: addi, asm: "RT, RA, n", set: {SI: "-n"}, operands: {n: [5]}}
  |                                                                     ^^^""",
    ),
    "suffix without a field": (
        ("rows", "{Rc:", "{OE:"),
        """\
error[I108]: `neg` has no field `OE` to set
 --> rows.yaml:9:3
  |
9 |   neg:
  |   ^^^
  = help: known here: `RA`, `RT`, `Rc`""",
    ),
    "field that cannot be set": (
        ("extended", 'set: {SI: "-n"}', 'set: {UI: "-n"}'),
        """\
error[I108]: `subi` sets `UI`, which is no field of `addi`
 --> extended.yaml:3:9
  |
3 |   subi: {of: addi, asm: "RT, RA, n", set: {UI: "-n"}, operands: {n: [-32767, 32768]}}
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: known here: `RA`, `RT`, `SI`""",
    ),
    "unknown axis": (
        ("extended", "{size: sizes}", "{size: size}"),
        """\
error[I109]: family `load` has the unknown axis `size`
 --> extended.yaml:5:9
  |
5 |   load: {mnemonic: "li{size}", of: addi, asm: "RT", set: {RA: 0, SI: "value"}, axes: {size: size}}
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: did you mean `sizes`?""",
    ),
    "unknown name": (
        ("extended", '"-n"', '"-m"'),
        """\
error[I115]: `subi` uses the unknown name `m` for SI
 --> extended.yaml:3:9
  |
3 |   subi: {of: addi, asm: "RT, RA, n", set: {SI: "-m"}, operands: {n: [-32767, 32768]}}
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: known here: `RA`, `RT`, `n`""",
    ),
    "unknown name in a warning": (
        ("rows", "    timing: alu\n", '    timing: alu\n    lint: [{code: I411, when: "D < 0", text: "too low"}]\n'),
        """\
error[I115]: `addi` uses the unknown name `D` for the warning I411
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^
  = help: known here: `RA`, `RT`, `SI`""",
    ),
    "no expression": (
        ("extended", '"-n"', '"n +"'),
        """\
error[I115]: `n +` for SI of `subi` is no expression
 --> extended.yaml:3:9
  |
3 |   subi: {of: addi, asm: "RT, RA, n", set: {SI: "n +"}, operands: {n: [-32767, 32768]}}
  |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: write sums, products, remainders, `|`, `&` and comparisons""",
    ),
    "timing class": (
        ("rows", "timing: alu", "timing: alo"),
        """\
error[I111]: `addi` has the unknown timing class `alo`
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^
  = help: did you mean `alu`?""",
    ),
    "text that cannot be found": (
        ("extended", "n: [-32767, 32768]}}", "n: [-32767, 32768]}, shown: true}"),
        """\
error[I116]: `subi` is shown, but has 65536 combinations of operands to look through
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^
  = help: at most 4096 are possible; leave `shown` away, or make operands fields of `addi`""",
    ),
    "field that nothing fills": (
        ("rows", '    suffixes: {Rc: "."}\n', ""),
        """\
error[I112]: no operand or suffix of `neg` fills Rc
 --> rows.yaml:9:3
  |
9 |   neg:
  |   ^^^
  = help: name it in `asm` or in `suffixes`

error[I113]: the example `neg. 4,1` of `neg` does not encode: no spelling `neg.` takes 2 operands
 --> rows.yaml:9:3
  |
9 |   neg:
  |   ^^^""",
    ),
    "no example": (
        ("rows", '{"addi 1,2,3": 0x38220003}', "{}"),
        """\
error[I113]: `addi` has no example
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^
  = help: add `examples: {"text": word}`""",
    ),
    "example of another row": (
        ("rows", "0x38220003", "0x7c8100d0"),
        """\
error[I113]: the example `addi 1,2,3` of `addi` decodes to `neg`
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^""",
    ),
    "example of nothing": (
        ("rows", "0x38220003", "0x00220003"),
        """\
error[I113]: the example `addi 1,2,3` of `addi` decodes to no instruction
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^""",
    ),
    "example of another word": (
        ("rows", "0x38220003", "0x38220004"),
        """\
error[I113]: the example `addi 1,2,3` of `addi` encodes to 0x38220003, not 0x38220004
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^""",
    ),
    "unused format": (
        ("formats", "formats:\n", 'formats:\n  E: "opcode:6 -:26"\n'),
        """\
error[I114]: no row has the format E
  --> formats.yaml:16:6
   |
16 |   E: "opcode:6 -:26"
   |      ^^^^^^^^^^^^^^^
   = help: remove it""",
    ),
    "unused field": (
        ("formats", "fields:\n", "fields:\n  RB: {kind: gpr}\n"),
        """\
error[I114]: no used format has the field RB
 --> formats.yaml:9:7
  |
9 |   RB: {kind: gpr}
  |       ^^^^^^^^^^^
  = help: remove it""",
    ),
    "unknown key": (
        ("rows", "timing: alu", "timming: alu"),
        """\
error[H203]: unknown key `timming`
 --> rows.yaml:7:5
  |
7 |     timming: alu
  |     ^^^^^^^
  = help: did you mean `timing`?""",
    ),
    "no timing": (
        (
            "rows",
            """    timing: alu
    examples: {"addi 1""",
            """    examples: {"addi 1""",
        ),
        """\
error[I111]: `addi` has no timing class
 --> rows.yaml:4:3
  |
4 |   addi:
  |   ^^^^
  = help: known here: `alu`""",
    ),
    "missing key": (
        ("rows", '    asm: "RT, RA|0, SI"\n', ""),
        """\
error[H205]: missing key `asm`
 --> rows.yaml:5:5
  |
5 |     encoding: {format: D, opcode: 14}
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  = help: add `asm: ...`""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_message(name):
    change, expected = CASES[name]
    assert message(changed(*change)) == expected


def test_overlapping_rows_are_found():
    row = """\
  negate:
    encoding: {format: X, opcode: 31, xo: 104}
    asm: "RT, RA"
    suffixes: {Rc: "."}
    timing: alu
    examples: {"negate 4,1": 0x7c8100d0}
"""
    assert message(described(rows=ROWS + row)) == (
        "error[I110]: `neg` and `negate` overlap: both match 0x7c0000d0\n"
        "  --> rows.yaml:15:3\n"
        "   |\n"
        "15 |   negate:\n"
        "   |   ^^^^^^\n"
        "  ::: rows.yaml:9:3\n"
        "   |\n"
        " 9 |   neg:\n"
        "   |   ^^^ the other row\n"
        "\n"
        "error[I113]: the example `negate 4,1` of `negate` decodes to `neg`\n"
        "  --> rows.yaml:15:3\n"
        "   |\n"
        "15 |   negate:\n"
        "   |   ^^^^^^"
    )


def test_a_row_in_two_tables_is_found():
    twice = attrs.evolve(described(), tables=described().tables * 2)
    assert message(twice) == (
        "error[I103]: instruction `addi` has two rows\n"
        " --> rows.yaml:4:3\n"
        "  |\n"
        "4 |   addi:\n"
        "  |   ^^^^\n"
        "\n"
        "error[I103]: instruction `neg` has two rows\n"
        " --> rows.yaml:9:3\n"
        "  |\n"
        "9 |   neg:\n"
        "  |   ^^^"
    )


def test_several_mistakes_are_told_at_once():
    text = ROWS.replace("format: D", "format: E").replace("xo: 104", "xo: 1024")
    assert re.findall(r"error\[(\w+)\]", message(described(rows=text))) == ["I104", "I105"]


def test_every_code_of_the_tables_has_a_case():
    explained = {code for code, _ in load_resource(files("hicannx.isa") / "diagnostics.yaml").items() if code < "I3"}
    assert explained <= set(re.findall(r"\[(I1\d\d)\]", Path(__file__).read_text()))


@pytest.mark.parametrize(
    "text", ["", "[]", "mnemonics: 3", "mnemonics: {li: 3}", "mnemonics: {li: {of: addi, asm: 3}}"]
)
def test_a_table_of_another_shape_is_a_diagnostic(text):
    assert "error[H20" in message(described(extended=text))
    assert "error[H20" in message(described(rows=text))
    assert "error[H20" in message(described(formats=text))
