"""What the FPGA sends back: responses and spikes of a run, merged by time into the stream of messages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.machine import fpga_cycle_ticks
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.schedule import group
from hicannx.regmodel.playback.stream import MessageArrays, deposit, empty_messages, join, with_times

Integers = NDArray[np.int64]

# Kinds of responses, the first column of a row (kind, tick, value). ORIGIN is no message: from that tick on, `value` is
# the FPGA cycle whose system time is 0. Of a TIMEOUT `value` is the index and, above 32 bits, the reads in flight.
READ, TICK, SYSTIME, TIMEOUT, HALT, JTAG, WRITE, ORIGIN = range(8)

# By kind: the message that it becomes, and the field that takes the value.
_messages = (
    ("omnibus_data", "data"),
    ("loopback", "marker"),
    ("systime", "value"),
    ("timeout_notification", "instruction_index"),
    ("loopback", "marker"),
    ("jtag_data", "data"),
    ("omnibus_data", "data"),
)
READS_SHIFT = 32
_packs = {
    "label": ("spike_pack_1", "spike_pack_2", "spike_pack_3"),
    "value": ("madc_pack_1", "madc_pack_2", "madc_pack_3"),
}


def response_words(
    responses: Integers,
    arrival_ticks: Integers,
    stamps: Integers,
    labels: NDArray[np.uint16],
    origin: int = 0,
    samples: tuple[Integers, Integers, NDArray[np.uint16]] | None = None,
) -> NDArray[np.uint64]:
    """The stream as 64-bit words.

    `responses` are rows (kind, tick of 2 ns, value); spike i arrived at `arrival_ticks[i]`, has the chip time
    `stamps[i]` in units of 4 ns and the label `labels[i]`. Spikes of one FPGA cycle share messages of up to three and
    precede responses of that cycle; a halt is last. `samples` of the MADC are given and sent alike, behind the spikes.
    Times are system times, which were 0 in FPGA cycle `origin` when the program began.
    """
    answers, origins = responses[responses[:, 0] != ORIGIN], _Origins(origin, responses)
    rule = load_instructions().time
    parts = [_events("label", arrival_ticks, stamps, labels, origins)]
    if samples is not None:
        parts.append(_events("value", *samples, origins))
    merged = _merge([*parts, _answers(answers)], halts=bool((answers[-1:, 0] == HALT).any()))
    times = (merged.times - origins.at(merged.times * fpga_cycle_ticks)) & ((1 << rule.systime_bits) - 1)
    is_systime = merged.codes == load_instructions().messages["systime"].code
    merged.times[:] = np.where(is_systime, times, np.maximum(times, rule.message_cycles))
    return join(with_times(merged))


class _Origins:
    """In which FPGA cycle the system time was 0, for the ticks of a program."""

    def __init__(self, first: int, responses: Integers) -> None:
        rows = responses[responses[:, 0] == ORIGIN]
        self._ticks, self._values = rows[:, 1], np.append(first, rows[:, 2])

    def at(self, ticks: Integers) -> Integers:
        """The cycle for each tick."""
        found: Integers = self._values[np.searchsorted(self._ticks, ticks, side="right")]
        return found


def _answers(responses: Integers) -> MessageArrays:
    """Messages with their cycles as times."""
    table = load_instructions()
    messages = empty_messages(len(responses))
    messages.times[:] = responses[:, 1] // fpga_cycle_ticks
    for kind, (name, field) in enumerate(_messages):
        row, rows = table.messages[name], np.flatnonzero(responses[:, 0] == kind)
        messages.codes[rows] = row.code
        place, values = row.field(field), responses[rows, 2] & row.field(field).highest
        deposit(messages, rows, place.lsb, values.astype(np.uint64))
        if kind == TIMEOUT:
            reads = row.field("omnibus_reads")
            deposit(messages, rows, reads.lsb, (responses[rows, 2] >> READS_SHIFT).astype(np.uint64))
    return messages


def _events(
    what: str, ticks: Integers, stamps: Integers, contents: NDArray[np.uint16], origins: _Origins
) -> MessageArrays:
    """Messages of up to three events of the same cycle, in the order of their arrival; `what` names their content."""
    table = load_instructions()
    cycles, labels = ticks // fpga_cycle_ticks, contents
    stamps = stamps - table.time.stamps_per_cycle * origins.at(ticks)
    order = np.argsort(cycles, kind="stable")
    cycles, stamps, labels = cycles[order], stamps[order], labels[order]
    first, counts = group(cycles)
    messages = empty_messages(len(first))
    messages.times[:] = cycles[first]
    for count, name in enumerate(_packs[what], 1):
        rows = np.flatnonzero(counts == count)
        messages.codes[rows] = table.messages[name].code
        for index in range(count):
            time, label = (table.messages[name].field(f"{part}{index}") for part in ("time", what))
            spikes = first[rows] + index
            deposit(messages, rows, time.lsb, (stamps[spikes] & time.highest).astype(np.uint64))
            deposit(messages, rows, label.lsb, labels[spikes].astype(np.uint64))
    return messages


def _merge(parts: list[MessageArrays], *, halts: bool) -> MessageArrays:
    """All by time; the halt, if it is the last answer, is behind everything, so that nothing comes later."""
    times = np.concatenate([part.times for part in parts])
    if halts:
        times[-1] = times.max()
    order = np.argsort(times, kind="stable")
    return MessageArrays(
        np.concatenate([part.codes for part in parts])[order],
        np.concatenate([part.high for part in parts])[order],
        np.concatenate([part.low for part in parts])[order],
        times[order],
    )
