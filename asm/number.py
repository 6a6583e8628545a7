"""Numbers of other kinds than integers in expressions: floating point, and of variable length."""

from __future__ import annotations

import math
import re
import struct

_text = re.compile(r"([+-]?)(?:inf|infinity|nan|[0-9]*\.?[0-9]*(?:e[+-]?[0-9]*)?)", re.IGNORECASE)
_prefix = re.compile(r"0[a-zA-Z]")  # GNU as takes any letter here, whatever the precision
_formats = {4: ">f", 8: ">d"}


class NumberError(Exception):
    """A text is no number."""


def encode_float(text: str, size: int) -> bytes:
    """A floating point number of 4 or 8 bytes; a NumberError when the text is none, or is too large."""
    word = text.strip()
    if prefix := _prefix.match(word):
        word = word[prefix.end() :]
    if not word or not _text.fullmatch(word):
        raise NumberError
    if word.lower().endswith("nan"):
        return (b"\xff" if word[0] == "-" else b"\x7f") + b"\xff" * (size - 1)
    try:
        number = float(word)
        bits = int.from_bytes(struct.pack(_formats[size], abs(number)), "big")
    except (ValueError, OverflowError):
        raise NumberError from None
    if math.isinf(number) != ("inf" in word.lower()):
        raise NumberError
    if number and not math.isinf(number):
        bits = _nearest(word.lstrip("+-"), bits, size)
    sign = word[0] == "-"
    return (bits | sign << 8 * size - 1).to_bytes(size, "big")


def _nearest(word: str, bits: int, size: int) -> int:
    """The bits of the number that is nearest; of two the larger one, as GNU as rounds."""
    from fractions import Fraction  # late: most programs have no such numbers

    exact = Fraction(word)

    def distance(candidate: int) -> tuple[Fraction, int]:
        value = struct.unpack(_formats[size], candidate.to_bytes(size, "big"))[0]
        return (abs(Fraction(value) - exact) if math.isfinite(value) else exact, -candidate)

    return min((bits + step for step in (-1, 0, 1) if bits + step >= 0), key=distance)


def encode_unsigned(value: int) -> bytes:
    """A number as unsigned LEB128; negative ones as 64 bits."""
    found = bytearray()
    value = value % (1 << 64) if value < 0 else value
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def encode_signed(value: int) -> bytes:
    """A number as signed LEB128."""
    found = bytearray()
    while not -0x40 <= value < 0x40:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value & 0x7F])
