"""Every row: operands to a word, the word to its row and to a text, and the text to the same word in both dialects."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hicannx.asm.assemble import assemble
from hicannx.asm.dialect import load_dialects
from hicannx.asm.form import forms_of
from hicannx.asm.options import Options
from hicannx.diagnostic import DiagnosticError, Severity
from hicannx.isa.codec import decode, encode
from hicannx.isa.disassemble import disassemble
from hicannx.isa.formula import evaluate
from hicannx.isa.load import load_foreign, load_isa
from hicannx.isa.pattern import compile_pattern
from hicannx.source import SourceFile

isa, foreign = load_isa(), load_foreign()
both = [*isa.instructions.values(), *foreign.instructions.values()]
ppu, gas = Options(), Options(dialect="gas", register_names=True)
refused = load_dialects().dialects["gas"].refused


def word_of(text: str, options: Options) -> int:
    return int.from_bytes(assemble(SourceFile("text.s", f" {text}\n"), options).sections[".text"].data, "big")


def words_of(text: str, options: Options, refused: str) -> list[int]:
    """The word, or none where the assembler refuses operands with this diagnostic: no programmer means them."""
    try:
        return [word_of(text, options)]
    except DiagnosticError as error:
        assert {one.code for one in error.diagnostics if one.severity is Severity.ERROR} == {refused}
        return []


def values_of(operand) -> st.SearchStrategy[int]:
    low, high = -(-operand.low // operand.scale), operand.high // operand.scale
    edges = st.sampled_from([low, high, max(low, 0), min(high, 1)])
    return (edges | st.integers(low, high)).map(lambda number: number * operand.scale)


def fits(syntax, values) -> bool:
    """Whether the operands fit together: what follows from them has room, and no form is refused."""
    given_values = {operand.name: value for operand, value in zip(syntax.operands, values, strict=True)}
    for name, text in syntax.derived.items():
        if not syntax.instruction.format.fields[name].holds(evaluate(text, given_values)):
            return False
    known = given_values | dict.fromkeys(("RT", "RA"), -1) | given_values
    return not any(form.is_refused(known) for form in forms_of(syntax) if form.code == "A209")


def told(isa_of, word: int) -> int:
    """The bits of a word that its text tells, all where it has none."""
    row = decode(isa_of, word)
    patterns = (compile_pattern(one, isa_of.kinds) for one in isa_of.preferred_syntaxes[row.name])
    syntax = next((one.syntax for one in patterns if one.texts(word) is not None), None)
    if syntax is None:
        return 0xFFFFFFFF
    fields = row.format.fields
    lost = sum(bits << fields[name].lsb for name, bits in syntax.lost.items())
    return 0xFFFFFFFF & ~row.format.ignored & ~lost


@pytest.mark.parametrize("row", isa.instructions.values(), ids=lambda row: row.name)
@settings(max_examples=25)
@given(data=st.data())
def test_operands_word_text_and_back(row, data):
    syntax = data.draw(st.sampled_from(isa.syntaxes_of[row.name]))
    values = [data.draw(values_of(operand)) for operand in syntax.operands]
    assume(fits(syntax, values))
    word = encode(syntax, values)
    assert decode(isa, word) is row
    text = disassemble(isa, word)
    assert (word_of(text, ppu) ^ word) & told(isa, word) == 0
    if text.split()[0] not in refused:
        assert all((one ^ word) & told(isa, word) == 0 for one in words_of(text, gas, "A612"))


@pytest.mark.parametrize("row", foreign.instructions.values(), ids=lambda row: row.name)
@settings(max_examples=10)
@given(data=st.data())
def test_what_the_processor_lacks_goes_both_ways_too(row, data):
    syntax = data.draw(st.sampled_from(foreign.syntaxes_of[row.name]))
    values = [data.draw(values_of(operand)) for operand in syntax.operands]
    assume(fits(syntax, values))
    word = encode(syntax, values)
    assert decode(foreign, word) is row
    assert decode(isa, word) is None
    if syntax.gas:
        assert (word_of(disassemble(foreign, word), gas) ^ word) & told(foreign, word) == 0


def test_no_two_rows_match_the_same_word():
    """By their masks, for all pairs of rows of the processor and of those that it lacks."""
    for one, two in itertools.combinations(both, 2):
        assert (one.match ^ two.match) & one.mask & two.mask, (one.name, two.name)


@given(st.integers(0, 0xFFFFFFFF) | st.builds(lambda row, noise: row.match | noise & ~row.mask,
                                              st.sampled_from(both), st.integers(0, 0xFFFFFFFF)))  # fmt: skip
def test_a_word_is_of_one_row_or_of_none(word):
    matching = [row for row in both if word & row.mask == row.match]
    assert [row for row in (decode(isa, word), decode(foreign, word)) if row] == matching
    assert len(matching) <= 1


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, (1 << 30) - 1).map(lambda number: number * 4))
def test_any_word_has_a_text_that_assembles(word, address):
    """Where it has no text of its own, `.long`; branches reach the same target from the same address."""
    text = disassemble(isa, word, 0)
    mask = told(isa, word) if decode(isa, word) else 0xFFFFFFFF
    assert all((one ^ word) & mask == 0 for one in words_of(text, ppu, "A209"))
    assert disassemble(isa, word, address).split()[0] == text.split()[0]
