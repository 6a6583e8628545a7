"""Playback programs run on an emulated chip: words in; spikes, read data and the response stream out."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.emu import advance as adv
from hicannx.emu import play as pb
from hicannx.emu import state as st
from hicannx.emu.behaviour import of_executor
from hicannx.emu.chip import Chip
from hicannx.emu.fault import Locate, bear_fault, nowhere, unknown_words
from hicannx.emu.machine import event_stamp_ticks, facts, fpga_cycle_ticks, tick_us
from hicannx.emu.madc import invalid_mark
from hicannx.emu.omnibustable import row_of
from hicannx.emu.recording import as_messages, sample_parts
from hicannx.emu.response import JTAG, READ, READS_SHIFT, TIMEOUT, response_words
from hicannx.emu.timeout import describe_timeout
from hicannx.regmodel.playback.words import Program, decode_program

_chunk = 65536
_slice_ticks = 500_000  # how far the chip goes before Python has a look
_most_messages = 1 << 26
_most_warnings = 20
_no_ticks: NDArray[np.int64] = np.zeros(0, np.int64)
_reads_in_flight = int(facts["link"]["reads_in_flight"])


@attrs.frozen(slots=False)
class PPUStatistics:
    """What one processor did: ticks of 2 ns, -1 where a thing did not happen."""

    instructions: int
    cycles: int
    pc: int
    release_tick: int
    sleep_tick: int
    first_pbus_write_tick: int


@attrs.frozen(slots=False, eq=False)
class Result:
    """What a program gave back.

    `spike_ticks` (int64, 2 ns, resolution 4 ns) and `spike_labels` (uint16) of the recorded spikes in order of arrival;
    `reads` (uint32) and `read_ticks` of the read instructions in program order; `chip_ticks`: when it halted, all since
    power-up. In FPGA cycle `systime_origin` the system time was 0 when the program began. `warnings` tell of words that
    were no instructions, and of what went wrong where it was answered as silicon does. Samples of the MADC are
    `madc_times_us`, `madc_values`, `madc_channels` and `madc_valid`; docs/readout.md tells what they are of.
    """

    spike_ticks: NDArray[np.int64]
    spike_labels: NDArray[np.uint16]
    arrival_ticks: NDArray[np.int64]
    responses: NDArray[np.int64]
    chip_ticks: int
    ppu: tuple[PPUStatistics, ...]
    warnings: tuple[Diagnostic, ...] = ()
    systime_origin: int = 0
    madc_ticks: NDArray[np.int64] = _no_ticks
    madc_words: NDArray[np.int64] = _no_ticks
    madc_arrival_ticks: NDArray[np.int64] = _no_ticks

    @cached_property
    def reads(self) -> NDArray[np.uint32]:
        """Data of the read instructions in program order."""
        return np.asarray(self._of(READ)[:, 2], np.uint32)

    @cached_property
    def read_ticks(self) -> NDArray[np.int64]:
        """When each of `reads` arrived at the FPGA."""
        return np.asarray(self._of(READ)[:, 1], np.int64)

    @cached_property
    def jtag(self) -> NDArray[np.int64]:
        """Bits that JTAG data instructions have shifted out and kept, in program order."""
        return np.asarray(self._of(JTAG)[:, 2], np.int64)

    @property
    def timed_out(self) -> int | None:
        """The instruction that has timed out, if one has; the program ended with it."""
        found = self._of(TIMEOUT)
        return int(found[0, 2]) & 0xFFFFFFFF if len(found) else None

    def words(self) -> NDArray[np.uint64]:
        """The response stream as the FPGA sends it: 64-bit words."""
        stamps = self.spike_ticks // event_stamp_ticks
        samples = as_messages(self.madc_ticks, self.madc_words, self.madc_arrival_ticks)
        events = self.arrival_ticks, stamps, self.spike_labels
        return response_words(self.responses, *events, self.systime_origin, samples)

    @cached_property
    def madc_times_us(self) -> NDArray[np.float64]:
        """When each sample of the MADC was taken, since power-up."""
        times: NDArray[np.float64] = self.madc_ticks * tick_us
        return times

    @cached_property
    def madc_values(self) -> NDArray[np.uint16]:
        """The samples, 0 to 1023."""
        return sample_parts(self.madc_words)["value"]

    @cached_property
    def madc_channels(self) -> NDArray[np.uint16]:
        """Which of the two inputs each sample is of."""
        return sample_parts(self.madc_words)["channel"]

    @cached_property
    def madc_valid(self) -> NDArray[np.bool_]:
        """False for the samples of the first 8 us of a recording, while the input settles."""
        valid: NDArray[np.bool_] = self.madc_words & invalid_mark == 0
        return valid

    def _of(self, kind: int) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self.responses[self.responses[:, 0] == kind]
        return found


def run_playback(
    chip: Chip,
    data: bytes,
    name: str = "program",
    *,
    progress: Callable[[float], None] | None = None,
    locate: Locate = nowhere,
    as_silicon: bool = False,
    limit_s: float | None = None,
    limit_messages: int = _most_messages,
) -> Result:
    """Execute one playback program (64-bit big-endian words) until it halts.

    `progress` receives the fraction of the instructions that are done. A DiagnosticError tells of a malformed program
    (B1xx), of an access to nothing (E101 to E109) or of a time-out (E110). With `as_silicon` the last two do not
    end the run: what nobody answers stays unanswered, and a time-out is told by its message and drops the rest of the
    program. E120 tells that it took more than `limit_s` seconds of wall time, E121 of too many messages.
    """
    run = _Run(chip, decode_program(data, name), locate, as_silicon)
    start = time.monotonic()
    while not run.go_on():
        if progress:
            progress(run.done)
        if limit_s is not None and time.monotonic() - start > limit_s:
            title = f"the program did not end within {limit_s:g} s"
            help_text = f"it had done {100 * run.done:.0f} % of its instructions and {chip.now_tick * tick_us:.1f} us"
            raise DiagnosticError([Diagnostic("E120", title, help=help_text)])
        if run.messages > limit_messages:
            title = f"the program gives more than {limit_messages} messages"
            raise DiagnosticError([Diagnostic("E121", title, help="let it record fewer spikes, or end it earlier")])
    return run.result()


class _Run:
    """A program under way."""

    def __init__(self, chip: Chip, program: Program, locate: Locate, as_silicon: bool) -> None:
        self.chip, self.program, self.locate, self.as_silicon = chip, program, locate, as_silicon
        self.playback = pb.Playback(
            program.codes,
            program.payloads.astype(np.int64),
            np.zeros(pb.CURSOR_COLUMNS, np.int64),
            np.zeros((_chunk, 3), np.int64),
            own_registers(),
            np.zeros(0, np.int64),
        )
        self._cursor = self.playback.cursor
        self._cursor[pb.CYCLE] = -(-chip.now_tick // fpga_cycle_ticks)
        self._origin = int(chip.world.chip.fpga[st.SYSTIME_ORIGIN])
        self._parts: list[NDArray[np.int64]] = []
        self.warnings: list[Diagnostic] = []

    @property
    def done(self) -> float:
        """The fraction of the instructions that are done."""
        return float(self._cursor[pb.INDEX] / max(1, len(self.program)))

    @property
    def messages(self) -> int:
        """How many responses and spikes there are."""
        parts = sum(map(len, self._parts)) + int(self._cursor[pb.RESPONSES])
        return parts + int(self.chip.world.record.used[0]) + int(self.chip.world.samples.used[0])

    def go_on(self) -> bool:
        """Execute a while; whether the program has halted."""
        chip = self.chip
        playback = self.playback._replace(advance=chip.prepared_advance.words)
        reason = pb.play(chip.world, playback, chip.now_tick + _slice_ticks)
        if reason == pb.RESPONSES_FULL:
            self._drain()
        elif reason == pb.TIMED_OUT:
            self._time_out()
        elif reason == pb.RESETS:
            chip.set_reset(bool(self.playback.payload[self._cursor[pb.INDEX]] & 1))
            self._cursor[[pb.INDEX, pb.CYCLE]] += 1
        elif reason == adv.FAULTED and self.as_silicon:
            self._bear_fault()
        elif reason not in (pb.HALTED, pb.PAUSED):
            chip.resolve(reason, self.locate)
        return reason == pb.HALTED

    def result(self) -> Result:
        """What the halted program gave back."""
        self._drain()
        stamps, labels, arrivals = self.chip.take_spikes()
        samples = self.chip.take_samples()
        state = self.chip.world.chip
        columns = (st.INSTRUCTIONS, st.CYCLES, st.PC, st.RELEASE_TICK, st.SLEEP_TICK, st.FIRST_PBUS_WRITE)
        return Result(
            stamps * event_stamp_ticks,
            labels,
            arrivals,
            np.concatenate(self._parts),
            self.chip.now_tick,
            tuple(PPUStatistics(*(int(core[column]) for column in columns)) for core in state.core),
            (*self.warnings, *unknown_words(state, self.locate), *self.chip.news_of_steps()),
            self._origin,
            *samples,
        )

    def _drain(self) -> None:
        used = int(self._cursor[pb.RESPONSES])
        self._cursor[pb.RESPONSES] = 0
        self._parts.append(self.playback.response[:used].copy())

    def _bear_fault(self) -> None:
        polls = self.program.name(min(int(self._cursor[pb.INDEX]), len(self.program) - 1)) == "poll_omnibus"
        is_own = int(self.chip.world.chip.fault[st.FAULT_PPU]) == st.FPGA_MASTER
        warning = bear_fault(self.chip.world.chip, self.locate)
        if len(self.warnings) < _most_warnings:
            self.warnings.append(warning)
        if polls and is_own:
            self._time_out()

    def _time_out(self) -> None:
        """Tell of it, and go to the halt; or raise it."""
        diagnostic = describe_timeout(self.chip, self.playback, self.program, self.locate)
        if not self.as_silicon:
            raise DiagnosticError([diagnostic, *unknown_words(self.chip.world.chip, self.locate)])
        self.warnings.append(attrs.evolve(diagnostic, severity=Severity.WARNING))
        self._cursor[pb.CYCLE] += self.chip.world.chip.register[self.playback.register[pb.INSTRUCTION_TIMEOUT]]
        reads = min(int(self._cursor[pb.LOST_READS]), _reads_in_flight)
        value = int(self._cursor[pb.INDEX]) | reads << READS_SHIFT
        self._drain()
        self._parts.append(np.array([[TIMEOUT, self._cursor[pb.CYCLE] * fpga_cycle_ticks, value]], np.int64))
        self._cursor[pb.INDEX] = len(self.program) - 1


@cache
def own_registers() -> NDArray[np.int64]:
    """Where the executor's own registers stand in the state, in the order of `Playback.register`."""
    from hicannx.regmodel.load import load_registers

    containers = load_registers().containers
    addresses = [address for name in of_executor for address in containers[name].addresses(0)]
    addresses.append(facts["fpga_words"]["write_response_filter"]["address"])
    return np.array([row_of(address) for address in addresses], np.int64)
