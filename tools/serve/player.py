"""Pieces of playback programs executed on one chip, whatever they are: all failures become answers and diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.executor import Result, run_playback
from hicannx.emu.machine import NEVER
from hicannx.emu.recording import as_messages
from hicannx.emu.response import HALT, TIMEOUT, response_words
from hicannx.emu.state import SYSTIME_ORIGIN
from hicannx.regmodel.playback.check import halt_word
from hicannx.tools.serve.answer import failure_words
from hicannx.tools.serve.programs import Piece
from hicannx.tools.serve.protocol import load_protocol

_most_spikes = load_protocol().limits.answer_words
_no_answers = np.zeros((0, 3), np.int64)


class AbortedError(Exception):
    """Nobody waits for the program any more."""


@attrs.define(eq=False)
class Player:
    """A chip that plays pieces; `is_aborted` is asked now and then.

    `send` takes the answers as they come, and before the last of them `tell` what there is to tell of a piece.
    """

    chip: Chip
    send: Callable[[bytes], None]
    tell: Callable[[Sequence[Diagnostic]], None]
    is_aborted: Callable[[], bool]

    def play(self, piece: Piece) -> bool:
        """Execute a piece: whether the rest of its program is to be left out. AbortedError when nobody waits."""
        end = b"" if piece.is_last else halt_word().to_bytes(8, "big")
        try:
            result = run_playback(self.chip, piece.data + end, "program", progress=self._look_up, as_silicon=True)
        except DiagnosticError as error:
            self._send_spikes()
            self.tell(error.diagnostics)
            self.send(failure_words(piece.first_word, halts=piece.is_last))
            return True
        self.tell(result.warnings)
        self.send(_in_place(result, piece).words().astype(">u8").tobytes())
        return result.timed_out is not None

    def forget(self) -> None:
        """Nobody wants to know what the last program has left."""
        self.chip.take_spikes()
        self.chip.take_samples()

    def _look_up(self, _fraction: float) -> None:
        if self.is_aborted():
            raise AbortedError
        world = self.chip.world
        if world.record.used[0] + world.samples.used[0] > _most_spikes:
            self._send_spikes(self.chip.now_tick)

    def _send_spikes(self, before_tick: int = NEVER) -> None:
        stamps, labels, arrivals = self.chip.take_spikes(before_tick)
        samples = as_messages(*self.chip.take_samples(before_tick))
        origin = int(self.chip.world.chip.fpga[SYSTIME_ORIGIN])
        words = response_words(_no_answers, arrivals, stamps, labels, origin, samples)
        self.send(words.astype(">u8").tobytes())


def _in_place(result: Result, piece: Piece) -> Result:
    """The result of a piece as that of a part of its program: it halts only at its end, and words are counted on."""
    kinds = result.responses[:, 0]
    responses = result.responses[(kinds != HALT) | piece.is_last]
    responses[responses[:, 0] == TIMEOUT, 2] += piece.first_word
    return attrs.evolve(result, responses=responses)
