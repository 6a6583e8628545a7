"""The process in which the chip lives: pieces of programs come over a connection, answers leave over it.

A process of its own, since one call of a kernel may take minutes: it holds Python's lock, so that nobody would
acknowledge frames, and a processor that runs away can only be stopped by ending the process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, NoReturn

import attrs

import hicannx
from hicannx.diagnostic import Diagnostic
from hicannx.tools.chip_choice import ChipChoice, nominal
from hicannx.tools.serve.programs import Piece

_chunk_bytes = 1 << 16
_command = f"import sys; from {__name__} import main; sys.exit(main(sys.argv[1:]))"


@attrs.frozen
class Ready:
    """The chip is powered up."""


@attrs.frozen
class Answer:
    """Words for the host."""

    words: bytes = attrs.field(repr=False)


@attrs.frozen
class Told:
    """What is to be told of the piece."""

    diagnostics: tuple[Diagnostic, ...]


@attrs.frozen
class Done:
    """A piece is over; with `has_failed` the rest of its program is to be left out."""

    has_failed: bool = False


@attrs.frozen
class Abort:
    """To the worker: give up the piece."""


def start_worker(
    *, is_cold: bool, step: int = 0, choice: ChipChoice = nominal
) -> tuple[subprocess.Popen[bytes], Connection]:
    """Start the process, which first says that it is ready; a cold chip is not initialised, `step` ticks are its step.

    It has a session of its own: an interrupt from the keyboard is not for it, and it ends when the connection does.
    """
    ours, theirs = Pipe()
    search_path = os.pathsep.join([str(Path(hicannx.__file__).parent.parent), *sys.path])
    given = [str(theirs.fileno()), str(step), json.dumps(attrs.asdict(choice)), *(["cold"] if is_cold else [])]
    command = [sys.executable, "-P", "-c", _command, *given]
    environment = {**os.environ, "PYTHONPATH": search_path}
    with theirs:
        files: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        process = subprocess.Popen(
            command, env=environment, pass_fds=[theirs.fileno()], start_new_session=True, **files
        )
    return process, ours


def work(connection: Connection, *, is_cold: bool, step: int = 0, choice: ChipChoice = nominal) -> NoReturn:
    """Play what comes until the other side is gone; `step` 0 is the default."""
    from hicannx.tools.serve.player import AbortedError, Player

    def send(words: bytes) -> None:
        for start in range(0, len(words), _chunk_bytes):
            connection.send(Answer(words[start : start + _chunk_bytes]))

    def tell(found: Sequence[Diagnostic]) -> None:
        if found:
            connection.send(Told(tuple(found)))

    def is_aborted() -> bool:
        return connection.poll() and isinstance(connection.recv(), Abort)

    player = Player(choice.make(step or "default", is_cold=is_cold), send, tell, is_aborted)
    connection.send(Ready())
    while True:
        piece = connection.recv()
        if not isinstance(piece, Piece):  # an Abort that comes late
            continue
        try:
            has_failed = player.play(piece)
        except AbortedError:
            player.forget()
            has_failed = False
        connection.send(Done(has_failed))


def limit_memory(most_bytes: int) -> None:
    """Let allocations beyond this fail, so that a program can end the process at worst."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = most_bytes if hard == resource.RLIM_INFINITY else min(most_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def main(arguments: Sequence[str]) -> int:
    """Work for the process that has started this one, over an inherited file."""
    from hicannx.tools.serve.protocol import load_protocol

    limit_memory(load_protocol().limits.worker_bytes)
    try:
        choice = ChipChoice(**json.loads(arguments[2]))
        is_cold = "cold" in arguments[3:]
        work(Connection(int(arguments[0])), is_cold=is_cold, step=int(arguments[1]), choice=choice)
    except (EOFError, ConnectionError):
        return 0
    except MemoryError:
        return out_of_memory


out_of_memory = 3
"""Exit code of a worker whose program needed more memory than it may have."""
