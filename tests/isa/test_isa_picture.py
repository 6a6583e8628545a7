"""The boxes of an encoding picture are the word."""

from __future__ import annotations

import pytest

from hicannx.isa.load import load_isa
from hicannx.isa.picture import Box, boxes

isa = load_isa()


@pytest.mark.parametrize("row", isa.instructions.values(), ids=lambda row: row.name)
def test_boxes_are_the_whole_word(row):
    found = boxes(row)
    bits = [bit for one in found for bit in range(one.msb, one.lsb - 1, -1)]
    assert bits == list(range(31, -1, -1))
    word = sum((one.value or 0) << one.lsb for one in found)
    mask = sum((1 << one.width) - 1 << one.lsb for one in found if one.value is not None)
    assert (word, mask) == (row.match, row.mask)
    assert {one.name for one in found if one.name} == set(row.format.fields)


def test_a_picture():
    assert boxes(isa.instructions["mtcrf"]) == (
        Box("opcode", 31, 26, 31),
        Box("RS", 25, 21),
        Box("ONE", 20, 20),
        Box("FXM", 19, 12),
        Box("", 11, 11),
        Box("xo", 10, 1, 144),
        Box("", 0, 0),
    )
    assert [(one.name, one.value) for one in boxes(isa.instructions["mfcr"])] == [
        ("opcode", 31),
        ("RT", None),
        ("", 0),
        ("", None),
        ("xo", 19),
        ("", None),
    ]
