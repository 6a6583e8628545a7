"""What the FPGA sends for a program that cannot be executed to its end."""

from __future__ import annotations

from functools import cache

from hicannx.regmodel.playback.messages import Message, encode_messages


def failure_words(index: int, *, halts: bool) -> bytes:
    """A time-out of the instruction `index`, at which hosts raise an error, and the halt if the program is over.

    Accesses to nothing may hang a bus, which ends in a time-out of what waits for it; nothing else is there to tell of
    a failure.
    """
    messages = [Message("timeout_notification", {"instruction_index": index})]
    messages += [Message("loopback", {"marker": 0})] * halts
    return encode_messages(messages).astype(">u8").tobytes()


@cache
def halt_words() -> bytes:
    """The answer to a halt alone."""
    return encode_messages([Message("loopback", {"marker": 0})]).astype(">u8").tobytes()
