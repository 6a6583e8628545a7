"""Source text of the small functions that lowered code calls; it stands at the top of the generated kernel.

Bits of conditions come from tables of bytes: LLVM sees then that bytes suffice, and does 64 lanes at once.
"""

from __future__ import annotations

import sys

from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.interval import unsigned
from hicannx.isa.semantics.source import crf_shift
from hicannx.isa.semantics.state import load_state, word_bits, word_bytes


def kernel_prelude() -> str:
    """Functions for a module that has `njit` and `np`; `load`, `store`, ... may be defined after them."""
    condition = load_state().condition
    always = [int(code == condition["always"]) for code in sorted(condition.values())]
    bits = [1 << max(code - 1, 0) for code in sorted(condition.values())]
    constants = (
        f"_VECTOR_BYTES = {load_facts().vector_bytes}\n"
        f"_WORD_MASK = {(1 << word_bits()) - 1}\n"
        f"_WORD_BYTES = {word_bytes()}\n"
        f"_ALWAYS, _BIT = np.array({always}, np.uint8), np.array({bits}, np.uint8)  # by code of a condition\n"
        f"_SWAPS = {sys.byteorder == 'little'}\n"  # halves of registers seen as the host's halves
    )
    return constants + _scalar + _recorded() + _vector


def _recorded() -> str:
    """CR with the field 0 of a signed word: the code of equal, corrected by steps, and the sticky overflow."""
    width, field = word_bits(), load_state().arrays["CRF"].width
    less, greater, equal = (1 << load_state().compare[name] for name in ("lt", "gt", "eq"))
    code = f"{equal} + (result != 0) * {greater - equal} + (result >> {width - 1}) * {less - greater}"
    return f"""

@njit
def recorded(cr, so, result):
    return (cr & {unsigned(width - field).high}) | ((so | ({code})) << {crf_shift("0")})
"""


_scalar = """

@njit
def rotate_left(x, count):
    return ((x << count) | (x >> (32 - count))) & _WORD_MASK


@njit
def mask(first, last):
    head = _WORD_MASK >> first
    tail = (_WORD_MASK << (31 - last)) & _WORD_MASK
    return head & tail if first <= last else head | tail


@njit
def multiply_high(a, b):
    return ((a >> 16) * b + (((a & 0xFFFF) * b) >> 16)) >> 16


@njit
def quotient(a, b):
    result = abs(a) // abs(b)
    return result if (a < 0) == (b < 0) else -result


@njit
def count_leading_zeros(x):
    count = 0
    for step in (16, 8, 4, 2, 1):
        if x >> (32 - step) == 0:
            count += step
            x = (x << step) & _WORD_MASK
    return count + (x >> 31 == 0)


@njit
def popcount(x):
    x = x - ((x >> 1) & 0x55555555)
    x = (x & 0x33333333) + ((x >> 2) & 0x33333333)
    x = (x + (x >> 4)) & 0x0F0F0F0F
    return ((x * 0x01010101) >> 24) & 0xFF
"""

_vector = """

@njit(forceinline=True)
def merge_row(vr, target, row, vcr, bit, always):
    if always:
        for i in range(_VECTOR_BYTES):
            vr[target, i] = row[i]
    else:
        for i in range(_VECTOR_BYTES):
            vr[target, i] ^= (row[i] ^ vr[target, i]) * (vcr[i] & bit != 0)


@njit(forceinline=True)
def signed_half(stored):
    return np.int64(np.int16(stored << 8 | stored >> 8 if _SWAPS else stored))


@njit(forceinline=True)
def stored_half(value):
    half = np.uint16(value & 0xFFFF)
    return np.uint16(half << 8 | half >> 8 if _SWAPS else half)


@njit(forceinline=True)
def vector_load(chip, ppu, address, vr, target, tick):
    exception = check_access(address, _VECTOR_BYTES)
    if exception == 0:
        for i in range(0, _VECTOR_BYTES, _WORD_BYTES):
            value = load(chip, ppu, (address + i) & _WORD_MASK, _WORD_BYTES, tick)
            vr[target, i] = (value >> 24) & 0xFF
            vr[target, i + 1] = (value >> 16) & 0xFF
            vr[target, i + 2] = (value >> 8) & 0xFF
            vr[target, i + 3] = value & 0xFF
    return exception


@njit(forceinline=True)
def vector_store(chip, ppu, address, vr, source, tick):
    exception = check_access(address, _VECTOR_BYTES)
    if exception == 0:
        for i in range(0, _VECTOR_BYTES, _WORD_BYTES):
            upper = np.int64(vr[source, i]) * 0x100 + vr[source, i + 1]
            lower = np.int64(vr[source, i + 2]) * 0x100 + vr[source, i + 3]
            store(chip, ppu, (address + i) & _WORD_MASK, _WORD_BYTES, upper * 0x10000 + lower, tick)
    return exception


@njit(forceinline=True)
def vector_in(chip, ppu, address, vr, target, tick):
    return pbus_read(chip, ppu, address, vr[target], tick)


@njit(forceinline=True)
def vector_out(chip, ppu, address, vr, source, vcr, condition, enable, tick):
    for i in range(_VECTOR_BYTES):
        enable[i] = (((vcr[i] | _ALWAYS[condition]) & _BIT[condition]) != 0) * 1
    return pbus_write(chip, ppu, address, vr[source], enable, tick)
"""
