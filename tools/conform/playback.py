"""Instructions and messages as golden records of playback programs name and write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.messages import Message, decode_messages, encode_messages
from hicannx.regmodel.playback.words import decode_word, encode_instruction
from hicannx.tools.conform.outcome import Outcome, failed, passed

to_fpga = "to"


def find_row(name: str, direction: str) -> Instruction | None:
    """An instruction (`to` the FPGA) or message by any of its names."""
    table = load_instructions()
    rows = table.to_fpga if direction == to_fpga else table.from_fpga
    return next((row for row in rows if name in (row.name, row.alias, row.official)), None)


def as_words(texts: Iterable[str]) -> NDArray[np.uint64]:
    """Words from hexadecimal texts."""
    return np.array([int(text, 16) for text in texts], np.uint64)


def compare(messages: Sequence[Any], words: Sequence[str], direction: str) -> Outcome:
    """Whether messages, pairs of name and fields, encode to these words, and these decode to them."""
    rows = [find_row(name, direction) for name, _ in messages]
    unknown = [name for row, (name, _) in zip(rows, messages) if row is None]
    if unknown:
        return failed(f"there is no `{unknown[0]}`", "a known name", unknown[0], code="T402")
    named = [(row.name, fields) for row, (_, fields) in zip(rows, messages) if row is not None]
    wanted = as_words(words)
    both_ways = _instructions if direction == to_fpga else _messages
    return both_ways(named, wanted)


def first_difference(what: str, expected: Sequence[Any], got: Sequence[Any]) -> Outcome:
    """Passed, or the first place where two sequences differ."""
    for index in range(max(len(expected), len(got))):
        one = expected[index] if index < len(expected) else "nothing"
        other = got[index] if index < len(got) else "nothing"
        if one != other:
            return failed(f"{what} {index} differs", one, other)
    return passed


def _instructions(named: list[tuple[str, dict[str, int]]], words: NDArray[np.uint64]) -> Outcome:
    encoded = [f"{encode_instruction(name, **fields):016x}" for name, fields in named]
    outcome = first_difference("the word of instruction", _hexadecimal(words), encoded)
    return outcome if outcome is not passed else _same_fields(named, [decode_word(word) for word in words.tolist()])


def _messages(named: list[tuple[str, dict[str, int]]], words: NDArray[np.uint64]) -> Outcome:
    encoded = encode_messages([Message(name, fields) for name, fields in named])
    outcome = first_difference("word", _hexadecimal(words), _hexadecimal(encoded))
    decoded = [(one.name, one.fields) for one in decode_messages(words)]
    return outcome if outcome is not passed else _same_fields(named, decoded)


def _same_fields(expected: list[tuple[str, dict[str, int]]], got: list[tuple[str, dict[str, int]]]) -> Outcome:
    return first_difference("what is decoded as message", expected, got)


def _hexadecimal(words: NDArray[np.uint64]) -> list[str]:
    return [f"{word:016x}" for word in words.tolist()]
