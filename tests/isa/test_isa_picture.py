"""Pictures of encodings: every bit in one box, numbered as the Power ISA does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.isa.load import load_foreign, load_isa
from hicannx.isa.picture import Box, picture, picture_lines

isa, foreign = load_isa(), load_foreign()
rows = [*isa.instructions.values(), *foreign.instructions.values()]


@pytest.mark.parametrize("row", rows, ids=lambda row: row.name)
def test_every_bit_is_in_one_box(row):
    boxes = picture(row)
    assert [boxes[0].first, boxes[-1].last] == [0, 31]
    assert all(one.last + 1 == two.first for one, two in pairwise(boxes))
    assert {box.name for box in boxes if box.name} == set(row.format.fields)
    assert {box.name for box in boxes if box.is_opcode} == set(row.format.fields) - set(row.fields)
    known = sum(box.value << box.lsb for box in boxes if box.value is not None)
    assert known == row.match
    lines = picture_lines(boxes)
    assert lines[1] == lines[3] and len(lines[1]) == len(lines[2]) >= len(lines[0])


@given(st.sampled_from(rows), st.integers(0, 0xFFFFFFFF))
def test_the_values_of_a_word_are_its_bits(row, noise):
    word = row.match | noise & ~row.mask
    told = row.mask | sum(field.mask for field in row.fields.values())
    assert sum(box.value << box.lsb for box in picture(row, word) if box.value is not None) == word & told


def test_text():
    assert picture_lines(picture(isa.instructions["addi"], 0x38600005)) == [
        " 0     5 6   10 11  15 16             31",
        "+-------+------+------+-----------------+",
        "|   14  | RT=3 | RA=0 |       SI=5      |",
        "+-------+------+------+-----------------+",
    ]
    assert picture_lines(picture(isa.instructions["mfcr"])) == [
        " 0     5 6   10 11  12      20 21       30 31",
        "+-------+------+---+----------+-----------+---+",
        "|   31  |  RT  | 0 |    /     |     19    | / |",
        "+-------+------+---+----------+-----------+---+",
    ]


def test_fixed_fields_have_their_values():
    one = next(one for one in isa.syntaxes["blt"] if one.extended)
    boxes = picture(one.instruction, fixed=one.fixed)
    assert boxes[1] == Box("BO", 25, 21, 12)
    assert boxes[2] == Box("BI", 20, 16, None)
    spr = picture(isa.instructions["mfspr"], fixed={"SPR": 284})
    assert spr[2].value == 0b11100_01000  # halves exchanged
