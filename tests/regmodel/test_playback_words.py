"""Playback words: round trips, and every way in which a program can be wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.check import halt_word
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.words import (
    decode_program,
    decode_word,
    encode_instruction,
    encode_instructions,
)
from hicannx.render import render_text

table = load_instructions()


@st.composite
def instructions(draw: st.DrawFn) -> tuple[str, dict[str, int]]:
    row = draw(st.sampled_from(table.to_fpga))
    return row.name, {field.name: draw(st.integers(0, field.highest)) for field in row.fields}


def program_of(*words: int) -> bytes:
    return b"".join(word.to_bytes(8, "big") for word in words)


def told(data: bytes) -> str:
    with pytest.raises(DiagnosticError) as caught:
        decode_program(data, "a.bin")
    return render_text(caught.value.diagnostics).strip()


write = encode_instruction("omnibus_address", address=0x02800123)
read = encode_instruction("omnibus_address", address=0x02800123, is_read=1)
data_word = encode_instruction("omnibus_data", data=1)
halt = halt_word()


def test_codes_are_dense_and_fields_disjoint() -> None:
    for rows in (table.to_fpga, table.from_fpga):
        assert [row.code for row in rows] == list(range(len(rows)))
        for row in rows:
            assert sum(field.mask for field in row.fields) == row.payload_mask < 1 << row.payload_bits
            assert row.response is None or row.response in table.messages
            assert row.responds_if is None or row.responds_if in row.by_name


@given(instructions())
def test_word_round_trip(instruction: tuple[str, dict[str, int]]) -> None:
    name, fields = instruction
    assert decode_word(encode_instruction(name, **fields)) == (name, fields)


@given(st.sampled_from(table.to_fpga), st.integers(0, 5), st.data())
def test_many_words_are_those_of_each(row: Any, count: int, data: st.DataObject) -> None:
    columns = {
        field.name: data.draw(st.lists(st.integers(0, field.highest), min_size=count, max_size=count))
        for field in row.fields
    }
    words = encode_instructions(row.name, **{key: np.array(values, np.int64) for key, values in columns.items()})
    each = [encode_instruction(row.name, **dict(zip(columns, values))) for values in zip(*columns.values())]
    assert words.tolist() == (each if columns else [encode_instruction(row.name)])


@given(st.binary(max_size=64))
def test_any_bytes_decode_or_are_diagnosed(data: bytes) -> None:
    try:
        program = decode_program(data, "x")
    except DiagnosticError as error:
        assert all(one.code[:2] == "B1" for one in error.diagnostics)
    else:
        assert len(program) * 8 == len(data)


@given(st.lists(instructions(), max_size=12), st.integers(0, 100))
def test_damaged_programs_decode_or_are_diagnosed(parts: list[tuple[str, dict[str, int]]], cut: int) -> None:
    data = program_of(*(encode_instruction(name, **fields) for name, fields in parts), halt)
    try:
        decode_program(data[: len(data) - cut], "x")
    except DiagnosticError as error:
        assert render_text(error.diagnostics)


def test_program_arrays() -> None:
    program = decode_program(program_of(write, data_word, read, halt), "x")
    assert program.codes.dtype == np.uint8
    assert program.codes.tolist() == [11, 12, 11, 10]
    assert program.payloads.dtype == np.int64
    assert program.payloads.tolist() == [0xF02800123, 1, 0x1F02800123, 0]
    assert [program.name(index) for index in range(len(program))] == [
        "omnibus_address", "omnibus_data", "omnibus_address", "loopback",
    ]  # fmt: skip
    assert program.fields(2) == {"address": 0x02800123, "byte_enables": 15, "is_read": 1}


def test_empty() -> None:
    assert told(b"") == "error[B111]: `a.bin` is empty\n  = help: a program ends with the halt word 0a00000000000000"


def test_cut_inside_a_word() -> None:
    assert told(program_of(read, halt)[:-3]) == (
        "error[B112]: `a.bin` ends inside word 1 (byte offset 8): 3 bytes are missing\n"
        "  = help: a program is a multiple of 8 bytes; the file was cut off or is something else"
    )
    assert "ends inside word 1 (byte offset 8): 1 byte is missing" in told(program_of(read, halt)[:-1])


def test_cut_between_words() -> None:
    assert told(program_of(read, read)) == (
        "error[B117]: `a.bin` does not halt: it ends after 2 words (16 bytes)\n"
        "  = help: append the halt word 0a00000000000000, or complete the file if it was cut off"
    )


def test_unknown_codes() -> None:
    assert told(program_of(read, 0x10 << 56, 0xFF << 56 | 1, 0x80 << 56, halt)) == (
        "error[B113]: `a.bin`: word 1 (byte offset 8, 1000000000000000) is no instruction: there is none with the code 0x10\n"
        "  = note: 2 more such words\n"
        "  = help: codes are 0x00 to 0x0f, in the first byte of a word"
    )


def test_reserved_bits() -> None:
    assert told(program_of(0x0400000000000100, halt)) == (
        "error[B114]: `a.bin`: word 0 (byte offset 0, 0400000000000100) sets bits that `timer_setup` does not have: 0x100\n"
        "  = help: bits outside of an instruction's fields are zero"
    )
    for row in table.to_fpga:
        for bit in range(56):
            word = row.code << 56 | 1 << bit
            if row.payload_mask >> bit & 1:
                assert decode_word(word)[0] == row.name
            else:
                with pytest.raises(DiagnosticError) as caught:
                    decode_word(word)
                assert [one.code for one in caught.value.diagnostics] == ["B114"]


def test_write_without_data() -> None:
    assert told(program_of(write, read, halt)) == (
        "error[B115]: `a.bin`: the Omnibus write to 0x02800123 in word 0 (byte offset 0, 0b00000f02800123)"
        " is followed by `omnibus_address`\n"
        "  = help: put `omnibus_data` right behind it"
    )
    assert "is followed by the end of the program" in told(program_of(write))


def test_data_without_address() -> None:
    assert told(program_of(read, data_word, write, data_word, data_word, data_word, halt)) == (
        "error[B116]: `a.bin`: the Omnibus data in word 1 (byte offset 8, 0c00000000000001) has no write address before it\n"
        "  = note: 2 more such words\n"
        "  = help: put `omnibus_address` right before it"
    )


def test_words_behind_the_halt() -> None:
    assert told(program_of(read, halt, read, halt)) == (
        "error[B118]: `a.bin`: word 1 (byte offset 8, 0a00000000000000) halts, but 2 more follow\n"
        "  = help: a program halts once; split the file behind the halt"
    )


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(DiagnosticError) as caught:
        decode_program(program_of(write, read, data_word), "a.bin")
    assert [one.code for one in caught.value.diagnostics] == ["B115", "B116", "B117"]


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("wait", {}, "[B101] there is no playback instruction `wait`"),
        ("wait_until", {}, "[B102] `wait_until` lacks its field `value`"),
        ("wait_until", {"value": 1, "till": 2}, "[B101] `wait_until` has no field `till`"),
        ("wait_until", {"value": 1 << 32}, "[B103] 4294967296 does not fit in `value` of `wait_until`"),
        ("wait_until", {"value": -1}, "[B103] -1 does not fit in `value` of `wait_until`"),
        ("wait_until", {"value": 1.5}, "[B103] `1.5` is no integer, as `value` of `wait_until` needs one"),
        ("barrier", {"omnibus": 2, "jtag": 3}, "[B103] 2 does not fit in `omnibus` of `barrier`; [B103] 3 does not fit in `jtag` of `barrier`"),
    ],
)  # fmt: skip
def test_what_does_not_encode(name: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        encode_instruction(name, **fields)
    assert str(caught.value) == message
    with pytest.raises(DiagnosticError) as caught:
        encode_instructions(name, **{key: np.array([0, value]) for key, value in fields.items()})
    assert str(caught.value).split("]")[0] == message.split("]", maxsplit=1)[0]


def test_help_for_what_does_not_encode() -> None:
    with pytest.raises(DiagnosticError) as caught:
        encode_instruction("spike_pack_1", label0=1 << 16)
    assert caught.value.diagnostics[0].help == "the field has 16 bits: give 0 to 65535"
    with pytest.raises(DiagnosticError) as caught:
        encode_instruction("wait_untill", value=1)
    assert caught.value.diagnostics[0].help == "did you mean `wait_until`?"


def test_decode_word_tells_what_is_wrong() -> None:
    with pytest.raises(DiagnosticError) as caught:
        decode_word(0x40 << 56)
    title = "[B113] the word 4000000000000000 is no instruction: there is none with the code 0x40"
    assert str(caught.value) == title
