"""One direction of a link, at its end: frames come in any order, leave in sequence, and are acknowledged."""

from __future__ import annotations

import attrs

from hicannx.tools.serve.frame import Frame
from hicannx.tools.serve.protocol import load_protocol

_protocol = load_protocol()
_numbers, _window = _protocol.sequence.numbers, _protocol.sequence.window


@attrs.define(eq=False)
class Receiver:
    """What has come and not left, at most a window of frames; times are in us."""

    expected: int = 0
    waiting: dict[int, Frame] = attrs.field(factory=dict)
    acknowledge_due_us: int | None = None

    @property
    def acknowledge(self) -> int:
        """Number of the last frame that has left."""
        return (self.expected - 1) % _numbers

    def take(self, frame: Frame, now_us: int) -> bool:
        """Keep a frame for its turn; whether it is new."""
        assert frame.sequence is not None
        is_new = (frame.sequence - self.expected) % _numbers < _window and frame.sequence not in self.waiting
        if is_new:
            self.waiting[frame.sequence] = frame
        else:  # seen before: its acknowledgement was lost or is late
            self.acknowledge_due_us = now_us
        return is_new

    def next(self, now_us: int) -> Frame | None:
        """The frame whose turn it is; it counts as acknowledged from now on."""
        frame = self.waiting.pop(self.expected, None)
        if frame is not None:
            self.expected = (self.expected + 1) % _numbers
            if self.acknowledge_due_us is None:
                self.acknowledge_due_us = now_us + _protocol.time_us("acknowledge")
        return frame
