"""The words of a stream from the FPGA split into messages with their times, all at once.

Where a message begins depends on the one before it. Since every message has at least a word, at most one begins in each
word, at an offset that follows from the offset in the word before: a chain of states. It is resolved for all possible
offsets in many blocks of words side by side, then from block to block.
Source: hxcomm:include/hxcomm/common/decoder.tcc:52, as facts in `instructions.yaml`.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.instruction import Instruction, load_instructions
from hicannx.regmodel.playback.stream import Integers, MessageArrays, Unsigned, comma, half_bits, message_bytes

Bytes = NDArray[np.uint8]


def split(words: Unsigned) -> MessageArrays:
    """The messages of a stream, `systime` and `sysdelta` included, with their FPGA times.

    DiagnosticError B201 to B203 for the first damage. The running time starts at zero and again behind a halt.
    """
    data = words.astype(f">u{load_instructions().packing.word_bytes}").view(np.uint8)
    data = data.reshape(len(words), load_instructions().packing.word_bytes)
    offsets = _offsets(data)
    begins = np.flatnonzero(offsets < data.shape[1])
    codes = data[begins, offsets[begins]]
    kept = codes & np.uint8(comma()) == 0
    index, codes = begins[kept], codes[kept]
    at = index * data.shape[1] + offsets[index]
    unknown = np.flatnonzero(message_bytes()[codes] == 0)[:1]
    if len(unknown):
        index, codes, at = (one[: unknown[0] + 1] for one in (index, codes, at))
    high, low = _payloads(words, index, offsets[index], codes)
    _check(words, at, codes, high, low)
    return MessageArrays(codes, high, low, _times(codes, low))


@cache
def _unit() -> int:
    """The largest number of bytes of which all messages and words are multiples."""
    packing = load_instructions().packing
    return math.gcd(packing.word_bytes, *(packing.message_bits(row) // 8 for row in load_instructions().from_fpga))


def _offsets(data: Bytes) -> NDArray[np.int64]:
    """Byte offset in each word at which a message or a comma begins; where none does, that of the next beyond it."""
    unit, count = _unit(), len(data)
    states = int(message_bytes().max()) // unit
    if not count:
        return np.zeros(0, np.int64)
    size = math.isqrt(count - 1) + 1
    blocks = -(-count // size)
    following = np.zeros((blocks * size, states), np.uint8)
    for state in range(states):
        following[:count, state] = _following(data, state * unit) // unit
    table = following.reshape(blocks, size, states)
    leaves = np.broadcast_to(np.arange(states, dtype=np.uint8), (blocks, states))
    for step in range(size):
        leaves = np.take_along_axis(table[:, step], leaves, axis=1)
    states_at = _entries(leaves)
    found = np.zeros((blocks, size), np.uint8)
    every = np.arange(blocks)
    for step in range(size):
        found[:, step] = states_at
        states_at = table[every, step, states_at]
    return found.ravel()[:count].astype(np.int64) * unit


def _following(data: Bytes, offset: int) -> Bytes:
    """The offset that follows in the next word, for each word where a message or a comma begins at `offset`."""
    word_bytes = data.shape[1]
    if offset >= word_bytes:
        return np.full(len(data), offset - word_bytes, np.uint8)
    widths = message_bytes()[data[:, offset]]
    following: Bytes = np.where(widths > 0, widths + np.uint8(offset) - np.uint8(word_bytes), 0).astype(np.uint8)
    return following


def _entries(leaves: Bytes) -> Bytes:
    """The state in which each block is entered, from those in which it is left."""
    entries, state = [], 0
    for row in leaves.tolist():
        entries.append(state)
        state = row[state]
    return np.array(entries, np.uint8)


def _payloads(
    words: Unsigned, index: NDArray[np.intp], offsets: NDArray[np.int64], codes: Bytes
) -> tuple[Unsigned, Unsigned]:
    """The payloads (high, low) of messages that begin in the words `index` at byte `offsets`."""
    packing = load_instructions().packing
    padded = np.append(words, np.uint64(0))
    shifts = (8 * offsets).astype(np.uint64)
    first, second = padded[index], padded[index + 1]
    # a shift by all bits of a word is not defined, hence one in two steps
    high = first << shifts | second >> np.uint64(1) >> (np.uint64(half_bits - 1) - shifts)
    low = second << shifts
    high &= np.uint64((1 << packing.code_shift) - 1)
    widths = 8 * message_bytes()[codes].astype(np.int64)
    for width in np.unique(widths):
        rows, drop = np.flatnonzero(widths == width), 2 * half_bits - int(width)
        if drop >= half_bits:
            low[rows], high[rows] = high[rows] >> np.uint64(min(drop - half_bits, half_bits - 1)), 0
        else:
            low[rows] = high[rows] << np.uint64(half_bits - drop) | low[rows] >> np.uint64(drop)
            high[rows] >>= np.uint64(drop)
    return high, low


def _times(codes: Bytes, low: Unsigned) -> Integers:
    """The running time behind each message: cycles counted since the last message that set it, or the last halt."""
    table = load_instructions()
    systime, sysdelta, loopback = (table.messages[name] for name in ("systime", "sysdelta", "loopback"))
    number = low.astype(np.int64)
    steps = table.time.message_cycles + np.where(codes == sysdelta.code, number, 0)
    counted = np.cumsum(steps)
    halts = (codes == loopback.code) & (number == loopback.field("marker").values["halt"])
    sets, resets = np.flatnonzero(codes == systime.code), np.flatnonzero(halts) + 1
    resets = resets[resets < len(codes)]
    anchor, base = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
    base[resets] = -counted[resets - 1]
    base[sets] = number[sets] - counted[sets]
    anchor[resets], anchor[sets] = resets, sets
    times: Integers = counted + base[np.maximum.accumulate(anchor)]
    return times


@cache
def _unused_bits() -> tuple[Unsigned, Unsigned]:
    """By code: the bits of the payload (high, low) that must be zero."""
    table = load_instructions()
    high, low = (np.zeros(1 << table.packing.header_bits, np.uint64) for _ in range(2))
    for row in table.from_fpga:
        everything = (1 << table.packing.message_bits(row) - table.packing.header_bits) - 1
        high[row.code], low[row.code] = divmod(everything & ~row.payload_mask, 1 << half_bits)
    return high, low


def _check(words: Unsigned, at: NDArray[np.int64], codes: Bytes, high: Unsigned, low: Unsigned) -> None:
    """Report the first message that is wrong."""
    size = load_instructions().packing.word_bytes * len(words)
    widths = message_bytes()[codes].astype(np.int64)
    extra = tuple(bits & unused[codes] for bits, unused in zip((high, low), _unused_bits()))
    wrong = np.flatnonzero((widths == 0) | (at + widths > size) | (extra[0] != 0) | (extra[1] != 0))
    if not len(wrong):
        return
    first = int(wrong[0])
    code, there, missing = int(codes[first]), int(at[first]), int(at[first] + widths[first] - size)
    row = load_instructions().message_by_code.get(code)
    if row is None:
        raise DiagnosticError([_unknown(words, there, code)])
    if missing > 0:
        raise DiagnosticError([_cut(words, there, row, missing)])
    raise DiagnosticError([_reserved(words, there, row, int(extra[0][first]) << half_bits | int(extra[1][first]))])


def _place(words: Unsigned, at: int) -> str:
    index = at // load_instructions().packing.word_bytes
    return f"at byte offset {at} (word {index}, {words[index]:016x})"


def _unknown(words: Unsigned, at: int, code: int) -> Diagnostic:
    last = max(load_instructions().message_by_code)
    title = f"no message from the FPGA has the code 0x{code:02x}, which stands {_place(words, at)}"
    return Diagnostic("B201", title, help=f"codes are 0x00 to 0x{last:02x}; the stream is damaged here or before")


def _cut(words: Unsigned, at: int, row: Instruction, missing: int) -> Diagnostic:
    title = f"the stream ends inside the message `{row.name}` {_place(words, at)}: {missing} bytes are missing"
    return Diagnostic("B202", title, help="the stream was cut off; give all of its words")


def _reserved(words: Unsigned, at: int, row: Instruction, bits: int) -> Diagnostic:
    title = f"the message `{row.name}` {_place(words, at)} sets bits that it does not have: {bits:#x}"
    return Diagnostic("B203", title, help="bits outside of a message's fields are zero; the stream is damaged")
