"""Programs and messages word by word in plain Python, as the rules say it: what the arrays are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hicannx.regmodel.playback.instruction import load_instructions

word_bytes, comma = 8, 0x80


class DamagedError(ValueError):
    """A stream is wrong in the way of this diagnostic code."""


def encode(instructions: Iterable[tuple[str, dict[str, int]]]) -> bytes:
    """Instructions to the bytes of a program."""
    table = load_instructions().instructions
    data = bytearray()
    for name, fields in instructions:
        row = table[name]
        word = row.code << 56
        for field in row.fields:
            word |= fields[field.name] << field.lsb
        data += word.to_bytes(word_bytes, "big")
    return bytes(data)


def decode(data: bytes) -> Iterator[tuple[str, dict[str, int]]]:
    """The instructions of a program, its order not looked at."""
    table = load_instructions().instruction_by_code
    for at in range(0, len(data), word_bytes):
        word = int.from_bytes(data[at : at + word_bytes], "big")
        row = table[word >> 56]
        yield row.name, {field.name: word >> field.lsb & (1 << field.width) - 1 for field in row.fields}


def messages(data: bytes) -> Iterator[tuple[str, dict[str, int], int]]:
    """Names, fields and FPGA times of the messages in a stream; DamagedError behind the last good one."""
    table = load_instructions().message_by_code
    at = time = 0
    while at < len(data):
        code = data[at]
        if code & comma:
            at += word_bytes - at % word_bytes
            continue
        if code not in table:
            raise DamagedError("B201")
        row = table[code]
        end = at + max(8, -(-(8 + row.payload_bits) // 8))
        if end > len(data):
            raise DamagedError("B202")
        payload = int.from_bytes(data[at + 1 : end], "big")
        if payload & ~row.payload_mask:
            raise DamagedError("B203")
        fields = row.extract(payload)
        time += 1
        if row.name == "systime":
            time = fields["value"]
        elif row.name == "sysdelta":
            time += fields["value"]
        yield row.name, fields, time
        if (row.name, payload) == ("loopback", 0):
            time = 0
        at = end
