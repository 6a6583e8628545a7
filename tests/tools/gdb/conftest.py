"""A small client of the remote protocol, and a server to talk to."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hicannx.tools.gdb.packet import Decoder, Signal, frame
from hicannx.tools.gdb.server import serve
from hicannx.tools.gdb.target import Target
from hicannx.tools.ppu_program import start
from hicannx.tools.program import Program, load_program


def target_of(program: Program) -> Target:
    (observer,) = start(program, (0,))
    return Target(observer, program)


def written_target(folder: Path, source: str) -> Target:
    (folder / "program.s").write_text(source)
    return target_of(load_program(folder / "program.s"))


class Client:
    """Sends packets and returns replies; texts that the server shows in between are in `texts`."""

    def __init__(self, port: int) -> None:
        self.stream = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.decoder, self.waiting = Decoder(), list[bytes | Signal]()
        self.texts: list[str] = []
        self.acknowledges = True

    def close(self) -> None:
        self.stream.close()

    def receive(self) -> bytes | Signal | None:
        while not self.waiting:
            content = self.stream.recv(65536)
            if not content:
                return None
            self.waiting += self.decoder.feed(content)
        return self.waiting.pop(0)

    def post(self, packet: str | bytes) -> None:
        self.stream.sendall(frame(packet if isinstance(packet, bytes) else packet.encode("latin-1")))
        if self.acknowledges:
            assert self.receive() is Signal.ACKNOWLEDGED

    def reply(self) -> str:
        found = self.receive()
        assert isinstance(found, bytes)
        if self.acknowledges:
            self.stream.sendall(b"+")
        if found[:1] == b"O" and found != b"OK":
            self.texts.append(bytes.fromhex(found[1:].decode()).decode())
            return self.reply()
        return found.decode("latin-1")

    def ask(self, packet: str | bytes) -> str:
        self.post(packet)
        return self.reply()

    def monitor(self, line: str) -> str:
        return bytes.fromhex(self.ask("qRcmd," + line.encode().hex())).decode()


@contextlib.contextmanager
def served(target: Target) -> Iterator[int]:
    """The port of a server that ends when a client says good-bye, at the latest at the end of the block."""
    ports: queue.Queue[int] = queue.Queue()
    thread = threading.Thread(target=serve, args=(target, 0, ports.put), daemon=True)
    thread.start()
    port = ports.get(timeout=30)
    try:
        yield port
    finally:
        if thread.is_alive():
            with contextlib.suppress(OSError), contextlib.closing(Client(port)) as last:
                last.post("k")
        thread.join(30)
        assert not thread.is_alive()


Connect = Callable[[str], Client]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """A client that is connected to a program, which is given as assembly source."""
    with contextlib.ExitStack() as stack:

        def make(source: str) -> Client:
            client = Client(stack.enter_context(served(written_target(tmp_path, source))))
            stack.enter_context(contextlib.closing(client.stream))
            return client

        yield make


@pytest.fixture
def make_target(tmp_path: Path) -> Callable[[str], Target]:
    return lambda source: written_target(tmp_path, source)


@pytest.fixture
def serve_target() -> Callable[[Target], contextlib.AbstractContextManager[int]]:
    return served


@pytest.fixture
def client_class() -> type[Client]:
    return Client


@pytest.fixture
def make_program_target() -> Callable[[Program], Target]:
    return target_of
