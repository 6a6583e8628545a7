"""The stream of playback words of a client, cut into programs behind every halt."""

from __future__ import annotations

from collections import deque
from functools import cache

import attrs
import numpy as np

from hicannx.regmodel.playback.check import halt_word
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.tools.serve.protocol import load_protocol

_word_bytes, _limits = load_protocol().frame.word_bytes, load_protocol().limits


@attrs.frozen
class Piece:
    """Words of a program; the last piece of one ends with its halt, and most programs are one piece."""

    data: bytes = attrs.field(repr=False)
    first_word: int = 0
    is_last: bool = True


@attrs.define(eq=False)
class ProgramStream:
    """Words that have come, as pieces of programs: none is longer than the playback memory of `most_words`.

    The FPGA executes longer programs as well, without a promise of their timing; here they come in several pieces.
    """

    most_words: int = _limits.program_words
    pieces: deque[Piece] = attrs.field(factory=deque)
    words: bytearray = attrs.field(factory=bytearray)
    first_word: int = 0
    words_of_pieces: int = 0

    @property
    def has_room(self) -> bool:
        """Whether words may come."""
        return len(self.pieces) < _limits.programs and self.waiting_words < self.most_words

    @property
    def waiting_words(self) -> int:
        """How many words are kept."""
        return len(self.words) // _word_bytes + self.words_of_pieces

    def put(self, payload: bytes) -> None:
        """Take further words."""
        start = 0
        for halt in _halts(payload):
            self.words += payload[start : halt + _word_bytes]
            self._finish_piece(is_last=True)
            start = halt + _word_bytes
        self.words += payload[start:]
        if len(self.words) >= self.most_words * _word_bytes:
            self._finish_piece(is_last=False)

    def next(self) -> Piece | None:
        """Hand out the oldest piece."""
        if not self.pieces:
            return None
        piece = self.pieces.popleft()
        self.words_of_pieces -= len(piece.data) // _word_bytes
        return piece

    def clear(self) -> None:
        """Forget everything, as at a reset."""
        self.pieces.clear()
        self.words.clear()
        self.first_word = self.words_of_pieces = 0

    def _finish_piece(self, *, is_last: bool) -> None:
        end = len(self.words)
        if not is_last and _is_write(self.words[-_word_bytes:]):  # its data have not come yet
            end -= _word_bytes
        self.pieces.append(Piece(bytes(self.words[:end]), self.first_word, is_last))
        self.words_of_pieces += end // _word_bytes
        del self.words[:end]
        self.first_word = 0 if is_last else self.first_word + end // _word_bytes


def _halts(payload: bytes) -> list[int]:
    """Byte offsets of the halts."""
    words = np.frombuffer(payload, f">u{_word_bytes}")
    places = np.flatnonzero(words == np.uint64(halt_word())) * _word_bytes
    return [int(place) for place in places]


@cache
def _write_bits() -> tuple[int, int]:
    """Which bits say that a word is the address of an Omnibus write, and their values."""
    table = load_instructions()
    row, shift = table.instructions["omnibus_address"], table.packing.code_shift
    return ((1 << table.packing.header_bits) - 1) << shift | row.field("is_read").mask, row.code << shift


def _is_write(word: bytearray) -> bool:
    mask, value = _write_bits()
    return int.from_bytes(word, "big") & mask == value
