"""Numbers of variable length: seven bits a byte, the lowest first, the top bit set in all bytes but the last.

Source: DWARF Debugging Information Format 2, section 7.6.
"""

from __future__ import annotations

_bits = 64


def encode_unsigned(value: int) -> bytes:
    """The shortest form of a number; a negative one counts as its 64-bit two's complement."""
    found = bytearray()
    value %= 1 << _bits
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def encode_signed(value: int) -> bytes:
    """The shortest form of a signed number."""
    found = bytearray()
    while not -0x40 <= value < 0x40:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value & 0x7F])
