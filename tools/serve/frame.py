"""Frames of HostARQ: datagrams apart and together."""

from __future__ import annotations

import struct

import attrs

from hicannx.tools.serve.protocol import load_protocol

_format, _numbers = load_protocol().frame, load_protocol().sequence.numbers
_header = struct.Struct(_format.header_format)
_acknowledge = struct.Struct(_format.header_format[:2])
_acknowledge_bytes, _header_bytes, _word_bytes = _acknowledge.size, _header.size, _format.word_bytes
_most_bytes = _format.most_bytes


@attrs.frozen(slots=True)
class Frame:
    """A datagram taken apart; `sequence` is None where it only acknowledges."""

    acknowledge: int
    sequence: int | None = None
    type: int = 0
    payload: bytes = b""


def decode(datagram: bytes) -> Frame | None:
    """A datagram as a frame; None where it is none: wrong size, or numbers that do not exist."""
    if len(datagram) == _acknowledge_bytes:
        (acknowledge,) = _acknowledge.unpack(datagram)
        return Frame(acknowledge) if acknowledge < _numbers else None
    if not _header_bytes < len(datagram) <= _most_bytes:
        return None
    acknowledge, sequence, kind, words = _header.unpack_from(datagram)
    fits = len(datagram) == _header_bytes + words * _word_bytes
    if not fits or max(acknowledge, sequence) >= _numbers:
        return None
    return Frame(acknowledge, sequence, kind, datagram[_header_bytes:])


def encode(acknowledge: int, sequence: int, kind: int, payload: bytes) -> bytes:
    """The datagram of a frame with a payload of whole words."""
    return _header.pack(acknowledge, sequence, kind, len(payload) // _word_bytes) + payload


def encode_acknowledgement(acknowledge: int) -> bytes:
    """The datagram that only acknowledges."""
    return _acknowledge.pack(acknowledge)
