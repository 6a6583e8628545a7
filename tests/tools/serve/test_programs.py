"""The stream of words cut into pieces of programs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hicannx.tools.serve.programs import Piece, ProgramStream
from hicannx.tools.serve.protocol import load_protocol

halt = bytes([0x0A, *bytes(7)])
setup, tick = bytes([0x04, *bytes(7)]), bytes([0x0A, *bytes(6), 1])
write, data = bytes.fromhex("0b00000f02800123"), bytes.fromhex("0c0a000000000000")
read = bytes.fromhex("0b00001f02800123")


def pieces(stream: ProgramStream) -> list[Piece]:
    return list(iter(stream.next, None))


def test_every_halt_ends_a_program() -> None:
    stream = ProgramStream()
    stream.put(setup + halt + halt + tick)
    assert pieces(stream) == [Piece(setup + halt), Piece(halt)]
    assert stream.waiting_words == 1
    stream.put(halt)
    assert pieces(stream) == [Piece(tick + halt)]
    assert (stream.waiting_words, stream.next()) == (0, None)


def test_a_long_program_comes_in_pieces() -> None:
    stream = ProgramStream(most_words=4)
    for word in (setup, read, setup, tick, tick, halt):
        stream.put(word)
    assert pieces(stream) == [Piece(setup + read + setup + tick, 0, False), Piece(tick + halt, 4, True)]


def test_an_address_stays_with_its_data() -> None:
    stream = ProgramStream(most_words=4)
    for word in (setup, read, setup, write, data, write, data, halt):
        stream.put(word)
    assert pieces(stream) == [
        Piece(setup + read + setup, 0, False),
        Piece(write + data + write + data, 3, False),
        Piece(halt, 7, True),
    ]


def test_there_is_no_room_beyond_the_playback_memory_nor_for_very_many_programs() -> None:
    stream = ProgramStream(most_words=10)
    stream.put(setup * 9 + halt)
    assert not stream.has_room
    assert stream.next() is not None and stream.has_room
    stream = ProgramStream()
    stream.put(halt * load_protocol().limits.programs)
    assert not stream.has_room


def test_a_reset_forgets_everything() -> None:
    stream = ProgramStream(most_words=2)
    stream.put(setup + halt + setup + setup + setup)
    stream.clear()
    assert (stream.waiting_words, stream.next()) == (0, None)
    stream.put(halt)
    assert pieces(stream) == [Piece(halt)]


words = st.sampled_from([halt, setup, tick, read, write, data])


@given(st.lists(st.lists(words, min_size=1, max_size=20)), st.integers(2, 30))
def test_no_word_is_lost_and_no_piece_is_long(payloads: list[list[bytes]], most_words: int) -> None:
    stream, found = ProgramStream(most_words), list[Piece]()
    for payload in payloads:
        stream.put(b"".join(payload))
        assert stream.waiting_words < most_words + len(payload) or stream.pieces
        found += pieces(stream)
    assert b"".join(piece.data for piece in found) + bytes(stream.words) == b"".join(map(b"".join, payloads))
    begin = 0
    for piece in found:
        assert piece.first_word == begin
        assert piece.is_last == piece.data.endswith(halt) and piece.data.count(halt) == piece.is_last
        assert piece.is_last or not piece.data.endswith(write) or piece.data.endswith(write * 2)
        begin = 0 if piece.is_last else begin + len(piece.data) // 8
