"""What the FPGA sends back: responses and spikes of a run, merged by time into the stream of messages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.machine import fpga_cycle_ticks
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.schedule import group
from hicannx.regmodel.playback.stream import MessageArrays, deposit, empty_messages, join, with_times

Integers = NDArray[np.int64]

# Kinds of responses, the first column of a row (kind, tick, value).
READ, TICK, SYSTIME, TIMEOUT, HALT = range(5)

# By kind: the message that it becomes, and the field that takes the value.
_messages = (
    ("omnibus_data", "data"),
    ("loopback", "marker"),
    ("systime", "value"),
    ("timeout_notification", "instruction_index"),
    ("loopback", "marker"),
)
_packs = ("spike_pack_1", "spike_pack_2", "spike_pack_3")


def response_words(
    responses: Integers, arrival_ticks: Integers, stamps: Integers, labels: NDArray[np.uint16]
) -> NDArray[np.uint64]:
    """The stream as 64-bit words.

    `responses` are rows (kind, tick of 2 ns, value); spike i arrived at `arrival_ticks[i]`, has the chip time
    `stamps[i]` in units of 4 ns and the label `labels[i]`. Spikes of one FPGA cycle share messages of up to three and
    precede responses of that cycle; a halt is last.
    """
    answers = _answers(responses)
    spikes = _spikes(arrival_ticks // fpga_cycle_ticks, stamps, labels)
    last = max(answers.times.max(initial=0), spikes.times.max(initial=0))
    answers.times[responses[:, 0] == HALT] = last
    return join(with_times(_merge(spikes, answers)))


def _answers(responses: Integers) -> MessageArrays:
    table = load_instructions()
    messages = empty_messages(len(responses))
    messages.times[:] = np.maximum(responses[:, 1] // fpga_cycle_ticks, table.time.message_cycles)
    for kind, (name, field) in enumerate(_messages):
        row, rows = table.messages[name], np.flatnonzero(responses[:, 0] == kind)
        messages.codes[rows] = row.code
        place, values = row.field(field), responses[rows, 2] & row.field(field).highest
        deposit(messages, rows, place.lsb, values.astype(np.uint64))
        if kind == SYSTIME:
            messages.times[rows] = values
    return messages


def _spikes(cycles: Integers, stamps: Integers, labels: NDArray[np.uint16]) -> MessageArrays:
    """Messages of up to three spikes of the same cycle, in the order of their arrival."""
    table = load_instructions()
    order = np.argsort(cycles, kind="stable")
    cycles, stamps, labels = cycles[order], stamps[order], labels[order]
    first, counts = group(cycles)
    messages = empty_messages(len(first))
    messages.times[:] = np.maximum(cycles[first], table.time.message_cycles)
    for count, name in enumerate(_packs, 1):
        rows = np.flatnonzero(counts == count)
        messages.codes[rows] = table.messages[name].code
        for index in range(count):
            time, label = (table.messages[name].field(f"{what}{index}") for what in ("time", "label"))
            spikes = first[rows] + index
            deposit(messages, rows, time.lsb, (stamps[spikes] & time.highest).astype(np.uint64))
            deposit(messages, rows, label.lsb, labels[spikes].astype(np.uint64))
    return messages


def _merge(spikes: MessageArrays, answers: MessageArrays) -> MessageArrays:
    """Both by time; a halt, which the last answer may be, stays behind everything of its time."""
    times = np.append(spikes.times, answers.times)
    order = np.argsort(times, kind="stable")
    return MessageArrays(
        np.append(spikes.codes, answers.codes)[order],
        np.append(spikes.high, answers.high)[order],
        np.append(spikes.low, answers.low)[order],
        times[order],
    )
