"""Building playback programs: register accesses by container, waits, spikes, and sections with exact times.

Registers are accessed over their usual bus or a chosen one: Omnibus, JTAG, SPI, I2C, or an instruction of their own.

>>> import numpy as np
>>> from hicannx.regmodel.load import load_registers
>>> containers = load_registers().containers
>>> builder = ProgramBuilder()
>>> builder.write(containers["EventRecordingConfig"], 0, {"enable_event_recording": True})
>>> builder.schedule(np.array([100, 250]), np.array([0x12, 0x13]))
[]
>>> builder.read(containers["EventRecordingConfig"], 0)
range(0, 1)
>>> builder.halt()
>>> len(builder.to_bytes()) // 8
9
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.regmodel.codec import byte_enables, encode, encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.lowering import answers_of, lower_read, lower_write, route
from hicannx.regmodel.playback.schedule import (
    TimedRead,
    TimedWrite,
    group,
    read_instructions,
    spike_instructions,
    timed_section,
    write_instructions,
)
from hicannx.regmodel.playback.words import encode_instruction, halt_word

_omnibus_answer = "omnibus_data"


class ProgramBuilder:
    """Collects instructions; reads are counted, so that answers can be found by the ranges that `read` returns.

    Answers are counted for each message that brings them: `omnibus_data` for most, `jtag_data` over JTAG. All methods raise DiagnosticErrors B101 to B103 for values that do not fit, and those of the register codec.
    """

    def __init__(self) -> None:
        """Begin an empty program."""
        self._chunks: list[NDArray[np.uint64]] = []
        self._answered = Counter[str]()

    def instruction(self, name: str, **fields: Any) -> None:
        """Append any instruction of the instruction set."""
        self._append(np.array([encode_instruction(name, **fields)], np.uint64))

    def write(self, container: Container, e: int, values: Mapping[str, Any], backend: str | None = None) -> None:
        """Write instance `e` of a container; fields that are not given have their default.

        DiagnosticError R142 or R143 where the backend is none, or does not reach the container.
        """
        words, enables = encode(container, values, e), _enable_bits(container, values, e)
        self._append(lower_write(route(container, "write", backend), e, words, enables))

    def write_instances(
        self, container: Container, instances: ArrayLike, values: Mapping[str, Any], backend: str | None = None
    ) -> None:
        """Write many instances: values as for `write`, or an array with one for each (`codec.encode_instances`)."""
        chosen = np.atleast_1d(instances)
        words = encode_instances(container, values, len(chosen), chosen)
        enables = _enable_bits(container, values, chosen)
        self._append(lower_write(route(container, "write", backend), chosen, words, enables))

    def write_words(self, addresses: ArrayLike, words: ArrayLike) -> None:
        """Write whole words to Omnibus addresses, in this order."""
        self._append(write_instructions(addresses, words, _full_byte_enables()))

    def read(self, container: Container, e: int = 0, backend: str | None = None) -> range:
        """Read all words of instance `e` of a container: the indices of the answers among those by the same message.

        `lowering.decode_answers` makes values of them. DiagnosticError R142, R143.
        """
        return self.read_instances(container, e, backend)

    def read_instances(self, container: Container, instances: ArrayLike, backend: str | None = None) -> range:
        """Read all words of many instances; the indices of the answers among those by the same message."""
        way = route(container, "read", backend)
        self._append(lower_read(way, instances))
        answers = answers_of(way.backend)
        return self._answers(answers.count * container.words * np.size(instances), answers.message)

    def read_words(self, addresses: ArrayLike) -> range:
        """Read Omnibus addresses; the indices of the answers among all that the Omnibus gives."""
        self._append(read_instructions(addresses))
        return self._answers(np.size(addresses))

    def setup_timer(self) -> None:
        """Set the timer to zero."""
        self.instruction("timer_setup")

    def wait_until(self, cycles: int) -> None:
        """Wait until the timer has reached a number of FPGA cycles since it was set up."""
        self.instruction("wait_until", value=cycles)

    def barrier(self, omnibus: bool = True, **others: bool) -> None:
        """Wait until all Omnibus accesses are done; `others` are further fields of the instruction."""
        self.instruction("barrier", omnibus=omnibus, **others)

    def poll(self, address: int, target: int, mask: int, equal: bool = True) -> None:
        """Read a chip address until the masked value is the target (or, with `equal=False`, is not)."""
        parameters = {"address": address, "target": target, "mask": mask}
        self.write(load_registers().containers["PollingOmnibusBlockConfig"], 0, parameters)
        self.instruction("poll_omnibus", expect_equality=equal)

    def spikes(self, labels: ArrayLike) -> None:
        """Send spikes into the chip, three labels a cycle."""
        first, counts = group(np.zeros(np.size(labels), np.int64))
        self._append(spike_instructions(labels, first, counts))

    def schedule(
        self, cycles: ArrayLike, labels: ArrayLike, accesses: Sequence[TimedWrite | TimedRead] = ()
    ) -> list[range]:
        """Set up the timer and send spikes (arrays of FPGA cycles and labels) and access registers at given cycles.

        Nothing need be sorted. What cannot run in its cycle follows as soon as possible: cycle 0 is that of the
        timer set-up, and each cycle takes one access or three spikes, spikes first. Returns a range for each access:
        the indices of its answers among all reads, empty for a write.
        """
        words, order = timed_section(cycles, labels, accesses, _full_byte_enables())
        self._append(words)
        answers = [range(0)] * len(accesses)
        for index in order:
            access = accesses[index]
            if isinstance(access, TimedRead):
                answers[index] = self._answers(np.size(access.addresses))
        return answers

    def tick(self) -> None:
        """Ask for a message from here."""
        self._loopback("tick")

    def halt(self) -> None:
        """End the program."""
        self._append(np.array([halt_word()], np.uint64))

    def words(self) -> NDArray[np.uint64]:
        """The program so far as words."""
        return np.concatenate([np.zeros(0, np.uint64), *self._chunks])

    def to_bytes(self) -> bytes:
        """The program so far as a file holds it."""
        return self.words().astype(f">u{load_instructions().packing.word_bytes}").tobytes()

    def _loopback(self, marker: str) -> None:
        values = load_instructions().instructions["loopback"].field("marker").values
        self.instruction("loopback", marker=values[marker])

    def _append(self, words: NDArray[np.uint64]) -> None:
        self._chunks.append(words)

    def _answers(self, count: int, message: str = _omnibus_answer) -> range:
        self._answered[message] += count
        return range(self._answered[message] - count, self._answered[message])


def _enable_bits(container: Container, values: Mapping[str, Any], e: Any) -> Any:
    """Bit i: byte i of the word is written."""
    return sum(enable * (1 << bit) for bit, enable in enumerate(reversed(byte_enables(container, values, e))))


def _full_byte_enables() -> int:
    return load_instructions().omnibus.full_byte_enables
