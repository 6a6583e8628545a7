"""Playback programs and answers as text, a statement a line; `assemble` makes the same words of it."""

from __future__ import annotations

from collections.abc import Iterator

from hicannx.regmodel.playback.form import fields_text
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.listing import Line, listing
from hicannx.regmodel.playback.messages import Message
from hicannx.regmodel.playback.remark import duration
from hicannx.regmodel.playback.words import Program


def show(program: Program, *, registers: bool = True, brief: bool = False, words: bool = False) -> Iterator[str]:
    """The lines of `listing`, remarks behind `#`; `words` puts number and content of the words in there."""
    for line in listing(program, registers=registers, brief=brief):
        yield line_text(program, line, words)


def line_text(program: Program, line: Line, words: bool = False) -> str:
    """A statement with its remark."""
    before = f"{line.index}: {' '.join(words_text(program, line))}  " if words else ""
    return _with_remark(line.text, before + line.remark)


def words_text(program: Program, line: Line) -> list[str]:
    """The words of a statement in hexadecimal."""
    return [f"{word:016x}" for word in program.words[line.index : line.index + line.count].tolist()]


def _with_remark(text: str, remark: str) -> str:
    return f"{text}  # {remark.rstrip()}" if remark else text


def show_answers(messages: list[Message]) -> Iterator[str]:
    """Each message with its FPGA time, and the times of its events on the chip."""
    table = load_instructions().messages
    for message in messages:
        text = f"{message.name} {fields_text(table[message.name], message.fields)}".rstrip()
        yield _with_remark(text, time_remark(message))


def time_remark(message: Message) -> str:
    """The times of a message in words."""
    events = f", on the chip {', '.join(map(str, message.chip_times))}" if message.chip_times else ""
    return f"cycle {message.fpga_time}{events}, {duration(message.fpga_time)}"
