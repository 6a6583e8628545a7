"""Playback instructions at given FPGA cycles: spikes and register accesses merged into one timed section.

Rules: an instruction takes a cycle, the one behind WaitUntil(v) runs at cycle v + 1, late ones follow without a gap.
Source: stadls:src/stadls/vx/absolute_time_playback_program_builder.tcc:210-235.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.access import read_instructions, write_instructions
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.words import encode_instruction, encode_instructions

Words = NDArray[np.uint64]
Integers = NDArray[np.int64]

_packs = ("spike_pack_1", "spike_pack_2", "spike_pack_3")


@attrs.frozen(eq=False)
class TimedWrite:
    """Omnibus writes from `cycle` on, two instructions a word; the first word arrives in the cycle after."""

    cycle: int
    addresses: ArrayLike
    words: ArrayLike
    byte_enables: int | None = None


@attrs.frozen(eq=False)
class TimedRead:
    """Omnibus reads from `cycle` on, one instruction a word."""

    cycle: int
    addresses: ArrayLike


def spike_instructions(labels: ArrayLike, first: NDArray[np.intp], counts: NDArray[np.intp]) -> Words:
    """Spike packs: instruction i holds `counts[i]` (1 to 3) labels from index `first[i]` on. DiagnosticError B103."""
    chosen = np.atleast_1d(labels)
    words = np.zeros(len(first), np.uint64)
    for count, name in enumerate(_packs, 1):
        rows = np.flatnonzero(counts == count)
        fields = {f"label{index}": chosen[first[rows] + index] for index in range(count)}
        words[rows] = encode_instructions(name, **fields)
    return words


def few_spikes(labels: Sequence[int]) -> list[int]:
    """Spike packs of three labels each, the last of what is left, without the cost of arrays. DiagnosticError B103."""
    packs = [labels[first : first + len(_packs)] for first in range(0, len(labels), len(_packs))]
    return [
        encode_instruction(_packs[len(pack) - 1], **{f"label{index}": label for index, label in enumerate(pack)})
        for pack in packs
    ]


def group(cycles: Integers) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Packs of up to three spikes of equal cycles, which are sorted: index of the first spike, number of spikes."""
    opens = np.append(True, np.diff(cycles) > 0)[: len(cycles)]
    starts = np.flatnonzero(opens)
    place = np.arange(len(cycles)) - np.repeat(starts, np.diff(np.append(starts, len(cycles))))
    first = np.flatnonzero(place % len(_packs) == 0)
    return first, np.diff(np.append(first, len(cycles)))


def start_cycles(wanted: Integers, lengths: Integers, earliest: int) -> Integers:
    """When items run that are wanted at sorted cycles and take `lengths` cycles each, none before `earliest`."""
    before = np.cumsum(lengths) - lengths
    starts: Integers = np.maximum.accumulate(np.maximum(wanted, earliest) - before) + before
    return starts


@attrs.frozen(eq=False)
class Section:
    """Instructions of a timed section, and what runs later than wanted by most: its cycle, and how much later."""

    words: Words
    cycle: int = 0
    late: int = 0


def run_order(accesses: Sequence[TimedWrite | TimedRead]) -> list[int]:
    """Indices of accesses in the order in which they run: stably by cycle. DiagnosticError B301."""
    order: list[int] = np.argsort(_access_cycles(accesses), kind="stable").tolist()
    return order


def timed_section(
    cycles: ArrayLike, labels: ArrayLike, accesses: Sequence[TimedWrite | TimedRead], byte_enables: int
) -> Section:
    """The instructions of a section, from `timer_setup` on.

    Sorted stably by cycle; in the same cycle spikes go before accesses. DiagnosticError B103, B301, B302.
    """
    at = _cycles(cycles, "spike")
    if len(at) != np.size(labels):
        title = f"{len(at)} cycles are given for {np.size(labels)} labels"
        raise DiagnosticError([Diagnostic("B302", title, help="a spike is a cycle and a label")])
    order = np.argsort(at, kind="stable")
    at, chosen = at[order], np.atleast_1d(labels)[order]
    first, counts = group(at)
    spikes = spike_instructions(chosen, first, counts)
    blocks = [_access(one, byte_enables) for one in accesses]
    lengths = np.array([len(block) for block in blocks], np.int64)
    wanted = np.concatenate([at[first], _access_cycles(accesses)])
    lengths = np.concatenate([np.ones(len(first), np.int64), lengths])
    return _lay_out(wanted, lengths, np.concatenate([spikes, *blocks]))


def _access_cycles(accesses: Sequence[TimedWrite | TimedRead]) -> Integers:
    return _cycles([one.cycle for one in accesses], "register access")


def _cycles(cycles: ArrayLike, what: str) -> Integers:
    values = np.atleast_1d(cycles)
    last = load_instructions().instructions["wait_until"].field("value").highest
    if len(values) and values.dtype.kind not in "iu":
        title = f"the cycles of a {what} are of type {values.dtype}"
        raise DiagnosticError([Diagnostic("B301", title, help="give integers: FPGA cycles of 8 ns")])
    outside = (values < 0) | (values > last)
    if outside.any():
        title = f"a {what} is wanted at cycle {values[outside][0]}"
        raise DiagnosticError([Diagnostic("B301", title, help=f"cycles count from the timer set-up, to {last}")])
    result: Integers = values.astype(np.int64)
    return result


def _access(access: TimedWrite | TimedRead, byte_enables: int) -> Words:
    if isinstance(access, TimedRead):
        return read_instructions(access.addresses)
    enables = byte_enables if access.byte_enables is None else access.byte_enables
    return write_instructions(access.addresses, access.words, enables)


def _lay_out(wanted: Integers, lengths: Integers, words: Words) -> Section:
    """Sort items of `lengths` words by their cycles, with a wait before each that begins after a gap."""
    setup = encode_instructions("timer_setup")
    offsets = np.cumsum(lengths) - lengths
    order = np.argsort(wanted, kind="stable")
    wanted, lengths, offsets = wanted[order], lengths[order], offsets[order]
    starts = start_cycles(wanted, lengths, len(setup))
    waits = starts > np.append(len(setup), (starts + lengths)[:-1])[: len(starts)]
    wait_words = encode_instructions("wait_until", value=starts[waits] - 1)
    places = np.cumsum(lengths + waits) - lengths  # of each item's first word
    section = np.zeros(int((lengths + waits).sum()), np.uint64)
    section[places[waits] - 1] = wait_words
    within = np.arange(len(words)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    section[np.repeat(places, lengths) + within] = words[np.repeat(offsets, lengths) + within]
    latest = int(np.argmax(starts - wanted)) if len(wanted) else None
    if latest is None:
        return Section(setup)
    return Section(np.append(setup, section), int(wanted[latest]), int(starts[latest] - wanted[latest]))
