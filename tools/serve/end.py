"""One end of a link, a host's or the FPGA's: both directions together, since each acknowledges the other."""

from __future__ import annotations

import attrs

from hicannx.tools.serve.frame import Frame, encode, encode_acknowledgement
from hicannx.tools.serve.receiver import Receiver
from hicannx.tools.serve.sender import Sender


@attrs.define(eq=False)
class End:
    """What is sent and what is received; times are in us."""

    sender: Sender = attrs.field(factory=Sender)
    receiver: Receiver = attrs.field(factory=Receiver)

    def take(self, frame: Frame, now_us: int) -> bool:
        """A frame has come; whether it brings something new, if it brings anything."""
        self.sender.acknowledge(frame.acknowledge, now_us)
        return frame.sequence is None or self.receiver.take(frame, now_us)

    def due_us(self) -> int | None:
        """When `datagrams` has something to send, as far as is known now; 0 for at once."""
        times = (self.sender.due_us, self.receiver.acknowledge_due_us)
        return min((one for one in times if one is not None), default=None)

    def datagrams(self, now_us: int) -> list[bytes]:
        """What has to be sent now, with an acknowledgement of all that has left the receiver."""
        acknowledge, due = self.receiver.acknowledge, self.receiver.acknowledge_due_us
        found = [encode(acknowledge, one.sequence, one.type, one.payload) for one in self.sender.frames(now_us)]
        if not found and due is not None and due <= now_us:
            found.append(encode_acknowledgement(acknowledge))
        if found:
            self.receiver.acknowledge_due_us = None
        return found
