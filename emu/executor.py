"""Playback programs run on an emulated chip: words in; spikes, read data and the response stream out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu import play as pb
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.fault import Locate, nowhere, unknown_words, who
from hicannx.emu.machine import event_stamp_ticks, fpga_cycle_ticks, tick_us
from hicannx.emu.response import READ, response_words
from hicannx.regmodel.playback.words import decode_program

_chunk = 65536
_progress_cycles = 125_000


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
    `reads` (uint32) and `read_ticks` of the read instructions in program order; `chip_ticks`: when it halted;
    `warnings` tell of words that were no instructions.
    """

    spike_ticks: NDArray[np.int64]
    spike_labels: NDArray[np.uint16]
    arrival_ticks: NDArray[np.int64]
    responses: NDArray[np.int64]
    chip_ticks: int
    ppu: tuple[PPUStatistics, ...]
    warnings: tuple[Diagnostic, ...] = ()

    @cached_property
    def reads(self) -> NDArray[np.uint32]:
        """Data of the read instructions in program order."""
        return np.asarray(self.responses[self.responses[:, 0] == READ, 2], np.uint32)

    @cached_property
    def read_ticks(self) -> NDArray[np.int64]:
        """When each of `reads` arrived at the FPGA."""
        return np.asarray(self.responses[self.responses[:, 0] == READ, 1], np.int64)

    @cached_property
    def spike_fpga_times(self) -> NDArray[np.int64]:
        """FPGA cycle of the message that brought each spike."""
        return self.arrival_ticks // fpga_cycle_ticks

    def words(self) -> NDArray[np.uint64]:
        """The response stream as the FPGA sends it: 64-bit words."""
        return response_words(
            self.responses, self.arrival_ticks, self.spike_ticks // event_stamp_ticks, self.spike_labels
        )


def run_playback(
    chip: Chip,
    data: bytes,
    name: str = "program",
    *,
    progress: Callable[[float], None] | None = None,
    locate: Locate = nowhere,
) -> Result:
    """Execute one playback program (64-bit big-endian words) until it halts.

    `progress` receives the fraction of the instructions that are done. A DiagnosticError tells of a malformed program
    (B1xx), of an access to nothing (E101 to E109, E114), of a time-out (E110) or of what is not emulated yet (E111).
    """
    program = decode_program(data, name)
    playback = pb.Playback(
        program.codes,
        program.payloads.astype(np.int64),
        np.zeros(pb.CURSOR_COLUMNS, np.int64),
        np.zeros((_chunk, 3), np.int64),
        _registers(),
    )
    playback.cursor[pb.CYCLE] = -(-chip.now_tick // fpga_cycle_ticks)
    responses: list[NDArray[np.int64]] = []
    while True:
        reason = pb.play(chip.world, playback, int(playback.cursor[pb.CYCLE]) + _progress_cycles)
        if reason == pb.HALTED:
            break
        if reason == pb.RESPONSES_FULL:
            responses.append(_drain(playback))
        elif reason == pb.PAUSED:
            if progress:
                progress(playback.cursor[pb.INDEX] / max(1, len(playback.code)))
        elif reason in (pb.TIMED_OUT, pb.UNSUPPORTED):
            stopped = _stopped(chip, playback, program, reason, locate)
            raise DiagnosticError([stopped, *unknown_words(chip.world.chip, locate)])
        else:
            chip.resolve(reason, locate)
    responses.append(_drain(playback))
    return _result(chip, np.concatenate(responses), locate)


def _registers() -> NDArray[np.int64]:
    from hicannx.regmodel.load import load_registers

    containers = load_registers().containers
    poll = containers["PollingOmnibusBlockConfig"].addresses(0)
    return np.array([*poll, *containers["InstructionTimeoutConfig"].addresses(0)], np.int64)


def _drain(playback: pb.Playback) -> NDArray[np.int64]:
    used = int(playback.cursor[pb.RESPONSES])
    playback.cursor[pb.RESPONSES] = 0
    return playback.response[:used].copy()


def _stopped(chip: Chip, playback: pb.Playback, program: Any, reason: int, locate: Locate) -> Diagnostic:
    index = int(playback.cursor[pb.INDEX])
    if reason == pb.UNSUPPORTED:
        title = f"the playback instruction `{program.name(index)}` (word {index}) is not emulated yet"
        return Diagnostic("E111", title, help="the emulated chip powers up as after the standard initialisation")
    now = chip.now_tick * tick_us
    title = f"the polling block (word {index}) timed out after {now:.1f} us of chip time"
    notes, span = [], None
    for ppu in range(len(chip.world.chip.core)):
        core = chip.world.chip.core[ppu]
        if core[st.RUNNING] and not core[st.SLEEPING]:
            place = locate(ppu, int(core[st.PC]))
            span = span or place.span
            notes.append(who(ppu, int(core[st.PC]), place) + " and does not sleep")
    help_text = "end the program with `wait`, or raise InstructionTimeoutConfig if it needs longer"
    return Diagnostic("E110", title, span, notes=tuple(notes), help=help_text)


def _result(chip: Chip, responses: NDArray[np.int64], locate: Locate) -> Result:
    stamps, labels, arrivals = chip.take_spikes()
    cores = chip.world.chip.core
    columns = (st.INSTRUCTIONS, st.CYCLES, st.PC, st.RELEASE_TICK, st.SLEEP_TICK, st.FIRST_PBUS_WRITE)
    return Result(
        stamps * event_stamp_ticks,
        labels,
        arrivals,
        responses,
        chip.now_tick,
        tuple(PPUStatistics(*(int(core[column]) for column in columns)) for core in cores),
        tuple(unknown_words(chip.world.chip, locate)),
    )
