"""Framing of the remote serial protocol: packets with checksums, escapes, acknowledgements.

Source: "Debugging with GDB", appendix E.1.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator

import attrs

most_bytes = 0x4000
"""The longest packet that is taken, and that a client is told to send."""

_begin, _end, _escape, _repeat = b"$", b"#", 0x7D, 0x2A
_flip = 0x20
_special = frozenset(b"$#}*")
_checksum_digits = 2


class Signal(enum.Enum):
    """What stands outside packets, and a packet that has come over damaged."""

    ACKNOWLEDGED = enum.auto()
    REFUSED = enum.auto()
    INTERRUPT = enum.auto()
    DAMAGED = enum.auto()


_signals = {ord("+"): Signal.ACKNOWLEDGED, ord("-"): Signal.REFUSED, 3: Signal.INTERRUPT}


def frame(payload: bytes) -> bytes:
    """The packet of a payload."""
    escaped = b"".join(bytes([_escape, one ^ _flip]) if one in _special else bytes([one]) for one in payload)
    return b"$%s#%02x" % (escaped, checksum(escaped))


def checksum(content: bytes) -> int:
    """What stands behind a packet."""
    return sum(content) % 256


def unescape(content: bytes) -> bytes:
    """The payload of what was between the marks."""
    found, places = bytearray(), iter(content)
    for one in places:
        found.append(next(places, 0) ^ _flip if one == _escape else one)
    return bytes(found)


@attrs.define
class Decoder:
    """Cuts a stream of bytes into packets and signals; what is neither is skipped."""

    rest: bytes = b""

    def feed(self, content: bytes) -> Iterator[bytes | Signal]:
        """Payloads and signals that are complete with these bytes."""
        self.rest += content
        while self.rest:
            if self.rest[:1] != _begin:
                signal, self.rest = _signals.get(self.rest[0]), self.rest[1:]
                if signal:
                    yield signal
                continue
            length = self.rest.find(_end)
            if length < 0 or length + 1 + _checksum_digits > len(self.rest):
                if len(self.rest) <= 2 * most_bytes:  # every byte of a payload may be escaped
                    return
                self.rest = self.rest[1:]
                continue
            found, digits = self.rest[1:length], self.rest[length + 1 : length + 1 + _checksum_digits]
            self.rest = self.rest[length + 1 + _checksum_digits :]
            yield unescape(found) if digits.lower() == b"%02x" % checksum(found) else Signal.DAMAGED
