"""Literals: the bytes of strings, and the numbers of characters."""

from __future__ import annotations

import re
from functools import lru_cache

_remembered = 1 << 12
_escapes = {"b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_escape = re.compile(r"\\(?:([0-9]{1,3})|[xX]([0-9a-fA-F]*)|(.))|([^\\]+)", re.DOTALL)
_character_escapes = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def character_value(literal: str) -> int:
    """The number of a character with one or two quotes; an unknown escape, digits among them, is its character."""
    body = literal[1:-1] if len(literal) > 2 and literal.endswith("'") else literal[1:]
    character = _character_escapes.get(body[1], body[1]) if body[0] == "\\" and len(body) > 1 else body[0]
    return character.encode()[0]


@lru_cache(_remembered)
def decode_string(literal: str) -> bytes:
    """The bytes of a string literal: characters in UTF-8, escapes as in C; an unknown escape is its character."""
    parts = []
    for match in _escape.finditer(literal[1:-1]):
        octal, hexadecimal, letter, plain = match.groups()
        if octal is not None:
            value = sum(int(digit) * 8**place for place, digit in enumerate(reversed(octal)))  # 8 and 9 count, too
            parts.append(bytes([value & 0xFF]))
        elif hexadecimal is not None:
            parts.append(bytes([int(hexadecimal or "0", 16) & 0xFF]))
        elif letter is not None:
            parts.append(bytes([_escapes[letter]]) if letter in _escapes else letter.encode())
        else:
            parts.append(plain.encode())
    return b"".join(parts)
