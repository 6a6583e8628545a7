"""One direction of a link, at its begin: payloads become frames, which are repeated until they are acknowledged."""

from __future__ import annotations

from collections import deque

import attrs

from hicannx.tools.serve.protocol import load_protocol

_protocol = load_protocol()
_numbers = _protocol.sequence.numbers
_window = _protocol.limits.under_way
_words = _protocol.code("words")
_payload_bytes, _word_bytes = _protocol.frame.most_payload_bytes, _protocol.frame.word_bytes


@attrs.define(eq=False)
class Sent:
    """A frame under way."""

    sequence: int
    type: int
    payload: bytes
    sent_us: int


@attrs.define(eq=False)
class Sender:
    """What is to be sent and what is under way, at most `under_way` frames of the limits; times are in us.

    `tries` counts the repetitions since the last progress, which was at `progress_us`.
    """

    sequence: int = 0
    queue: deque[tuple[int, bytearray]] = attrs.field(factory=deque)
    under_way: deque[Sent] = attrs.field(factory=deque)
    tries: int = 0
    progress_us: int = 0
    repeated: int = 0

    @property
    def waiting_words(self) -> int:
        """Words that have not been sent yet."""
        return sum(len(payload) for _, payload in self.queue) // _word_bytes

    @property
    def is_idle(self) -> bool:
        """Whether everything has been acknowledged."""
        return not self.queue and not self.under_way

    def put(self, kind: int, payload: bytes) -> None:
        """Send words; playback words share frames, others come in a frame of their own."""
        if kind == _words and self.queue and self.queue[-1][0] == _words:
            self.queue[-1][1].extend(payload)
        elif payload:
            self.queue.append((kind, bytearray(payload)))

    def acknowledge(self, number: int, now_us: int) -> None:
        """All frames up to this number have come; numbers of frames that are not under way mean nothing."""
        if not self.under_way:
            return
        count = (number - self.under_way[0].sequence + 1) % _numbers
        if 1 <= count <= len(self.under_way):
            for _ in range(count):
                self.under_way.popleft()
            self.tries, self.progress_us = 0, now_us

    @property
    def due_us(self) -> int | None:
        """When there is something to send: 0 for at once, None for never."""
        if self.queue and len(self.under_way) < _window:
            return 0
        return self.under_way[0].sent_us + self._timeout_us() if self.under_way else None

    def frames(self, now_us: int) -> list[Sent]:
        """What has to be sent now: repetitions, then new frames as far as the window goes."""
        found = self._repetitions(now_us)
        while self.queue and len(self.under_way) < _window:
            found.append(self._new(now_us))
        return found

    def is_lost(self, now_us: int) -> bool:
        """Whether nothing has been acknowledged for so long that nobody is there."""
        return bool(self.under_way) and now_us - self.progress_us >= _protocol.time_us("give_up")

    def _timeout_us(self) -> int:
        doubled: int = _protocol.time_us("retransmit") << min(self.tries, 16)
        return min(doubled, _protocol.time_us("longest_retransmit"))

    def _repetitions(self, now_us: int) -> list[Sent]:
        latest = now_us - self._timeout_us()
        if not self.under_way or self.under_way[0].sent_us > latest:
            return []
        old = [one for one in self.under_way if one.sent_us <= latest]
        if self.tries:  # nobody answers: ask with few frames
            old = old[: _protocol.limits.probes]
        self.tries += 1
        self.repeated += len(old)
        for one in old:
            one.sent_us = now_us
        return old

    def _new(self, now_us: int) -> Sent:
        kind, payload = self.queue[0]
        if not self.under_way:
            self.progress_us = now_us
        one = Sent(self.sequence, kind, bytes(payload[:_payload_bytes]), now_us)
        del payload[:_payload_bytes]
        if not payload:
            self.queue.popleft()
        self.sequence = (self.sequence + 1) % _numbers
        self.under_way.append(one)
        return one
