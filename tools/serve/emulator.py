"""The server's view of the process in which the chip lives: it plays one piece after the other."""

from __future__ import annotations

import contextlib
import enum
import subprocess
from multiprocessing.connection import Connection

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError, Severity
from hicannx.tools.chip_choice import ChipChoice, nominal
from hicannx.tools.serve.answer import failure_words, halt_words
from hicannx.tools.serve.programs import Piece
from hicannx.tools.serve.protocol import load_protocol
from hicannx.tools.serve.worker import Abort, Answer, Done, Ready, Told, out_of_memory, start_worker


class State(enum.Enum):
    """What the process does."""

    STARTING, IDLE, PLAYING, ABORTING = range(4)


@attrs.define(eq=False)
class Emulator:
    """The process, and the piece that it plays; times are in us.

    With `has_failed` the pieces up to the end of the program are left out, and only the halt is answered.
    """

    process: subprocess.Popen[bytes]
    connection: Connection
    is_cold: bool = False
    step: int = 0
    choice: ChipChoice = nominal
    state: State = State.STARTING
    piece: Piece | None = None
    has_failed: bool = False
    abort_due_us: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether `play` may be called."""
        return self.state is State.IDLE

    def fileno(self) -> int:
        """For `select`: readable when there is something to `receive`."""
        return self.connection.fileno()

    def play(self, piece: Piece) -> bytes:
        """Hand a piece over; what there is to answer at once. A process that has died is noticed by `receive`."""
        if self.has_failed:
            self.has_failed = not piece.is_last
            return halt_words() if piece.is_last else b""
        self.state, self.piece = State.PLAYING, piece
        self._tell(piece)
        return b""

    def abort(self, now_us: int) -> None:
        """Nobody waits for the program any more."""
        self.has_failed = False
        if self.state is State.PLAYING:
            self.state = State.ABORTING
            self.abort_due_us = now_us + load_protocol().time_us("abort")
            self._tell(Abort())

    def receive(self) -> tuple[bytes, tuple[Diagnostic, ...]]:
        """What the process says: words for the host, and diagnostics; DiagnosticError T705 when it does not start."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return self._died()
        is_wanted = self.state is State.PLAYING
        if isinstance(message, Answer):
            return (message.words if is_wanted else b""), ()
        if isinstance(message, Told):
            return b"", message.diagnostics if is_wanted else ()
        assert isinstance(message, Ready | Done)
        if isinstance(message, Done) and is_wanted:
            self.has_failed = message.has_failed and not self._plays_last()
        self.state, self.piece, self.abort_due_us = State.IDLE, None, None
        return b"", ()

    def enforce(self, now_us: int) -> tuple[Diagnostic, ...]:
        """End a process that does not give up its program in time; the chip is powered up anew then."""
        if self.abort_due_us is None or now_us < self.abort_due_us:
            return ()
        self._restart()
        title = "an abandoned program does not stop: the emulated chip is powered up anew"
        help_text = "a processor or a wait that takes so long is usually a mistake of the program"
        return (Diagnostic("T704", title, help=help_text, severity=Severity.WARNING),)

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.wait()

    def _tell(self, message: Piece | Abort) -> None:
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def _plays_last(self) -> bool:
        return self.piece is None or self.piece.is_last

    def _restart(self) -> None:
        self.close()
        self.process, self.connection = start_worker(is_cold=self.is_cold, step=self.step, choice=self.choice)
        self.state, self.piece, self.abort_due_us = State.STARTING, None, None

    def _died(self) -> tuple[bytes, tuple[Diagnostic, ...]]:
        piece, code = self.piece, self.process.wait()
        reason = "ran out of memory" if code == out_of_memory else f"ended with code {code}"
        if self.state is State.STARTING:
            raise DiagnosticError([Diagnostic("T705", f"the emulated chip does not start: its process {reason}")])
        is_wanted = self.state is State.PLAYING and piece is not None
        self.has_failed = is_wanted and not self._plays_last()
        self._restart()
        title = f"the emulated chip is powered up anew: its process {reason}"
        told = Diagnostic("T703", title, help="the program that it played is answered by a time-out")
        words = failure_words(piece.first_word, halts=piece.is_last) if piece and is_wanted else b""
        return words, (told,)


def start_emulator(*, is_cold: bool = False, step: int = 0, choice: ChipChoice = nominal) -> Emulator:
    """Start the process; its chip is there when `is_idle` is true. A cold one is not initialised. `step`: in ticks."""
    return Emulator(*start_worker(is_cold=is_cold, step=step, choice=choice), is_cold, step, choice)
