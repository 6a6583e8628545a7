"""Any words on one chip: whatever they are, the answers are complete and the next program is executed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hicannx.diagnostic import Diagnostic
from hicannx.emu.chip import Chip
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.regmodel.playback.words import encode_instruction, halt_word
from hicannx.tools.serve.player import AbortedError, Player
from hicannx.tools.serve.programs import Piece

_halt = halt_word().to_bytes(8, "big")
_patience = 50  # milliseconds of chip time, or turns of the kernel


class Game:
    """A player, and what came of its last piece."""

    def __init__(self, chip: Chip) -> None:
        self.sent, self.told, self.asked = bytearray(), list[Diagnostic](), 0
        self.player = Player(chip, self.sent.extend, self.told.extend, self._is_aborted)

    def _is_aborted(self) -> bool:
        self.asked += 1
        return self.asked > _patience

    def play(self, piece: Piece) -> list[str]:
        """Names of the answers; none where nobody waited for the end."""
        self.sent.clear()
        self.told.clear()
        self.asked = 0
        try:
            self.player.play(piece)
        except AbortedError:
            self.player.forget()
            return []
        found = decode_messages(np.frombuffer(bytes(self.sent), ">u8").astype(np.uint64))
        return [one.name for one in found if one.name not in ("systime", "sysdelta")]


@pytest.fixture(scope="module")
def game() -> Game:
    return Game(Chip())


def instruction(name: str) -> st.SearchStrategy[bytes]:
    row = load_instructions().instructions[name]
    fields = {field.name: st.integers(0, field.highest) for field in row.fields}
    encoded = st.fixed_dictionaries(fields).map(lambda values: encode_instruction(name, **values).to_bytes(8, "big"))
    return encoded.filter(lambda word: word != _halt)


anything = st.binary(min_size=8, max_size=8).filter(lambda word: word != _halt)
instructions = st.sampled_from(sorted(load_instructions().instructions)).flatmap(instruction)


@given(st.lists(instructions, max_size=30))
def test_any_instructions_are_answered(game: Game, words: list[bytes]) -> None:
    found = game.play(Piece(b"".join(words) + _halt))
    assert not found or found[-1] == "loopback"
    assert game.play(Piece(_halt))[-1:] == ["loopback"]


@given(st.lists(st.one_of(instructions, anything), max_size=10), st.booleans())
def test_any_words_are_answered(game: Game, words: list[bytes], is_last: bool) -> None:
    found = game.play(Piece(b"".join(words) + _halt * is_last, 0, is_last))
    assert not is_last or not found or found[-1] == "loopback"
    assert game.play(Piece(_halt))[-1:] == ["loopback"]


def test_a_program_that_cannot_be_told_apart_is_a_time_out_of_its_first_word(game: Game) -> None:
    assert game.play(Piece(bytes([0x2F, *bytes(7)]) + _halt, 0)) == ["timeout_notification", "loopback"]
    assert [one.code for one in game.told] == ["B113"]
    assert game.play(Piece(bytes([0x2F, *bytes(7)]), 7, False)) == ["timeout_notification"]
