"""The stages of the assembler, each alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.asm.argument import ArgumentReader
from hicannx.asm.assemble import assemble
from hicannx.asm.block import expand
from hicannx.asm.dialect import make_dialect
from hicannx.asm.directive import actions, directives
from hicannx.asm.expression import Scope, Site, evaluate
from hicannx.asm.grammar import parse_by_grammar
from hicannx.asm.instruction import mask_ends
from hicannx.asm.literal import decode_string
from hicannx.asm.mistake import Report
from hicannx.asm.operand import OperandError, parse_operand, split_operands
from hicannx.asm.parse import parse
from hicannx.asm.program import new_program
from hicannx.asm.relocation import choose
from hicannx.asm.scan import scan
from hicannx.asm.scrub import scrub
from hicannx.asm.section import Attributes, default_attributes
from hicannx.asm.syntax import Binary, Here, LocalReference, Name, Number, Register, Unary
from hicannx.diagnostic import Diagnostics
from hicannx.isa.load import load_isa
from hicannx.source import SourceFile


def value(text: str) -> object:
    program = new_program(load_isa(), Diagnostics(), make_dialect("ppu"))
    statement = next(parse(SourceFile("value.s", f".long {text}"), program.report))
    operand = parse_operand(text)
    assert operand.expression is not None
    return evaluate(operand.expression, Scope(program.symbols, program.chunk, program.report), Site(statement))


def test_scan_keeps_offsets() -> None:
    source = SourceFile("scan.s", "a: nop # one; two\n  .ascii \"#;/*\" ; /* three\nfour */ li 3, ';'\n")
    pieces = list(scan(source, Report(Diagnostics())))
    assert [text for _, text in pieces] == ["a: nop", '.ascii "#;/*"', "li 3, ';'"]
    assert all(source.text[start:].startswith(text) for start, text in pieces)


def test_parse_heads() -> None:
    text = "start: 1: addi. 3, 4, 5\nlimit = 4 + 5\nlimit == 6\nbne+ cr1, start\n.text\nlonely:"
    found = list(parse(SourceFile("heads.s", text), Report(Diagnostics())))
    assert [[name for name, _ in one.labels] for one in found] == [["start", "1"], [], [], [], [], ["lonely"]]
    assert [one.mnemonic for one in found] == ["addi.", "=", "==", "bne+", ".text", ""]
    assert [one.body for one in found] == ["3, 4, 5", "limit,4 + 5", "limit,6", "cr1, start", "", ""]
    assert found[0].body_span.text == "3, 4, 5"
    assert found[3].mnemonic_span.text == "bne+"


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("0x1F", Number(31)),
        ("017", Number(15)),
        ("0b101", Number(5)),
        ("'A'", Number(65)),
        ("'\\n'", Number(10)),
        ("12b", LocalReference(12, forward=False)),
        ("0f", LocalReference(0, forward=True)),
        (".", Here()),
        (".L1", Name(".L1")),
        ("%r31", Register("r31")),
        ("-x", Unary("-", Name("x"))),
        ("1 + 2 * 3", Binary("+", Number(1), Binary("*", Number(2), Number(3)))),
        ("1 | 2 + 3", Binary("+", Binary("|", Number(1), Number(2)), Number(3))),
        ("a %b", Binary("%", Name("a"), Name("b"))),
    ],
)
def test_expressions_parse(text: str, node: object) -> None:
    assert parse_operand(text).expression == node


def test_operand_forms() -> None:
    loaded = parse_operand("table + 4@l(%r3)")
    assert loaded.expression == Binary("+", Name("table"), Number(4))
    assert (loaded.suffix, loaded.base) == ("l", Register("r3"))
    assert parse_operand('"a\\tb\\x41\\101"').string == b"a\tbAA"
    assert parse_operand("@function").word == "function"
    assert [text for _, text in split_operands("\"a,b\", ',', 3 ,4")] == ['"a,b"', "','", "3", "4"]
    assert decode_string('"\\q"') == b"q"


@given(st.integers(-(2**31), 2**32), st.integers(-(2**31), 2**32), st.sampled_from(["+", "-", "*", "|", "&", "^"]))
def test_arithmetic_agrees_with_python(left: int, right: int, operator: str) -> None:
    assert value(f"({left}) {operator} ({right})") == (eval(f"{left} {operator} {right}") + 2**63) % 2**64 - 2**63


@given(st.integers(-1000, 1000), st.integers(-30, 30).filter(bool))
def test_division_truncates(left: int, right: int) -> None:
    quotient, remainder = value(f"({left}) / ({right})"), value(f"({left}) % ({right})")
    assert isinstance(quotient, int)
    assert quotient == int(left / right)
    assert quotient * right + remainder == left  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "number"),
    [("1 == 1", -1), ("1 != 1", 0), ("!0", 1), ("~0", -1), ("5 ! 3", -3), ("1 && 2", 1), ("0 || 0", 0),
     ("-1 >> 60", 15), ("1 << 2 + 1", 5), ("7 - 2 - 1", 4), ("1 << 100", 0), ("100 / 7 / 2", 7)],
)  # fmt: skip
def test_operators(text: str, number: int) -> None:
    assert value(text) == number


@given(st.integers(0, 31), st.integers(0, 31))
def test_masks(first: int, last: int) -> None:
    count = (last - first) % 32 + 1
    mask = sum(1 << (31 - (first + index) % 32) for index in range(count))
    assert mask_ends(mask) == ((0, 31) if count == 32 else (first, last))


@pytest.mark.parametrize("mask", [0, 0b101, 0xF00F0])
def test_no_masks(mask: int) -> None:
    assert mask_ends(mask) is None


@pytest.mark.parametrize(
    ("text", "arguments"),
    [("1, 2", ["1", "2"]), ("1 2", ["1", "2"]), ("4 + 5, x", ["4+5", "x"]), ('"a b" c', ["a b", "c"]),
     ("a,,b", ["a", "", "b"]), ("", []), ("%r3 %r4", ["%r3", "%r4"])],
)  # fmt: skip
def test_macro_arguments(text: str, arguments: list[str]) -> None:
    reader = ArgumentReader(scrub(text))
    found = []
    while not reader.at_end:
        found.append(reader.argument())
        reader.skip_comma()
    assert found == arguments


def expanded(text: str) -> list[str]:
    diagnostics = Diagnostics()
    program = new_program(load_isa(), diagnostics, make_dialect("ppu"))
    found = expand(parse(SourceFile("expand.s", text), program.report), program.scope)
    result = [one.text for one in found]
    diagnostics.raise_if_errors()
    return result


def test_expansion() -> None:
    text = """
    .macro move to, from=4, rest:vararg
    mr \\to, \\from
    .ifnb \\rest
    move \\rest
    .endif
    .endm
    move 3
    move from=5, to=6
    move 1, 2, 7, 8
    .rept 2
    nop
    .endr
    .irp n, 1, 2
    x\\n\\()y:
    .endr
    .irpc c, ab
    .byte 0x\\c
    .endr
    .if 0
    .macro skipped
    .endm
    .else
    sync
    .endif
    """
    moves = ["mr 3, 4", "mr 6, 5", "mr 1, 2", "mr 7, 8"]
    assert expanded(text) == [*moves, "nop", "nop", "x1y:", "x2y:", ".byte 0xa", ".byte 0xb", "sync"]


def test_expansion_counts_calls() -> None:
    assert expanded(".macro m\n.L\\@: nop\n.endm\nm\nm") == [".L0: nop", ".L1: nop"]


def test_directives_are_bound() -> None:
    assert {row.do for row in directives().values()} == set(actions)


def test_relocations_are_chosen() -> None:
    assert choose("low", "ha", relative=False) == "R_PPC_ADDR16_HA"
    assert choose("branch24", "", relative=True) == "R_PPC_REL24"
    assert choose("word", "", relative=True) == "R_PPC_REL32"
    assert choose("branch14", "ha", relative=False) == "R_PPC_ADDR16_HA"
    assert choose("byte", "", relative=False) is None


def test_sections_by_name() -> None:
    assert default_attributes(".text.vectors") == Attributes("ax")
    assert default_attributes(".bss.x") == Attributes("wa", "nobits")
    assert default_attributes(".textual") == Attributes()


_names = st.from_regex(r"[A-Za-z_.$][A-Za-z0-9_.$]{0,8}", fullmatch=True).filter(lambda name: name not in {".", "$"})
_numbers = st.one_of(st.integers(0, 10**18).map(str), st.integers(0, 2**64 - 1).map(hex))
_simple = st.one_of(_numbers, _numbers.map(lambda text: f"-{text}"), _names, st.tuples(_names, _names).map("@".join))
_bases = st.one_of(st.just(""), st.integers(0, 40).map("({})".format), _names.map("(%{})".format))


@given(st.tuples(_simple, _bases).map("".join))
def test_common_operands_need_no_grammar(text: str) -> None:
    try:
        wanted: object = parse_by_grammar(text)
    except OperandError as error:
        wanted = str(error)
    try:
        found: object = parse_operand(text)
    except OperandError as error:
        found = str(error)
    assert found == wanted


def gapped(text: str) -> tuple[str, dict[str, int]]:
    assembly = assemble(SourceFile("gaps.s", text))
    symbols = {name: one.section_offset for name, one in assembly.symbols.items() if one.chunk}
    return assembly.sections[".text"].data.hex(), symbols


def test_gaps_open_when_all_is_known() -> None:
    """Subsections come behind each other before anything is aligned; sizes may follow from labels behind."""
    assert gapped(".text 1\n.byte 1\n.balign 4\na: .byte 2\n.text 0\n.byte 3\n") == ("0301000002", {"a": 4})
    text = "a: .space c - b\nb: .byte 1, 2\nc: .uleb128 d - a, 200\nd: .org e + 6\n.byte 9\n.set e, d\n"
    assert gapped(text) == ("0000010207c80100000000000009", {"a": 0, "b": 2, "c": 4, "d": 7, "e": 7})


def test_listing_shows_gaps() -> None:
    listing = assemble(SourceFile("gaps.s", ".text 1\n.byte 1\n.balign 4\n.byte 2\n.text\n.byte 3\n")).listing()
    assert [line.split()[1:3] for line in listing.splitlines() if "byte" in line or "align" in line] == [
        ["00000001", "01"], ["00000002", "0000"], ["00000004", "02"], ["00000000", "03"],
    ]  # fmt: skip


def test_quick_and_thorough_words_are_the_same() -> None:
    """Operands in blanks, in other bases, with signs written out, with and without percent signs."""
    pairs = [
        ("addi 3,4,-5", "addi  3 , %r4 , 0 - 5"), ("li 3,0xfffffff0", "li 3,(0xfffffff0)"), ("lwz 3,8(4)", "lwz 3 , 8 ( %r4 )"),
        ("rlwinm 3,4,5,6,7", "rlwinm 3,4,5,(6),7"), ("slwi 3,4,5", "slwi 3,4,(5)"), ("cmpwi 3,4", "cmpwi 0,3,(4)"),
        ("fxvaddbm 1,2,3,1", "fxvaddbm %v1,2,3,(1)"), ("mtcrf 0x80,3", "mtcrf (128),3"), ("crset 4*cr1+eq", "crset 6"),
    ]  # fmt: skip
    for quick, thorough in pairs:
        words = [assemble(SourceFile("words.s", text)).sections[".text"].data.hex() for text in (quick, thorough)]
        assert words[0] == words[1], quick
