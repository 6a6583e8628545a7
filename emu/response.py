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
_packs = ("spike_pack_1", "spike_pack_2", "spike_pack_3")


def response_words(
    responses: Integers, arrival_ticks: Integers, stamps: Integers, labels: NDArray[np.uint16], origin: int = 0
) -> NDArray[np.uint64]:
    """The stream as 64-bit words.

    `responses` are rows (kind, tick of 2 ns, value); spike i arrived at `arrival_ticks[i]`, has the chip time
    `stamps[i]` in units of 4 ns and the label `labels[i]`. Spikes of one FPGA cycle share messages of up to three and
    precede responses of that cycle; a halt is last. Times are system times, which were 0 in FPGA cycle `origin` when
    the program began.
    """
    answers, origins = responses[responses[:, 0] != ORIGIN], _Origins(origin, responses)
    rule = load_instructions().time
    spikes = _spikes(
        arrival_ticks // fpga_cycle_ticks, stamps - rule.stamps_per_cycle * origins.at(arrival_ticks), labels
    )
    merged = _merge(spikes, _answers(answers), halts=bool((answers[-1:, 0] == HALT).any()))
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


def _spikes(cycles: Integers, stamps: Integers, labels: NDArray[np.uint16]) -> MessageArrays:
    """Messages of up to three spikes of the same cycle, in the order of their arrival."""
    table = load_instructions()
    order = np.argsort(cycles, kind="stable")
    cycles, stamps, labels = cycles[order], stamps[order], labels[order]
    first, counts = group(cycles)
    messages = empty_messages(len(first))
    messages.times[:] = cycles[first]
    for count, name in enumerate(_packs, 1):
        rows = np.flatnonzero(counts == count)
        messages.codes[rows] = table.messages[name].code
        for index in range(count):
            time, label = (table.messages[name].field(f"{what}{index}") for what in ("time", "label"))
            spikes = first[rows] + index
            deposit(messages, rows, time.lsb, (stamps[spikes] & time.highest).astype(np.uint64))
            deposit(messages, rows, label.lsb, labels[spikes].astype(np.uint64))
    return messages


def _merge(spikes: MessageArrays, answers: MessageArrays, *, halts: bool) -> MessageArrays:
    """Both by time; the halt, if it is the last answer, is behind everything, so that nothing comes later."""
    times = np.append(spikes.times, answers.times)
    if halts:
        times[-1] = times.max()
    order = np.argsort(times, kind="stable")
    return MessageArrays(
        np.append(spikes.codes, answers.codes)[order],
        np.append(spikes.high, answers.high)[order],
        np.append(spikes.low, answers.low)[order],
        times[order],
    )
