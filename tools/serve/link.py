"""The FPGA's end of a HostARQ link as a state machine: datagrams in, datagrams out, time from outside, no sockets.

A link is closed until a reset opens it for the sender of the reset. It takes no frame from anybody else, keeps at most
a window of frames each way, and stops taking frames (which hosts repeat) while its user has no room for more words.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable

import attrs

from hicannx.tools.serve.end import End
from hicannx.tools.serve.frame import Frame, decode
from hicannx.tools.serve.protocol import load_protocol

Peer = tuple[str, int]

_protocol = load_protocol()
_words, _flush, _loopback, _configuration = (
    _protocol.code(name) for name in ("words", "flush", "loopback", "configuration")
)
_types = {one.code for one in _protocol.types.values()}


class Dropped(enum.Enum):
    """Why a datagram is dropped."""

    FOREIGN = "from somebody else than the client"
    MALFORMED = "of a wrong size or with impossible numbers"
    UNKNOWN = "of a type that is ignored"
    REPEATED = "that had come before"
    NO_RESET = "to the reset port that are no reset"


@attrs.define(eq=False)
class Link:
    """The link: `take_words` receives payloads of playback words, and `has_room` says whether it may be called.

    `peer` is the client, None while the link is closed: before the first reset, and when a client acknowledges nothing
    for too long. There is no farewell in the protocol, but a host's last frame is a flush: `is_finished` tells of a
    client that has sent one and is quiet since.
    """

    take_words: Callable[[bytes], None]
    has_room: Callable[[], bool]
    peer: Peer | None = None
    end: End = attrs.field(factory=End)
    dropped: Counter[Dropped] = attrs.field(factory=Counter)
    is_flushed: bool = False
    heard_us: int = 0
    words_in: int = 0
    words_out: int = 0

    @property
    def is_open(self) -> bool:
        """Whether there is a client."""
        return self.peer is not None

    @property
    def finish_us(self) -> int | None:
        """When a client that has taken its leave does not ask any more for the acknowledgement of it."""
        return self.heard_us + _protocol.time_us("linger") if self.is_flushed else None

    def is_finished(self, now_us: int) -> bool:
        """Whether the client has taken its leave and is quiet since."""
        return self.finish_us is not None and now_us >= self.finish_us

    def is_reset(self, request: bytes) -> bool:
        """Whether a datagram that has come to the reset port asks for a reset."""
        if request == _protocol.reset.request_bytes:
            return True
        self.dropped[Dropped.NO_RESET] += 1
        return False

    def reset(self, peer: Peer) -> None:
        """Open the link anew for a client; its first frame tells the sizes and what the FPGA is."""
        self.peer, self.is_flushed, self.words_in, self.words_out = peer, False, 0, 0
        self.end, self.dropped = End(), Counter()
        self.end.sender.put(_configuration, configuration())

    def take(self, datagram: bytes, peer: Peer, now_us: int) -> None:
        """A datagram has come to the data port."""
        if peer != self.peer:
            self.dropped[Dropped.FOREIGN] += 1
            return
        self.heard_us = now_us
        frame = decode(datagram)
        if frame is None:
            self.dropped[Dropped.MALFORMED] += 1
            return
        if not self.end.take(frame, now_us):
            self.dropped[Dropped.REPEATED] += 1
        self.deliver(now_us)

    def deliver(self, now_us: int) -> None:
        """Pass on what has come in sequence, as far as there is room."""
        while self.is_open and self._has_room() and (frame := self.end.receiver.next(now_us)) is not None:
            self._handle(frame)

    def put_words(self, payload: bytes) -> None:
        """Send playback words to the client; without one they are lost."""
        if self.is_open:
            self.words_out += len(payload) // _protocol.frame.word_bytes
            self.end.sender.put(_words, payload)

    def due_us(self) -> int | None:
        """When `datagrams` has something to send, as far as is known now; 0 for at once."""
        return self.end.due_us() if self.is_open else None

    def datagrams(self, now_us: int) -> list[bytes]:
        """What has to be sent to `peer` now; the caller sends to it before the next call of anything else."""
        if not self.is_open:
            return []
        if self.end.sender.is_lost(now_us):
            self.peer = None
            return []
        return self.end.datagrams(now_us)

    def _has_room(self) -> bool:
        return self.end.sender.waiting_words < _protocol.limits.answer_words and self.has_room()

    def _handle(self, frame: Frame) -> None:
        self.is_flushed = frame.type == _flush
        if frame.type == _words:
            self.words_in += len(frame.payload) // _protocol.frame.word_bytes
            self.take_words(frame.payload)
        elif frame.type == _loopback:
            self.end.sender.put(_loopback, frame.payload)
        if frame.type not in _types:
            self.dropped[Dropped.UNKNOWN] += 1


def configuration() -> bytes:
    """The answer to a reset: sizes, and the FPGA's design as YAML text that ends with a NUL, in whole words."""
    sequence, frame = _protocol.sequence, _protocol.frame
    text = "".join(f"{key}: {value}\n" for key, value in _protocol.design.text.items()).encode() + b"\0"
    text += b"\0" * (-len(text) % frame.word_bytes)
    sizes = (sequence.numbers, sequence.window, frame.most_words, len(text) // frame.word_bytes)
    return b"".join(size.to_bytes(frame.word_bytes, "big") for size in sizes) + text
