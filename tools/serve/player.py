"""Pieces of playback programs executed on one chip, whatever they are: all failures become answers and diagnostics."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.executor import Result, run_playback
from hicannx.emu.response import HALT, response_words
from hicannx.regmodel.playback.words import halt_word
from hicannx.tools.serve.answer import failure_words
from hicannx.tools.serve.programs import Piece
from hicannx.tools.serve.protocol import load_protocol

_most_spikes = load_protocol().limits.answer_words
_no_answers = np.zeros((0, 3), np.int64)


class AbortedError(Exception):
    """Nobody waits for the program any more."""


@attrs.frozen
class Played:
    """What is to be told of a piece, and whether the rest of its program is worth playing."""

    diagnostics: tuple[Diagnostic, ...] = ()
    has_failed: bool = False


@attrs.define(eq=False)
class Player:
    """A chip that plays pieces; `send` takes the answers as they come, `is_aborted` is asked now and then."""

    send: Callable[[bytes], None]
    is_aborted: Callable[[], bool]
    chip: Chip = attrs.field(factory=Chip)
    warned: tuple[str, ...] = ()

    def play(self, piece: Piece) -> Played:
        """Execute a piece of a program. AbortedError when nobody waits any more."""
        end = b"" if piece.is_last else halt_word().to_bytes(8, "big")
        try:
            result = run_playback(self.chip, piece.data + end, "program", progress=self._look_up)
        except DiagnosticError as error:
            self.chip.forgive()
            self._send_spikes()
            self.send(failure_words(piece.first_word, halts=piece.is_last))
            return Played(error.diagnostics, has_failed=True)
        self._send_result(result, piece)
        return Played(self._new_warnings(result))

    def forget(self) -> None:
        """Nobody wants to know what the last program has left."""
        self.chip.take_spikes()

    def _send_result(self, result: Result, piece: Piece) -> None:
        if not piece.is_last:
            result = attrs.evolve(result, responses=result.responses[result.responses[:, 0] != HALT])
        self.send(result.words().astype(">u8").tobytes())

    def _new_warnings(self, result: Result) -> tuple[Diagnostic, ...]:
        """The same words that are no instructions are met in every program that lets a processor run on."""
        before, self.warned = self.warned, tuple(one.title for one in result.warnings)
        return tuple(one for one in result.warnings if one.title not in before)

    def _look_up(self, _fraction: float) -> None:
        if self.is_aborted():
            raise AbortedError
        if self.chip.world.record.used[0] > _most_spikes:
            self._send_spikes()

    def _send_spikes(self) -> None:
        stamps, labels, arrivals = self.chip.take_spikes()
        self.send(response_words(_no_answers, arrivals, stamps, labels).astype(">u8").tobytes())
