"""The stream of messages from the FPGA: words to messages with their times, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.payload import find, pack
from hicannx.regmodel.playback.stream import MessageArrays, comma, empty_messages, join, time_messages


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
    table = load_instructions()
    arrays = empty_messages(len(messages))
    for index, message in enumerate(messages):
        row = find(table.messages, message.name, "message from the FPGA")
        payload = pack(row, message.fields)
        arrays.codes[index] = row.code
        arrays.high[index], arrays.low[index] = divmod(payload, 1 << 64)
    return arrays


def decode_messages(words: NDArray[np.uint64]) -> list[Message]:
    """The messages of a stream, `systime` and `sysdelta` included. DiagnosticError B201, B202, B203.

    The running time starts at zero and again behind a halt, which ends the answers to a program.
    """
    table = load_instructions()
    step, time = table.time.message_cycles, 0
    messages = []
    for row, payload in _split(words):
        fields = row.extract(payload)
        time += step
        if row.name == "systime":
            time = fields["value"]
        elif row.name == "sysdelta":
            time += fields["value"]
        messages.append(Message(row.name, fields, time, _chip_times(row, fields, time)))
        if row.name == "loopback" and fields["marker"] == row.field("marker").values["halt"]:
            time = 0
    return messages


def _chip_times(row: Instruction, fields: dict[str, int], time: int) -> tuple[int, ...]:
    """Times of events from their stamps: the latest that is not after the message."""
    rule = load_instructions().time
    period = (1 << rule.stamp_bits) // rule.stamps_per_cycle
    times = []
    for index in range(row.events):
        stamp = fields[f"time{index}"] // rule.stamps_per_cycle
        late = time // period * period + stamp
        times.append((late - period * (late > time)) % (1 << rule.systime_bits))
    return tuple(times)


def _split(words: NDArray[np.uint64]) -> Iterator[tuple[Instruction, int]]:
    """Message rows and payloads, by the rules of the decoder: see `packing` in `instructions.yaml`."""
    table = load_instructions()
    word_bytes, header_bytes = table.packing.word_bytes, table.packing.header_bits // 8
    widths = {row.code: table.packing.message_bits(row) // 8 for row in table.from_fpga}
    data = words.astype(f">u{word_bytes}").tobytes()
    at = 0
    while at < len(data):
        code = data[at]
        if code & comma():
            at += word_bytes - at % word_bytes
            continue
        if code not in widths:
            raise DiagnosticError([_unknown(words, at, code)])
        row, end = table.message_by_code[code], at + widths[code]
        if end > len(data):
            raise DiagnosticError([_cut(words, at, row, end - len(data))])
        payload = int.from_bytes(data[at + header_bytes : end], "big")
        if payload & ~row.payload_mask:
            raise DiagnosticError([_reserved(words, at, row, payload & ~row.payload_mask)])
        yield row, payload
        at = end


def _place(words: NDArray[np.uint64], at: int) -> str:
    index = at // load_instructions().packing.word_bytes
    return f"at byte offset {at} (word {index}, {words[index]:016x})"


def _unknown(words: NDArray[np.uint64], at: int, code: int) -> Diagnostic:
    last = max(load_instructions().message_by_code)
    title = f"no message from the FPGA has the code 0x{code:02x}, which stands {_place(words, at)}"
    return Diagnostic("B201", title, help=f"codes are 0x00 to 0x{last:02x}; the stream is damaged here or before")


def _cut(words: NDArray[np.uint64], at: int, row: Instruction, missing: int) -> Diagnostic:
    title = f"the stream ends inside the message `{row.name}` {_place(words, at)}: {missing} bytes are missing"
    return Diagnostic("B202", title, help="the stream was cut off; give all of its words")


def _reserved(words: NDArray[np.uint64], at: int, row: Instruction, bits: int) -> Diagnostic:
    title = f"the message `{row.name}` {_place(words, at)} sets bits that it does not have: {bits:#x}"
    return Diagnostic("B203", title, help="bits outside of a message's fields are zero; the stream is damaged")
