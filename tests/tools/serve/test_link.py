"""The FPGA's end of the link, step by step."""

from __future__ import annotations

import struct

import attrs
import pytest

from hicannx.tools.serve.link import Dropped, Link, configuration
from hicannx.tools.serve.protocol import load_protocol
from hostarq import CONFIGURATION, FLUSH, LOOPBACK, RESET, WORDS, frame

client, stranger = ("127.0.0.1", 40000), ("127.0.0.1", 40001)
_repeat_us, _acknowledge_us = load_protocol().time_us("retransmit"), load_protocol().time_us("acknowledge")


@attrs.define
class User:
    """Takes words while it has room."""

    words: list[bytes] = attrs.field(factory=list)
    has_room: bool = True


def open_link(user: User | None = None) -> Link:
    """A link whose answer to the reset has been acknowledged, with an empty `datagrams`."""
    user = user or User()
    link = Link(user.words.append, lambda: user.has_room)
    assert link.is_reset(RESET)
    link.reset(client)
    (answer,) = link.datagrams(0)
    assert answer == frame(255, 0, CONFIGURATION, configuration())
    link.take(struct.pack(">I", 0), client, 0)
    assert link.datagrams(0) == []
    return link


def test_the_answer_to_a_reset_tells_sizes_and_the_design() -> None:
    payload = configuration()
    assert struct.unpack_from(">4Q", payload) == (256, 128, 180, len(payload) // 8 - 4)
    assert payload[32:].rstrip(b"\0") == b"version: 1\ncompatible_until: 0\n"
    assert payload.endswith(b"\0") and len(payload) % 8 == 0


def test_nothing_is_taken_before_a_reset() -> None:
    user = User()
    link = Link(user.words.append, lambda: True)
    link.take(frame(255, 0, WORDS, bytes(8)), client, 0)
    assert (user.words, link.datagrams(10**9), link.due_us()) == ([], [], None)
    assert link.dropped == {Dropped.FOREIGN: 1}


@pytest.mark.parametrize("request_", [b"", RESET[:3], RESET + RESET, bytes(4), RESET[::-1][:3] + b"\0"])
def test_only_the_right_bytes_reset(request_: bytes) -> None:
    link = open_link()
    assert not link.is_reset(request_)
    assert link.dropped == {Dropped.NO_RESET: 1}


def test_words_arrive_in_order_and_are_acknowledged_a_little_later() -> None:
    user = User()
    link = open_link(user)
    link.take(frame(0, 1, WORDS, b"b" * 8), client, 1000)
    assert user.words == []
    assert link.due_us() is None
    link.take(frame(0, 0, WORDS, b"a" * 8), client, 1001)
    assert user.words == [b"a" * 8, b"b" * 8]
    assert link.due_us() == 1001 + _acknowledge_us
    assert link.datagrams(1000 + _acknowledge_us) == []
    assert link.datagrams(1001 + _acknowledge_us) == [struct.pack(">I", 1)]
    assert link.due_us() is None


def test_an_answer_takes_the_acknowledgement_along() -> None:
    link = open_link()
    link.take(frame(0, 0, LOOPBACK, b"loopback" * 3), client, 1000)
    assert link.datagrams(1000) == [frame(0, 1, LOOPBACK, b"loopback" * 3)]
    assert link.datagrams(1000 + _acknowledge_us) == []


def test_a_frame_that_has_come_before_is_acknowledged_at_once() -> None:
    user = User()
    link = open_link(user)
    for now in (0, 5000):
        link.take(frame(0, 0, WORDS, bytes(8)), client, now)
        assert link.datagrams(now + _acknowledge_us) == [struct.pack(">I", 0)]
    assert len(user.words) == 1
    link.take(frame(0, 0, WORDS, bytes(8)), client, 6000)
    assert link.datagrams(6000) == [struct.pack(">I", 0)]
    assert link.dropped == {Dropped.REPEATED: 2}


def test_frames_are_repeated_ever_more_rarely_until_they_are_acknowledged() -> None:
    link = open_link()
    link.put_words(b"w" * 8)
    sent, now = [], 0
    while now <= 40 * _repeat_us:
        sent += [now for _ in link.datagrams(now)]
        now = link.due_us()
    assert sent == [0, *(_repeat_us * (2**power - 1) for power in range(1, 6))]
    link.take(struct.pack(">I", 1), client, now)
    assert (link.due_us(), link.end.sender.is_idle) == (None, True)


def test_a_client_that_acknowledges_nothing_is_given_up() -> None:
    link = open_link()
    link.put_words(bytes(8 * 180 * 200))
    now = count = 0
    while link.is_open:
        count += len(link.datagrams(now))
        now = link.due_us() if link.is_open else now
    assert now == pytest.approx(load_protocol().time_us("give_up"), rel=0.01)
    assert count < 64 + 64 + 4 * 10_000
    assert (link.datagrams(now), link.due_us()) == ([], None)
    link.take(frame(0, 0, WORDS, bytes(8)), client, now)
    assert link.dropped == {Dropped.FOREIGN: 1}


def test_half_a_window_is_under_way_at_most() -> None:
    link = open_link()
    link.put_words(bytes(range(256)) * (8 * 180 * 130 // 256 + 1))
    assert len(link.datagrams(0)) == 64
    assert link.datagrams(0) == []
    link.take(struct.pack(">I", 2), client, 10)  # numbers 1 and 2
    assert [struct.unpack_from(">I", one, 4)[0] for one in link.datagrams(10)] == [65, 66]


@pytest.mark.parametrize("number", [0, 3, 200, 255])
def test_acknowledgements_of_what_is_not_under_way_mean_nothing(number: int) -> None:
    link = open_link()
    link.put_words(bytes(8 * 181))
    assert len(link.datagrams(0)) == 2
    link.take(struct.pack(">I", number), client, 1)
    assert len(link.end.sender.under_way) == 2


def test_no_frames_are_taken_while_there_is_no_room_but_those_that_have_come_are_kept() -> None:
    user = User(has_room=False)
    link = open_link(user)
    for sequence in range(200):
        link.take(frame(0, sequence, WORDS, sequence.to_bytes(8, "big")), client, 0)
    assert (user.words, len(link.end.receiver.waiting)) == ([], 128)
    assert link.datagrams(10) == [struct.pack(">I", 255)]  # numbers beyond the window count as repeated
    user.has_room = True
    link.deliver(20)
    assert user.words == [sequence.to_bytes(8, "big") for sequence in range(128)]
    assert link.datagrams(20 + _acknowledge_us) == [struct.pack(">I", 127)]


def test_a_client_that_asks_for_echoes_and_takes_none_has_no_room_either() -> None:
    link = open_link()
    sequence, most = 0, load_protocol().limits.answer_words
    for _ in range(2000):
        link.take(frame(0, sequence, LOOPBACK, bytes(8 * 180)), client, 0)
        sequence = (link.end.receiver.expected) % 256
        link.datagrams(0)
    assert link.end.sender.waiting_words <= most + 180
    assert len(link.end.sender.under_way) == 64


def test_strangers_are_not_heard() -> None:
    user = User()
    link = open_link(user)
    link.take(frame(0, 0, WORDS, bytes(8)), stranger, 0)
    link.take(frame(0, 0, WORDS, bytes(8)), ("127.0.0.2", client[1]), 0)
    assert (user.words, link.dropped) == ([], {Dropped.FOREIGN: 2})


def test_unknown_types_are_acknowledged_and_ignored() -> None:
    user = User()
    link = open_link(user)
    for sequence, kind in enumerate((0x0000, 0x8003, 0x8004, 0x8006, 0x5000, 0xFFFF, CONFIGURATION)):
        link.take(frame(0, sequence, kind, bytes(8)), client, 0)
    assert link.datagrams(_acknowledge_us) == [struct.pack(">I", 6)]
    assert (user.words, link.dropped) == ([], {Dropped.UNKNOWN: 6})


def test_malformed_datagrams_are_counted() -> None:
    link = open_link()
    link.take(b"12345", client, 0)
    assert link.dropped == {Dropped.MALFORMED: 1}


def test_a_reset_begins_anew() -> None:
    user = User()
    link = open_link(user)
    link.take(frame(0, 0, WORDS, b"a" * 8), client, 0)
    link.take(frame(0, 2, WORDS, b"c" * 8), client, 0)
    link.put_words(bytes(8))
    link.reset(stranger)
    assert link.datagrams(0) == [frame(255, 0, CONFIGURATION, configuration())]
    link.take(frame(0, 1, WORDS, b"b" * 8), client, 0)
    link.take(frame(0, 0, WORDS, b"d" * 8), stranger, 0)
    assert user.words == [b"a" * 8, b"d" * 8]


def test_a_client_takes_its_leave_with_a_flush_and_silence() -> None:
    link, linger = open_link(), load_protocol().time_us("linger")
    link.take(frame(0, 0, FLUSH, bytes(8)), client, 1000)
    assert not link.is_finished(999 + linger)
    assert link.is_finished(1000 + linger)
    link.take(frame(0, 0, FLUSH, bytes(8)), client, 2000 + linger)  # it has not heard of the acknowledgement
    assert not link.is_finished(2000 + linger)
    link.take(frame(0, 1, WORDS, bytes(8)), client, 3000 + linger)
    assert not link.is_finished(10**9)
