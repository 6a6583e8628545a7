"""Where the answers to a program end: the halt, found in a stream of messages that comes in parts."""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.stream import comma
from hicannx.tools.serve.answer import halt_words

_window_bytes = 1 << 16


@attrs.define(eq=False)
class HaltFinder:
    """Reads the messages behind `at`, which is a byte offset, only as far as their lengths are needed."""

    at: int = 0

    def has_come(self, stream: bytearray) -> bool:
        """Whether the halt is among the bytes that have come, which go on those of the calls before.

        What is no message ends the answers as well: `decode_messages` tells of it.
        """
        word_bytes, ordinary = load_instructions().packing.word_bytes, _is_ordinary()
        halt = np.uint64(int.from_bytes(halt_words(), "big"))
        while len(stream) - self.at >= word_bytes:
            part = bytes(stream[self.at : self.at + _window_bytes])
            words = np.frombuffer(part, f">u{word_bytes}", len(part) // word_bytes)
            others = np.flatnonzero(~ordinary[(words >> np.uint64(8 * word_bytes - 8)).astype(np.uint8)])
            count = int(others[0]) if len(others) else len(words)
            if (words[:count] == halt).any():
                return True
            self.at += count * word_bytes
            if count < len(words) and not self._pass(stream[self.at], word_bytes):
                return True
        if len(stream) > self.at and stream[self.at] & comma():  # the rest of a word
            self._pass(stream[self.at], word_bytes)
        return False

    def _pass(self, header: int, word_bytes: int) -> bool:
        """Go behind a longer message, or behind a comma and the rest of its word; whether it is one of these."""
        row = load_instructions().message_by_code.get(header)
        if header & comma():
            self.at += word_bytes - self.at % word_bytes
        elif row is not None:
            self.at += load_instructions().packing.message_bits(row) // 8
        return bool(header & comma()) or row is not None


@cache
def _is_ordinary() -> NDArray[np.bool_]:
    """By header: whether a message of one word begins there."""
    packing = load_instructions().packing
    found = np.zeros(256, bool)
    for row in load_instructions().from_fpga:
        found[row.code] = packing.message_bits(row) == packing.word_bits
    return found
