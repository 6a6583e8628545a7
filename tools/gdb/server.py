"""The server: one client at a time over a socket of this machine alone."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.tools.gdb.packet import Decoder, Signal, frame
from hicannx.tools.gdb.session import Ended, Session
from hicannx.tools.gdb.target import Target

_own_machine = "127.0.0.1"
_received_bytes = 4096
_last_port = 0xFFFF


@attrs.define(eq=False)
class Connection:
    """The stream to a client; what came while the processor ran waits in `waiting`."""

    stream: socket.socket
    decoder: Decoder = attrs.field(factory=Decoder)
    waiting: list[bytes | Signal] = attrs.field(factory=list)
    sent: bytes = b""
    is_open: bool = True

    def receive(self) -> bytes | Signal | None:
        """The next packet or signal; None when the client is gone."""
        while not self.waiting and self.is_open:
            self._take()
        return self.waiting.pop(0) if self.waiting else None

    def is_interrupted(self) -> bool:
        """Whether the client wants the processor to stop, or is gone."""
        while self.is_open and select.select([self.stream], [], [], 0)[0]:
            self._take()
        if Signal.INTERRUPT in self.waiting:
            self.waiting.remove(Signal.INTERRUPT)
            return True
        return not self.is_open

    def send(self, payload: bytes) -> None:
        """Send a packet, and keep it for the case that it comes over damaged."""
        self.sent = frame(payload)
        self.write(self.sent)

    def write(self, content: bytes) -> None:
        """Send bytes; a client that is gone is noticed here, too."""
        try:
            self.stream.sendall(content)
        except OSError:
            self.is_open = False

    def _take(self) -> None:
        try:
            content = self.stream.recv(_received_bytes)
        except OSError:
            content = b""
        self.is_open = self.is_open and bool(content)
        self.waiting += self.decoder.feed(content)


def serve(target: Target, port: int, announce: Callable[[int], None]) -> None:
    """Serve clients one after the other until one detaches or kills; `announce` is told the port.

    A DiagnosticError (T211) where the port cannot be had.
    """
    if not 0 <= port <= _last_port:
        raise _no_port(port, f"ports end at {_last_port}")
    try:
        listener = socket.create_server((_own_machine, port), backlog=1)
    except OSError as error:
        raise _no_port(port, (error.strerror or str(error)).lower()) from None
    with listener:
        announce(int(listener.getsockname()[1]))
        while True:
            stream, _ = listener.accept()
            with stream:
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if talk(target, Connection(stream)):
                    return


def _no_port(port: int, reason: str) -> DiagnosticError:
    title = f"cannot listen on port {port}: {reason}"
    return DiagnosticError([Diagnostic("T211", title, help="choose another port, or 0 for any")])


def talk(target: Target, connection: Connection) -> bool:
    """Answer a client until it is gone; whether it has said good-bye."""

    def say(text: str) -> None:
        connection.send(b"O" + text.encode().hex().encode())

    session = Session(target, say)
    target.is_interrupted = connection.is_interrupted
    target.observer.breakpoints.clear()
    target.observer.watched.clear()
    target.accesses.clear()
    while (one := connection.receive()) is not None:
        try:
            _answer(session, connection, one)
        except Ended as ended:
            if ended.reply is not None:
                connection.send(ended.reply)
            return True
    return session.is_over


def _answer(session: Session, connection: Connection, one: bytes | Signal) -> None:
    if isinstance(one, bytes):
        if session.acknowledges:
            connection.write(b"+")
        reply = session.reply(one)
        if reply is not None:
            connection.send(reply)
    elif one is Signal.DAMAGED and session.acknowledges:
        connection.write(b"-")
    elif one is Signal.REFUSED and session.acknowledges and connection.sent:
        connection.write(connection.sent)
