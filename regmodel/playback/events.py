"""Columns of many messages at once: fields, and the spikes and samples that messages pack, with their times."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.regmodel.playback.instruction import Field, load_instructions
from hicannx.regmodel.playback.stream import Integers, MessageArrays, Unsigned, half_bits


def values(messages: MessageArrays, rows: NDArray[np.intp], field: Field) -> Unsigned:
    """The values of a field in some messages, which all have it."""
    if field.lsb >= half_bits:
        found = messages.high[rows] >> np.uint64(field.lsb - half_bits)
    else:
        found = messages.low[rows] >> np.uint64(field.lsb)
        if field.lsb:
            found = found | messages.high[rows] << np.uint64(half_bits - field.lsb)
    return found & np.uint64(field.highest)


def chip_times(stamps: Unsigned, times: Integers) -> Integers:
    """Times of events from their stamps and the times of their messages: the latest that is not after the message."""
    rule = load_instructions().time
    period = (1 << rule.stamp_bits) // rule.stamps_per_cycle
    late = times // period * period + stamps.astype(np.int64) // rule.stamps_per_cycle
    result: Integers = (late - period * (late > times)) % (1 << rule.systime_bits)
    return result


@attrs.frozen(eq=False)
class Events:
    """Spikes or samples in order: labels or values, times of their messages and their own on the chip, in cycles."""

    values: Unsigned
    fpga_times: Integers
    chip_times: Integers


def spikes(messages: MessageArrays) -> Events:
    """All spikes; `values` are labels."""
    return _events(messages, "label")


def samples(messages: MessageArrays) -> Events:
    """All samples of the fast converter; `values` are samples with the channel in the bit above."""
    return _events(messages, "value")


def _events(messages: MessageArrays, name: str) -> Events:
    """Events by message and place in it."""
    rows, places, found, stamps = [], [], [], []
    for row in load_instructions().from_fpga:
        of_row = np.flatnonzero(messages.codes == row.code)
        for place in range(row.events if f"{name}0" in row.by_name else 0):
            rows.append(of_row)
            places.append(np.full(len(of_row), place))
            found.append(values(messages, of_row, row.field(f"{name}{place}")))
            stamps.append(values(messages, of_row, row.field(f"time{place}")))
    at = np.concatenate(rows)
    order = np.lexsort((np.concatenate(places), at))
    times = messages.times[at[order]]
    return Events(np.concatenate(found)[order], times, chip_times(np.concatenate(stamps)[order], times))
