"""Properties of the link over networks that lose, double and delay, and with clients that send anything."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from hicannx.tools.serve.link import Link
from hicannx.tools.serve.protocol import load_protocol
from hostarq import FLUSH, HALF, LOOPBACK, RESET, WORDS, Host, Network, frame

client = ("127.0.0.1", 40000)
shares = st.sampled_from([0.0, 0.02, 0.1, 0.3, 0.5])
_patience_us = 20_000_000


def open_link() -> tuple[Link, list[bytes]]:
    words: list[bytes] = []
    link = Link(words.append, lambda: True)
    link.reset(client)
    return link, words


def exchange(link: Link, host: Host, there: Network, back: Network, now: int = 0) -> int:
    """Let time pass until both have everything acknowledged; the time then."""
    end = now + _patience_us
    while not (host.is_up and host.is_done and link.end.sender.is_idle and not link.end.receiver.waiting):
        assert now < end, "nothing goes on"
        for datagram in host.datagrams(now):
            there.put(datagram, now)
        for datagram in there.take(now):
            link.take(datagram, client, now)
        for datagram in link.datagrams(now):
            back.put(datagram, now)
        for datagram in back.take(now):
            host.take(datagram, now)
        now += 97
    return now


def numbered(count: int, first: int = 0) -> bytes:
    return b"".join((first + index).to_bytes(8, "big") for index in range(count))


@given(st.integers(0, 2**32), shares, shares, shares, st.integers(1, 200), st.integers(1, HALF), st.data())
def test_everything_arrives_once_and_in_order(
    seed: int, loss: float, double: float, late: float, frames: int, window: int, data: st.DataObject
) -> None:
    link, words = open_link()
    host = Host(window)
    lengths = data.draw(st.lists(st.integers(1, 180), min_size=1, max_size=frames))
    for index, length in enumerate(lengths):
        host.put(WORDS, numbered(length, 1000 * index))
        link.put_words(numbered(length, 10**6 + 1000 * index))
    exchange(link, host, *(Network(seed + way, loss, double, late, way_us=300) for way in range(2)))
    assert b"".join(words) == b"".join(numbered(length, 1000 * index) for index, length in enumerate(lengths))
    sent = b"".join(numbered(length, 10**6 + 1000 * index) for index, length in enumerate(lengths))
    assert host.words() == sent


def test_sequence_numbers_return_many_times() -> None:
    link, words = open_link()
    host = Host(HALF)
    host.put(WORDS, numbered(180 * 1000))
    link.put_words(numbered(180 * 1000))
    exchange(link, host, *(Network(way, 0.02, 0.02, 0.02, way_us=300) for way in range(2)))
    assert b"".join(words) == host.words() == numbered(180 * 1000)


def test_a_host_with_a_whole_window_under_way_loses_nothing() -> None:
    link, words = open_link()
    host = Host()
    host.put(WORDS, numbered(180 * 1000))
    exchange(link, host, Network(1, 0.02), Network(2, 0.02))
    assert b"".join(words) == numbered(180 * 1000)


@given(st.integers(0, 2**32), shares, st.integers(1, 30))
def test_echoes_come_between_words_in_the_order_of_their_frames(seed: int, loss: float, count: int) -> None:
    link, _ = open_link()
    host = Host()
    for index in range(count):
        host.put(LOOPBACK, numbered(1 + index))
    exchange(link, host, Network(seed, loss), Network(seed + 1, loss))
    assert [payload for kind, payload in host.received if kind == LOOPBACK] == [numbered(1 + i) for i in range(count)]


numbers = st.one_of(st.integers(0, 255), st.integers(0, 2**32 - 1))
kinds = st.one_of(st.sampled_from([WORDS, FLUSH, LOOPBACK, 0x8002, 0x8003]), st.integers(0, 0xFFFF))
payloads = st.integers(0, 181).map(lambda count: bytes(8 * count))
well_formed = st.builds(frame, numbers, numbers, kinds, payloads)
anything = st.one_of(st.binary(max_size=40), st.builds(lambda n: struct.pack(">I", n), numbers), well_formed)


@given(st.lists(st.tuples(anything, st.booleans(), st.integers(0, 100_000)), max_size=300), st.booleans())
def test_no_datagram_does_harm(events: list[tuple[bytes, bool, int]], has_room: bool) -> None:
    words: list[bytes] = []
    link = Link(words.append, lambda: has_room)
    link.reset(client)
    now = sent = 0
    for datagram, is_clients, pause_us in events:
        now += pause_us
        link.is_reset(datagram)
        link.take(datagram, client if is_clients else ("127.0.0.1", 1), now)
        sent += len(link.datagrams(now))
        assert len(link.end.receiver.waiting) <= 128
        assert len(link.end.sender.under_way) <= 128
        assert link.end.sender.waiting_words <= load_protocol().limits.answer_words + 180
    due = link.due_us()
    assert due is None or due >= 0
    link.reset(client)
    host = Host()
    host.put(LOOPBACK, b"still up")
    end = exchange(link, host, Network(0), Network(0), now) if has_room else now
    assert not has_room or (LOOPBACK, b"still up") in host.received
    assert end < now + 10_000


def test_a_reset_is_what_the_description_says() -> None:
    assert load_protocol().reset.request_bytes == RESET
    assert (load_protocol().ports.data, load_protocol().ports.reset) == (1234, 45054)
