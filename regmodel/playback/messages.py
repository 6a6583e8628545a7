"""The stream of messages from the FPGA: words to messages with their times, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.events import chip_times, values
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.payload import find, pack
from hicannx.regmodel.playback.split import split
from hicannx.regmodel.playback.stream import MessageArrays, join, messages_of, time_messages
from hicannx.regmodel.playback.words import words_of


@attrs.frozen
class Message:
    """One message: its FPGA time, and the chip times of the events that it packs, in FPGA cycles of 8 ns."""

    name: str
    fields: dict[str, int]
    fpga_time: int = 0
    chip_times: tuple[int, ...] = ()


def encode_messages(messages: Sequence[Message]) -> NDArray[np.uint64]:
    """The words of messages, exactly as given: times are not looked at. DiagnosticError B101 to B103."""
    return join(_arrays(messages))


def annotate(messages: Sequence[Message]) -> list[Message]:
    """Insert the `systime` and `sysdelta` messages that give each message its `fpga_time`.

    A `systime` among the messages stays, since it answers `systime_init`; a `sysdelta` is made anew. DiagnosticError
    B101 to B103, and B204 for a time that the host cannot have.
    """
    kept = [_timed(one) for one in messages if one.name != "sysdelta"]
    arrays = _arrays(kept)
    arrays.times[:] = [one.fpga_time for one in kept]
    needed, inserted = time_messages(arrays)
    by_code = load_instructions().message_by_code
    result = []
    for index, message in enumerate(kept):
        if needed[index]:
            fields = {"value": int(inserted.low[index])}
            name, time = by_code[int(inserted.codes[index])].name, int(inserted.times[index])
            result.append(Message(name, fields, time))
        result.append(message)
    return result


def _timed(message: Message) -> Message:
    rule = load_instructions().time
    if message.name == "systime" and "value" in message.fields:
        return attrs.evolve(message, fpga_time=message.fields["value"])
    last = (1 << rule.systime_bits) - 1 + rule.message_cycles
    if rule.message_cycles <= message.fpga_time <= last:
        return message
    title = f"a message `{message.name}` cannot have the FPGA time {message.fpga_time}"
    raise DiagnosticError([Diagnostic("B204", title, help=f"times are {rule.message_cycles} to {last} cycles")])


def _arrays(messages: Sequence[Message]) -> MessageArrays:
    table = load_instructions().messages
    rows = [find(table, message.name, "message from the FPGA") for message in messages]
    return messages_of([row.code for row in rows], [pack(row, one.fields) for row, one in zip(rows, messages)])


def decode_messages(words: NDArray[np.uint64]) -> list[Message]:
    """The messages of a stream, `systime` and `sysdelta` included. DiagnosticError B201, B202, B203.

    The running time starts at zero and again behind a halt, which ends the answers to a program.
    """
    return as_messages(split(words))


def decode_answers(data: bytes, name: str) -> list[Message]:
    """The messages in a file with a stream from the FPGA, which may be empty. DiagnosticError B201 to B203, B210."""
    return decode_messages(words_of(data, name, "B210", "a stream from the FPGA"))


def as_messages(messages: MessageArrays) -> list[Message]:
    """Each message as an object."""
    found: list[Message | None] = [None] * len(messages)
    for row in load_instructions().from_fpga:
        rows = np.flatnonzero(messages.codes == row.code)
        if len(rows):
            columns = {field.name: values(messages, rows, field) for field in row.fields}
            times = messages.times[rows]
            events = [chip_times(columns[f"time{index}"], times).tolist() for index in range(row.events)]
            fields = zip(*(column.tolist() for column in columns.values()))
            stamps: Iterable[tuple[int, ...]] = zip(*events) if events else repeat(())
            for place, one, time, chip in zip(rows.tolist(), fields, times.tolist(), stamps):
                found[place] = Message(row.name, dict(zip(columns, one)), time, chip)
    return [one for one in found if one is not None]
