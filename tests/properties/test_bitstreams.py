"""Any bitstream is decoded or told what is wrong with it; text and words, arrays and single messages mean the same."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from itertools import takewhile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.playback.assemble import assemble, assemble_answers
from hicannx.regmodel.playback.messages import Message, decode_answers, decode_messages, encode_messages
from hicannx.regmodel.playback.show import show, show_answers
from hicannx.regmodel.playback.split import split
from hicannx.regmodel.playback.words import Program, decode_program
from hicannx.render import render_json, render_text
from hicannx.source import SourceFile
from properties.bitstream import as_words, damaged, programs, real_answers, real_programs, received
from properties.budget import budget
from properties.plainstream import DamagedError, decode, encode, messages

options = st.fixed_dictionaries({name: st.booleans() for name in ("registers", "brief", "words")})
any_program = st.one_of(programs(), st.sampled_from(real_programs))


def told(error: DiagnosticError, first: str) -> None:
    """Every diagnostic has a code of its family, and can be printed."""
    assert all(one.code.startswith(first) for one in error.diagnostics), error
    assert render_text(error.diagnostics)
    assert render_json(error.diagnostics)


def decoded(data: bytes) -> Program | None:
    try:
        return decode_program(data, "x")
    except DiagnosticError as error:
        told(error, "B1")
        return None


def assembled(text: str) -> bytes:
    return assemble(SourceFile("x", text)).words.astype(">u8").tobytes()


@budget(1.5)
@given(programs(), options)
def test_text_of_a_program_assembles_back(data: bytes, form: dict[str, bool]) -> None:
    program = decode_program(data, "x")
    assert assembled("\n".join(show(program, **form))) == data


@budget(0.3)
@given(damaged(any_program), options)
def test_damaged_programs_are_shown_or_told(data: bytes, form: dict[str, bool]) -> None:
    program = decoded(data)
    if program is not None:
        assert assembled("\n".join(show(program, **form))) == data


@pytest.mark.parametrize("data", [min(real_programs, key=len)])
def test_programs_cut_at_any_byte_are_told(data: bytes) -> None:
    for cut in range(len(data)):
        with pytest.raises(DiagnosticError) as caught:
            decode_program(data[:cut], "x")
        (code, *_) = (one.code for one in caught.value.diagnostics)
        assert (code == "B111", code == "B112") == (cut == 0, cut % 8 > 0)
        assert caught.value.diagnostics[-1].code in ("B111", "B112", "B117")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_program_or_told(data: bytes) -> None:
    decoded(data)
    try:
        list(show_answers(decode_answers(data, "x")))
    except DiagnosticError as error:
        told(error, "B2")


@given(any_program)
def test_programs_word_by_word(data: bytes) -> None:
    program = decode_program(data, "x")
    plain = list(decode(data))
    assert [(program.name(index), program.fields(index)) for index in range(len(program))] == plain
    assert encode(plain) == data


answers = st.lists(received, max_size=20).map(
    lambda sent: encode_messages([Message(*one) for one in sent]).astype(">u8").tobytes()
)
idle = st.lists(st.sampled_from([1 << 63, (1 << 64) - 1]), max_size=2).map(
    lambda words: np.array(words, ">u8").tobytes()
)
streams = st.lists(st.one_of(answers, idle, st.sampled_from(real_answers)), max_size=4).map(b"".join)


@budget(2)
@given(st.one_of(streams, damaged(streams), st.binary(max_size=400)))
def test_arrays_are_what_a_loop_finds(data: bytes) -> None:
    words = as_words(data)
    found = []
    try:
        for one in messages(words.astype(">u8").tobytes()):
            found.append(one)
    except DamagedError as error:
        with pytest.raises(DiagnosticError) as caught:
            split(words)
        assert [one.code for one in caught.value.diagnostics] == [str(error)]
        return
    assert [(one.name, one.fields, one.fpga_time) for one in decode_messages(words)] == found


@budget(0.5)
@given(st.lists(received, max_size=20))
def test_text_of_answers_assembles_back(sent: list[tuple[str, dict[str, int]]]) -> None:
    words = encode_messages([Message(*one) for one in sent])
    text = "\n".join(show_answers(decode_messages(words)))
    assert assemble_answers(SourceFile("x", text)).tolist() == words.tolist()


pieces = st.sampled_from(
    [
        "write",
        "read",
        "spikes",
        "halt",
        "tick",
        "barrier",
        "omnibus",
        "jtag",
        "wait_until",
        "jtag_data",
        "keep_response",
        "NeuronConfig",
        "[0]",
        "[row=1]",
        "[",
        "]",
        ":",
        ",",
        "=",
        "0x12",
        "-1",
        "0b2",
        "99999999999999",
        "word",
        "bytes",
        "at",
        "enable_fire=1",
        "enable_fire",
        "mask=[1",
        "2]",
        "0",
        "CrossbarNode",
        "#",
        "true",
        "\t",
        "\r",
        "é",
        "\x00",
    ]
)
lines = st.lists(pieces, max_size=8).map(" ".join)


@budget(3)
@given(st.lists(st.one_of(lines, st.text(max_size=30)), max_size=6).map("\n".join))
def test_any_text_is_a_program_or_told(text: str) -> None:
    for make in (assemble, assemble_answers):
        try:
            make(SourceFile("x", text))
        except DiagnosticError as error:
            assert all(one.code[0] in "BR" for one in error.diagnostics)
            assert render_text(error.diagnostics)


@budget(0.3)
@given(programs(), st.data())
def test_changed_text_is_a_program_or_told(data: bytes, drawn: st.DataObject) -> None:
    text = list("\n".join(show(decode_program(data, "x"))))
    for _ in range(drawn.draw(st.integers(1, 3))):
        at = drawn.draw(st.integers(0, len(text) - 1))
        text[at : at + 1] = drawn.draw(st.sampled_from(["", " ", "0", "f", "x", "[", "=", "\n", text[at] * 2]))
    try:
        program = assemble(SourceFile("x", "".join(text)))
    except DiagnosticError as error:
        assert render_text(error.diagnostics)
    else:
        assert decode_program(program.words.astype(">u8").tobytes(), "x").words.tolist() == program.words.tolist()


def traced(data: bytes) -> tuple[int, int]:
    """Bytes that reading a stream leaves behind, and those that it takes at most."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for act in (lambda: list(takewhile(len, show(decode_program(data, "x")))), lambda: decode_answers(data, "x")):
            with suppress(DiagnosticError):
                act()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return now - before, peak - before


def test_memory_does_not_grow() -> None:
    generator = np.random.default_rng(3)
    words = generator.integers(0, 1 << 16, 3_000).astype(np.uint64)
    halt = np.array([0x0A << 56], np.uint64)
    valid = [np.concatenate([words | np.uint64(code << 56), halt]) for code in (0x0D, 0x05)]
    wild = generator.integers(0, 1 << 63, 3_000).astype(np.uint64)
    for stream in (*valid, wild, wild | np.uint64(1 << 63), np.zeros(3_000, np.uint64)):
        data = stream.astype(">u8").tobytes()
        traced(data)  # fills what is made once
        left, peak = traced(data)
        assert left < 100_000
        assert peak < 300 * len(data)
