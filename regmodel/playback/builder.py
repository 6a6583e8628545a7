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

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.diagnostic import Diagnostic, Severity
from hicannx.regmodel.bus import Backend, usual_backend
from hicannx.regmodel.codec import encode, encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.access import (
    container_enables,
    few_reads,
    few_writes,
    full_byte_enables,
    read_instructions,
    write_instructions,
)
from hicannx.regmodel.playback.check import halt_word
from hicannx.regmodel.playback.instruction import load_instructions
from hicannx.regmodel.playback.known import KnownWords
from hicannx.regmodel.playback.lowering import answers_of, lower_read, lower_register, lower_write, route
from hicannx.regmodel.playback.schedule import (
    Section,
    TimedRead,
    TimedWrite,
    few_spikes,
    group,
    run_order,
    spike_instructions,
    timed_section,
)
from hicannx.regmodel.playback.timed import TimedSection
from hicannx.regmodel.playback.words import bytes_of, encode_instruction

_omnibus_answer, _jtag_answer = "omnibus_data", "jtag_data"


class ProgramBuilder:
    """Collects instructions; reads are counted, so that answers can be found by the ranges that `read` returns.

    With `known`, words that are known to be in their registers are not written again. `warnings` has what runs much
    later than wanted (B140). Answers are counted for each message that brings them: `omnibus_data` for most,
    `jtag_data` over JTAG. All methods raise DiagnosticErrors B101 to B103 for values that do not fit, and those of the
    register codec.
    """

    def __init__(self, known: KnownWords | None = None) -> None:
        """Begin an empty program, for registers that hold what is `known`."""
        self.known = known
        self.warnings: list[Diagnostic] = []
        self._chunks: list[NDArray[np.uint64]] = []
        self._pending: list[int] = []  # words behind all chunks
        self._flushed = 0
        self._answered = Counter[str]()

    def instruction(self, name: str, **fields: Any) -> None:
        """Append any instruction of the instruction set."""
        self._pending.append(encode_instruction(name, **fields))

    def word(self, word: int) -> None:
        """Append an instruction that is encoded already."""
        self._pending.append(word)

    def write(self, container: Container, e: int, values: Mapping[str, Any], backend: str | None = None) -> None:
        """Write instance `e` of a container; fields that are not given have their default.

        DiagnosticError R142 or R143 where the backend is none, or does not reach the container.
        """
        way = route(container, "write", backend)
        words, enables = encode(container, values, e), container_enables(container, values, e)
        if way.backend.name == usual_backend:
            self.write_words(container.addresses(e, way.place), words, enables)
        else:
            self._append(lower_write(way, e, words, enables))

    def write_instances(
        self, container: Container, instances: ArrayLike, values: Mapping[str, Any], backend: str | None = None
    ) -> None:
        """Write many instances: values as for `write`, or an array with one for each (`codec.encode_instances`)."""
        chosen = np.atleast_1d(instances)
        words = encode_instances(container, values, len(chosen), chosen)
        enables, way = container_enables(container, values, chosen), route(container, "write", backend)
        if way.backend.name == usual_backend and np.ndim(enables) == 0:
            self.write_words(container.addresses_of(chosen, way.place).ravel(), words.ravel(), enables)
        else:
            self._append(lower_write(way, chosen, words, enables))

    def write_words(self, addresses: ArrayLike, words: ArrayLike, byte_enables: int | None = None) -> None:
        """Write words to Omnibus addresses, in this order; `byte_enables`: bit i for byte i, all where not given."""
        enables = full_byte_enables() if byte_enables is None else byte_enables
        if self.known is not None:
            where, what = np.broadcast_arrays(np.atleast_1d(addresses), np.atleast_1d(words))
            kept = self.known.write(where, what, enables)
            addresses, words = where[kept], what[kept]
        if isinstance(addresses, list) and isinstance(words, list):
            self._pending += few_writes(addresses, words, enables)
        else:
            self._append(write_instructions(addresses, words, enables))

    def write_register(self, backend: Backend, address: int, word: int) -> None:
        """Write a word at an address of a backend's space."""
        if backend.name == usual_backend:
            self.write_words([address], [word])
        else:
            self._append(lower_register(backend, "write", address, word))

    def read(self, container: Container, e: int = 0, backend: str | None = None) -> range:
        """Read all words of instance `e` of a container: the indices of the answers among those by the same message.

        `lowering.decode_answers` makes values of them. DiagnosticError R142, R143.
        """
        way = route(container, "read", backend)
        if way.backend.name == usual_backend:
            return self.read_words(container.addresses(e, way.place))
        return self.read_instances(container, e, backend)

    def read_instances(self, container: Container, instances: ArrayLike, backend: str | None = None) -> range:
        """Read all words of many instances; the indices of the answers among those by the same message."""
        way = route(container, "read", backend)
        self._append(lower_read(way, instances))
        answers = answers_of(way.backend)
        return self._answers(np.size(instances) * container.words * answers.count, answers.message)

    def read_words(self, addresses: ArrayLike, byte_enables: int | None = None) -> range:
        """Read Omnibus addresses; the indices of the answers among all reads."""
        enables = full_byte_enables() if byte_enables is None else byte_enables
        if isinstance(addresses, list):
            self._pending += few_reads(addresses, enables)
        else:
            self._append(read_instructions(addresses, enables))
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

    def systime(self, synchronise: bool = True) -> None:
        """Ask for the system time, after the chip's clock was synchronised with the FPGA's, or as it is."""
        self.instruction("systime_init", do_sync=synchronise)

    def reset(self, hold: bool) -> None:
        """Hold the chip in reset, or release it."""
        self.instruction("reset", value=hold)

    def jtag_init(self) -> None:
        """Reset the chip's test access port; its instruction register then holds IDCODE."""
        self.instruction("jtag_init")

    def jtag_scaler(self, value: int) -> None:
        """Set the JTAG clock to the FPGA's divided by value + 2."""
        self.instruction("jtag_scaler", value=value)

    def jtag_shift(self, register: str | int, payload: int, num_bits: int, *, keep_response: bool = False) -> range:
        """Load the JTAG instruction register (a name or number) and shift bits through the register that it selects.

        The indices of the answers among all JTAG answers: one if the response is kept.
        """
        row = load_instructions().instructions["jtag_ins"]
        self.instruction("jtag_ins", ir=row.field("ir").values.get(str(register), register))
        self.instruction("jtag_data", payload=payload, num_bits=num_bits, keep_response=keep_response)
        return self._answers(int(keep_response), _jtag_answer)

    def spikes(self, labels: ArrayLike) -> None:
        """Send spikes into the chip, three labels a cycle."""
        if isinstance(labels, list):
            self._pending += few_spikes(labels)
            return
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
        order = run_order(accesses)
        due = [one for one in (self._due(accesses[index]) for index in order) if one is not None]
        section = timed_section(cycles, labels, due, full_byte_enables())
        self._append(section.words)
        self._warn(section)
        answers = [range(0)] * len(accesses)
        for index in order:
            access = accesses[index]
            if isinstance(access, TimedRead):
                answers[index] = self._answers(np.size(access.addresses))
        return answers

    def play(self, section: TimedSection) -> list[range]:
        """Set up the timer and do what stands in a section at its times, as `schedule` does."""
        return self.schedule(section.spike_cycles, section.spike_labels, section.accesses)

    def tick(self) -> None:
        """Ask for a message from here."""
        self._loopback("tick")

    def halt(self) -> None:
        """End the program."""
        self._pending.append(halt_word())

    def __len__(self) -> int:
        """Number of instructions so far."""
        return self._flushed + len(self._pending)

    def words(self) -> NDArray[np.uint64]:
        """The program so far as words."""
        self._append(np.zeros(0, np.uint64))
        return np.concatenate(self._chunks)

    def to_bytes(self) -> bytes:
        """The program so far as a file holds it."""
        return bytes_of(self.words())

    def _loopback(self, marker: str) -> None:
        values = load_instructions().instructions["loopback"].field("marker").values
        self.instruction("loopback", marker=values[marker])

    def _append(self, words: NDArray[np.uint64]) -> None:
        if self._pending:
            self._chunks.append(np.array(self._pending, np.uint64))
            self._flushed += len(self._pending)
            self._pending.clear()
        self._chunks.append(words)
        self._flushed += len(words)

    def _answers(self, count: int, message: str = _omnibus_answer) -> range:
        self._answered[message] += count
        return range(self._answered[message] - count, self._answered[message])

    def _due(self, access: TimedWrite | TimedRead) -> TimedWrite | TimedRead | None:
        """An access without the words that are known to be there; None where nothing is left of it."""
        if self.known is None or isinstance(access, TimedRead):
            return access
        where, what = np.broadcast_arrays(np.atleast_1d(access.addresses), np.atleast_1d(access.words))
        enables = full_byte_enables() if access.byte_enables is None else access.byte_enables
        kept = self.known.write(where, what, enables)
        return attrs.evolve(access, addresses=where[kept], words=what[kept]) if kept.any() else None

    def _warn(self, section: Section) -> None:
        """Tell what runs so late that its author will not have meant it."""
        rule = load_instructions().time
        late_us = section.late * rule.cycle_ns / 1000
        if late_us > rule.late_us:
            title = f"what is wanted at cycle {section.cycle} runs {section.late} cycles ({late_us:g} us) later"
            help_text = "each cycle takes one access or three spikes, a write two cycles a word: spread them in time"
            self.warnings.append(Diagnostic("B140", title, help=help_text, severity=Severity.WARNING))
