"""Many messages from the FPGA at once, as arrays: packing into words, and the time messages between them.

A payload of up to 128 bits is a pair of uint64 arrays (high, low). Sources of the rules: `instructions.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.playback.instruction import load_instructions

Unsigned = NDArray[np.uint64]
Integers = NDArray[np.int64]

half_bits = 64  # of `high` and of `low`


@attrs.frozen(eq=False)
class MessageArrays:
    """Messages in order: uint8 codes, payloads (high, low), and FPGA times in cycles."""

    codes: NDArray[np.uint8]
    high: Unsigned
    low: Unsigned
    times: Integers

    def __len__(self) -> int:
        """Number of messages."""
        return len(self.codes)


def empty_messages(count: int) -> MessageArrays:
    """Messages with code, payload and time zero, to be filled in."""
    high, low = np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    return MessageArrays(np.zeros(count, np.uint8), high, low, np.zeros(count, np.int64))


def messages_of(codes: Sequence[int], payloads: Sequence[int]) -> MessageArrays:
    """Messages with these codes and payloads, and time zero."""
    messages = empty_messages(len(codes))
    messages.codes[:] = codes
    messages.high[:] = [payload >> half_bits for payload in payloads]
    messages.low[:] = [payload & (1 << half_bits) - 1 for payload in payloads]
    return messages


def deposit(messages: MessageArrays, rows: NDArray[np.intp], lsb: int, values: Unsigned) -> None:
    """Or `values` into bits `lsb` and up of the payloads of some messages."""
    if lsb >= half_bits:
        messages.high[rows] |= values << np.uint64(lsb - half_bits)
        return
    messages.low[rows] |= values << np.uint64(lsb)
    if lsb:
        messages.high[rows] |= values >> np.uint64(half_bits - lsb)


def with_times(messages: MessageArrays) -> MessageArrays:
    """Insert the messages of `time_messages`."""
    needed, inserted = time_messages(messages)
    return _interleave(inserted, messages, needed)


def time_messages(messages: MessageArrays) -> tuple[NDArray[np.bool_], MessageArrays]:
    """Which messages need a Systime or Sysdelta before them to get their times (1 and up), and these.

    The first message of a program gets an absolute time, since the host starts every program at zero; a halt ends a
    program. A Systime message among `messages` has its value as its time and needs nothing.
    """
    table = load_instructions()
    systime, sysdelta, loopback = (table.messages[name] for name in ("systime", "sysdelta", "loopback"))
    step, longest = table.time.message_cycles, sysdelta.fields[0].highest
    halts = (messages.codes == loopback.code) & (messages.low == loopback.field("marker").values["halt"])
    first = np.append(True, halts[:-1])[: len(messages)]
    gap = np.diff(messages.times, prepend=0) - 2 * step
    in_order = (gap == -step) & ~first
    short = (gap >= 0) & (gap <= longest) & ~first
    inserted = empty_messages(len(messages))
    inserted.codes[:] = np.where(short, sysdelta.code, systime.code)
    inserted.low[:] = np.where(short, gap, messages.times - step).astype(np.uint64)
    inserted.times[:] = messages.times - step
    return ~in_order & (messages.codes != systime.code), inserted


def _interleave(before: MessageArrays, messages: MessageArrays, needed: NDArray[np.bool_]) -> MessageArrays:
    keep = np.stack([needed, np.ones_like(needed)], axis=1).ravel()
    pairs = zip(attrs.astuple(before, recurse=False), attrs.astuple(messages, recurse=False))
    return MessageArrays(*(np.stack(pair, axis=1).ravel()[keep] for pair in pairs))


@cache
def message_bytes() -> NDArray[np.uint8]:
    """Bytes of a message by code; zero where there is none."""
    table = load_instructions()
    widths = np.zeros(1 << table.packing.header_bits, np.uint8)
    for row in table.from_fpga:
        widths[row.code] = table.packing.message_bits(row) // 8
    return widths


def join(messages: MessageArrays) -> Unsigned:
    """The words of messages without gaps between them; a comma ends the last word if it is not full."""
    packing = load_instructions().packing
    widths = message_bytes()[messages.codes].astype(np.int64)
    whole = empty_messages(len(messages))
    whole.high[:], whole.low[:] = messages.high, messages.low
    for width in np.unique(widths):
        rows = np.flatnonzero(widths == width)
        headers = messages.codes[rows].astype(np.uint64)
        deposit(whole, rows, 8 * int(width) - packing.header_bits, headers)
    both = np.stack([whole.high, whole.low], axis=1).astype(">u8").view(np.uint8)
    data = both[np.arange(both.shape[1]) >= both.shape[1] - widths[:, None]]
    missing = -len(data) % packing.word_bytes
    if missing:
        data = np.append(data, np.zeros(missing, np.uint8))
        data[-missing] = comma()
    words: Unsigned = data.view(f">u{packing.word_bytes}").astype(np.uint64)
    return words


def comma() -> int:
    """The header bit that says that the rest of the word carries nothing."""
    return 1 << (load_instructions().packing.header_bits - 1)
