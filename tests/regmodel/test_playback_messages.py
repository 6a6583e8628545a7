"""Messages from the FPGA: times, round trips, damaged streams, and the merged stream of a run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import DiagnosticError
from hicannx.emu.response import HALT, READ, SYSTIME, TICK, TIMEOUT, response_words
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.messages import Message, annotate, decode_messages, encode_messages
from hicannx.render import render_text

table = load_instructions()
plain = [row for row in table.from_fpga if row.name not in ("systime", "sysdelta")]
last_time = 1 << 43


@st.composite
def messages(draw: st.DrawFn) -> Message:
    row = draw(st.sampled_from(plain))
    fields = {field.name: draw(st.integers(0, field.highest)) for field in row.fields}
    return Message(row.name, fields, draw(st.one_of(st.integers(1, 600), st.integers(1, last_time))))


def read(value: int, time: int) -> Message:
    return Message("omnibus_data", {"data": value}, time)


def hexadecimal(words: np.ndarray) -> list[str]:
    return [f"{word:016x}" for word in words]


@given(st.lists(messages(), max_size=12))
def test_stream_round_trip(sent: list[Message]) -> None:
    received = decode_messages(encode_messages(sent))
    assert [(one.name, one.fields) for one in received] == [(one.name, one.fields) for one in sent]


@given(st.lists(messages(), max_size=12))
def test_annotation_gives_every_message_its_time(sent: list[Message]) -> None:
    timed = annotate(sent)
    received = decode_messages(encode_messages(timed))
    assert [(one.name, one.fields, one.fpga_time) for one in received] == [
        (one.name, one.fields, one.fpga_time) for one in timed
    ]
    kept = [one for one in received if one.name not in ("systime", "sysdelta")]
    assert [(one.fields, one.fpga_time) for one in kept] == [(one.fields, one.fpga_time) for one in sent]
    assert encode_messages(annotate(kept)).tolist() == encode_messages(timed).tolist()


def test_which_time_messages_are_inserted() -> None:
    times = [5, 6, 8, 265, 522, 780, 780, 779]
    timed = annotate([read(0, time) for time in times])
    assert [(one.name, one.fields.get("value"), one.fpga_time) for one in timed if one.name != "omnibus_data"] == [
        ("systime", 4, 4),
        ("sysdelta", 0, 7),
        ("sysdelta", 255, 264),
        ("sysdelta", 255, 521),
        ("systime", 779, 779),
        ("systime", 779, 779),
        ("systime", 778, 778),
    ]


def test_a_halt_begins_a_new_program() -> None:
    halt = Message("loopback", {"marker": 0}, 10)
    names = [one.name for one in annotate([read(0, 9), halt, read(0, 11)])]
    assert names == ["systime", "omnibus_data", "loopback", "systime", "omnibus_data"]


def test_own_systime_stays_and_needs_no_other() -> None:
    assert annotate([Message("systime", {"value": 7}), read(1, 8)]) == [Message("systime", {"value": 7}, 7), read(1, 8)]


@given(st.integers(1, last_time), st.integers(0, 127), st.integers(0, 1))
def test_chip_times_of_events(time: int, age: int, half: int) -> None:
    stamp = (2 * (time - age) + half) & 255
    sent = [Message("spike_pack_1", {"label0": 3, "time0": stamp}, time)]
    assert decode_messages(encode_messages(annotate(sent)))[-1].chip_times == ((time - age) % last_time,)


def test_idle_words_and_commas_are_skipped() -> None:
    one = encode_messages([Message("spike_pack_3", dict.fromkeys(table.messages["spike_pack_3"].by_name, 1))])
    idle = np.array([1 << 63, (1 << 64) - 1], np.uint64)
    assert hexadecimal(one) == ["0c01000101000101", "0001800000000000"]
    received = decode_messages(np.concatenate([idle, one, idle, one, idle]))
    assert [message.name for message in received] == ["spike_pack_3"] * 2


@given(st.lists(st.integers(0, (1 << 64) - 1), max_size=6))
def test_any_words_decode_or_are_diagnosed(words: list[int]) -> None:
    try:
        decode_messages(np.array(words, np.uint64))
    except DiagnosticError as error:
        assert error.diagnostics[0].code in ("B201", "B202", "B203")
        assert render_text(error.diagnostics)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [1 << 56, 0x0D << 56],
            "error[B201]: no message from the FPGA has the code 0x0d, which stands at byte offset 8 (word 1, 0d00000000000000)\n"
            "  = help: codes are 0x00 to 0x0c; the stream is damaged here or before",
        ),
        (
            [0x0C << 56],
            "error[B202]: the stream ends inside the message `spike_pack_3` at byte offset 0 (word 0, 0c00000000000000):"
            " 2 bytes are missing\n"
            "  = help: the stream was cut off; give all of its words",
        ),
        (
            [0x0200000000000100],
            "error[B203]: the message `loopback` at byte offset 0 (word 0, 0200000000000100) sets bits that it does not have: 0x100\n"
            "  = help: bits outside of a message's fields are zero; the stream is damaged",
        ),
    ],
)
def test_damaged_streams(words: list[int], message: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        decode_messages(np.array(words, np.uint64))
    assert render_text(caught.value.diagnostics) == message


@pytest.mark.parametrize("time", [0, last_time + 1])
def test_impossible_times(time: int) -> None:
    with pytest.raises(DiagnosticError) as caught:
        annotate([read(0, time)])
    assert render_text(caught.value.diagnostics) == (
        f"error[B204]: a message `omnibus_data` cannot have the FPGA time {time}\n  = help: times are 1 to 8796093022208 cycles"
    )


def test_messages_that_do_not_encode() -> None:
    with pytest.raises(DiagnosticError, match=r"\[B101\] there is no message from the FPGA `spike`"):
        encode_messages([Message("spike", {})])
    with pytest.raises(DiagnosticError, match=r"\[B103\] 256 does not fit in `value` of `sysdelta`"):
        encode_messages([Message("sysdelta", {"value": 256})])


def rows(*responses: tuple[int, int, int]) -> np.ndarray:
    return np.array(responses, np.int64).reshape(-1, 3)


def answer(responses: np.ndarray, arrivals: list[int], stamps: list[int], labels: list[int]) -> list[Message]:
    words = response_words(
        responses, np.array(arrivals, np.int64), np.array(stamps, np.int64), np.array(labels, np.uint16)
    )
    return decode_messages(words)


def test_answers_of_a_run() -> None:
    responses = rows((READ, 40, 0xCAFE), (TICK, 44, 1), (SYSTIME, 48, 12), (TIMEOUT, 60, 5), (HALT, 400, 0))
    received = [one for one in answer(responses, [], [], []) if one.name != "sysdelta"]
    assert [(one.name, tuple(one.fields.values()), one.fpga_time) for one in received] == [
        ("systime", (9,), 9),
        ("omnibus_data", (0xCAFE,), 10),
        ("loopback", (1,), 11),
        ("systime", (12,), 12),
        ("timeout_notification", (5, 0, 0), 15),
        ("loopback", (0,), 100),
    ]


def test_spikes_of_a_cycle_share_messages() -> None:
    arrivals = [40, 41, 42, 43, 44, 52, 55]
    received = answer(rows((HALT, 100, 0)), arrivals, [20, 20, 19, 21, 18, 26, 25], [1, 2, 3, 4, 5, 6, 7])
    spikes = [one for one in received if one.name.startswith("spike")]
    assert [(one.name, one.fpga_time, one.chip_times) for one in spikes] == [
        ("spike_pack_3", 10, (10, 10, 9)),
        ("spike_pack_1", 10, (10,)),
        ("spike_pack_1", 11, (9,)),
        ("spike_pack_2", 13, (13, 12)),
    ]
    assert [value for one in spikes for name, value in one.fields.items() if name.startswith("label")] == [*range(1, 8)]


def test_halt_is_last_and_empty_runs_have_no_words() -> None:
    received = answer(rows((READ, 8, 3), (HALT, 8, 0)), [8, 80], [4, 40], [1, 2])
    assert [(one.name, one.fpga_time) for one in received if one.name not in ("sysdelta", "systime")] == [
        ("spike_pack_1", 2), ("omnibus_data", 2), ("spike_pack_1", 20), ("loopback", 20),
    ]  # fmt: skip
    assert answer(rows(), [], [], []) == []


def test_an_answer_that_is_no_halt_keeps_its_time_when_it_is_the_last() -> None:
    received = answer(rows((READ, 8, 3)), [80], [40], [1])
    assert [(one.name, one.fpga_time) for one in received if one.name not in ("sysdelta", "systime")] == [
        ("omnibus_data", 2), ("spike_pack_1", 20),
    ]  # fmt: skip


def test_an_answer_at_time_zero_comes_at_the_first_time_that_there_is() -> None:
    assert [one.fpga_time for one in answer(rows((READ, 0, 3), (HALT, 4, 0)), [], [], [])] == [0, 1, 0, 1]


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 60), st.integers(0, 65535)), max_size=40))
def test_all_spikes_come_back_with_their_times(spikes: list[tuple[int, int, int]]) -> None:
    spikes = sorted((4 + time, age, label) for time, age, label in spikes)
    arrivals, labels = [time for time, _, _ in spikes], [label for _, _, label in spikes]
    stamps = [max(time // 2 - age, 0) for time, age, _ in spikes]
    received = answer(rows((READ, 20, 1), (READ, 2000, 2), (HALT, 3000, 0)), arrivals, stamps, labels)
    found = [
        (one.fpga_time, one.chip_times[index], one.fields[f"label{index}"])
        for one in received
        if one.name.startswith("spike")
        for index in range(len(one.chip_times))
    ]
    assert found == [(time // 4, stamp // 2, label) for time, stamp, label in zip(arrivals, stamps, labels)]
    assert [one.fields["data"] for one in received if one.name == "omnibus_data"] == [1, 2]
    assert received[-1].name == "loopback"
