"""Datagrams taken apart and put together."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.tools.serve.frame import Frame, decode, encode, encode_acknowledgement
from hicannx.tools.serve.protocol import load_protocol

example = Path(__file__).resolve().parent.parent.parent / "vectors" / "playback" / "example.json"
words = st.binary(min_size=1, max_size=180).map(lambda text: text * 8)


def test_the_hosts_frame_of_the_worked_example() -> None:
    """Sequence number 1, since number 0 is the loopback; the answer to the reset is acknowledged."""
    datagram = bytes.fromhex(json.loads(example.read_text())["hostarq_frame"]["bytes"])
    frame = decode(datagram)
    assert frame is not None
    assert (frame.acknowledge, frame.sequence, frame.type) == (1, 1, load_protocol().code("words"))
    assert frame.payload == example.with_suffix(".bin").read_bytes()
    assert encode(frame.acknowledge, 1, frame.type, frame.payload) == datagram


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFF), words)
def test_frames_come_back(acknowledge: int, sequence: int, kind: int, payload: bytes) -> None:
    assert decode(encode(acknowledge, sequence, kind, payload)) == Frame(acknowledge, sequence, kind, payload)


@given(st.integers(0, 255))
def test_acknowledgements_come_back(number: int) -> None:
    assert decode(encode_acknowledgement(number)) == Frame(number)


good = struct.pack(">IIHH", 255, 0, 0x10, 2) + bytes(16)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        good[:3],
        good[:5],
        good[:11],
        good[:12],
        good[:-1],
        good + b"\0",
        good + bytes(8),
        struct.pack(">IIHH", 255, 0, 0x10, 0),
        struct.pack(">IIHH", 255, 0, 0x10, 181) + bytes(181 * 8),
        struct.pack(">IIHH", 256, 0, 0x10, 2) + bytes(16),
        struct.pack(">IIHH", 255, 256, 0x10, 2) + bytes(16),
        struct.pack(">I", 256),
        bytes(1453),
        bytes(65507),
    ],
)
def test_what_is_no_frame(datagram: bytes) -> None:
    assert decode(good) is not None
    assert decode(datagram) is None


@given(st.binary(max_size=1500))
def test_any_datagram_is_a_frame_or_none(datagram: bytes) -> None:
    frame = decode(datagram)
    if frame is not None:
        assert frame.acknowledge < 256
        assert len(datagram) in (4, 12 + len(frame.payload))
