"""Framing: checksums, escapes, what stands outside packets, and streams in any pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.tools.gdb.packet import Decoder, Signal, frame, most_bytes


def test_known_packets() -> None:
    assert frame(b"OK") == b"$OK#9a"
    assert frame(b"") == b"$#00"
    assert frame(b"a}b#$*") == b"$a}]b}\x03}\x04}\x0a#" + b"%02x" % (sum(b"a}]b}\x03}\x04}\x0a") % 256)


def test_what_stands_outside() -> None:
    found = list(Decoder().feed(b"+-\x03x\n$OK#9a$OK#9b+"))
    assert found == [
        *(Signal.ACKNOWLEDGED, Signal.REFUSED, Signal.INTERRUPT),
        *(b"OK", Signal.DAMAGED, Signal.ACKNOWLEDGED),
    ]


@given(st.lists(st.binary(max_size=40)), st.data())
def test_any_payloads_in_any_pieces(payloads: list[bytes], data: st.DataObject) -> None:
    stream, decoder, found = b"".join(map(frame, payloads)), Decoder(), []
    while stream:
        length = data.draw(st.integers(1, len(stream)))
        found += decoder.feed(stream[:length])
        stream = stream[length:]
    assert found == payloads and decoder.rest == b""


@given(st.lists(st.binary(max_size=60)))
def test_garbage_is_skipped(pieces: list[bytes]) -> None:
    decoder = Decoder()
    for piece in pieces:
        list(decoder.feed(piece))
    list(decoder.feed(b"#00##00"))
    assert list(decoder.feed(frame(b"g")))[-1] == b"g"


@pytest.mark.parametrize("count", [1, 3])
def test_a_packet_without_an_end_takes_no_room(count: int) -> None:
    decoder = Decoder()
    for _ in range(count):
        list(decoder.feed(b"$" + b"a" * (2 * most_bytes + 2)))
    assert len(decoder.rest) <= 2 * most_bytes + 2
