"""Servers to connect to: a command of its own, or a thread with what a test wants to look into."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from hicannx.tools.serve.emulator import Emulator, start_emulator
from hicannx.tools.serve.ports import open_port
from hicannx.tools.serve.programs import ProgramStream
from hicannx.tools.serve.report import Report
from hicannx.tools.serve.server import Server

root = Path(__file__).resolve().parent.parent.parent.parent


@attrs.define(eq=False)
class Command:
    """`hicannx serve` as a process."""

    process: subprocess.Popen[str]
    ports: tuple[int, int]
    as_text: bool

    def interrupt(self) -> tuple[int, Any, str]:
        """Press Ctrl-C: exit code, objects of the report, or its text, standard error."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> tuple[int, Any, str]:
        """Wait for its end."""
        out, error = self.process.communicate(timeout=60)
        return self.process.returncode, out if self.as_text else [json.loads(line) for line in out.splitlines()], error

    def memory_kib(self) -> int:
        """Memory of the process that talks to clients."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])


@contextlib.contextmanager
def running(*words: str, text: bool = False) -> Iterator[Command]:
    """A server on free ports that is ready, which reports objects, or as `text`."""
    line = [sys.executable, "-m", "hicannx", "serve", "--port", "0", "--reset-port", "0", *words]
    line += [] if text else ["--json"]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"}
    pipe = subprocess.PIPE
    signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background inherit that it is ignored
    process = subprocess.Popen(line, env=environment, stdout=pipe, stderr=pipe, text=True)
    try:
        assert process.stdout is not None
        started = process.stdout.readline()
        data, reset = map(int, re.findall(r'port"?:? (\d+)', started))
        assert text or json.loads(started)["event"] == "started"
        yield Command(process, (data, reset), text)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def command() -> Iterator[Callable[..., Command]]:
    """Starts servers with these options."""
    with contextlib.ExitStack() as opened:
        yield lambda *words, **options: opened.enter_context(running(*words, **options))


@pytest.fixture(scope="module")
def server() -> Iterator[Command]:
    """One server for all tests of a module, which must be alive in the end."""
    with running() as one:
        yield one
        code, _, error = one.interrupt()
        assert (code, error) == (0, "")


@attrs.define(eq=False)
class Thread:
    """A server in a thread of this process; it ends when its client has taken leave."""

    server: Server
    emulator: Emulator
    ports: tuple[int, int]
    thread: threading.Thread

    def join(self) -> None:
        self.thread.join(30)
        assert not self.thread.is_alive()


@pytest.fixture
def threaded(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Thread]]:
    """Starts servers in threads, with a playback memory of so many words."""
    with contextlib.ExitStack() as opened:

        def start(most_words: int | None = None) -> Thread:
            data, reset = (opened.enter_context(open_port("127.0.0.1", 0, is_public=False)) for _ in range(2))
            emulator = start_emulator()
            opened.callback(emulator.close)
            stream = ProgramStream(most_words) if most_words else ProgramStream()
            server = Server(data, reset, emulator, Report(as_json=True), stream)
            server.wait_for_chip()
            thread = threading.Thread(target=server.run, kwargs={"once": True}, daemon=True)
            thread.start()
            return Thread(server, emulator, (data.getsockname()[1], reset.getsockname()[1]), thread)

        yield start
