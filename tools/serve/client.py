"""A host's end of HostARQ: playback programs run on a served chip, or on a real FPGA, which speaks the same.

with connect() as fpga:
    words = fpga.run(builder.to_bytes())
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.words import words_of
from hicannx.tools.serve.end import End
from hicannx.tools.serve.frame import Frame, decode
from hicannx.tools.serve.halts import HaltFinder
from hicannx.tools.serve.ports import last_port
from hicannx.tools.serve.protocol import load_protocol

_protocol = load_protocol()
_words, _flush, _configuration = (_protocol.code(name) for name in ("words", "flush", "configuration"))
_most_bytes = _protocol.frame.most_bytes + 1
_close_s, _idle_us, _datagrams_a_turn = 0.5, 10_000, 32


def now_us() -> int:
    """The time of the link."""
    return time.monotonic_ns() // 1000


@attrs.define(eq=False)
class Client:
    """A connection; use `connect` to make one."""

    port: socket.socket
    fpga: tuple[str, int]
    end: End = attrs.field(factory=End)
    words: bytearray = attrs.field(factory=bytearray)
    is_up: bool = False

    def __enter__(self) -> Client:
        """The connection itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def run(self, program: bytes, patience_s: float = 60) -> NDArray[np.uint64]:
        """Execute a program, which ends with its halt: the words of its answers, see `regmodel.playback.messages`.

        DiagnosticError B112 when it ends inside a word, T707 when the halt is not answered in time.
        """
        words_of(program, "program", "B112", "a program")
        self.words.clear()
        self.end.sender.put(_words, program)
        halts = HaltFinder()
        if not self.exchange(lambda: halts.has_come(self.words), patience_s):
            title = f"the program is not answered by {_name(self.fpga)} within {patience_s:g} s"
            raise DiagnosticError([Diagnostic("T707", title, help="does it end with a halt, and not wait for longer?")])
        self.exchange(lambda: self.end.receiver.acknowledge_due_us is None, _close_s)
        return np.frombuffer(bytes(self.words), ">u8").astype(np.uint64)

    def close(self) -> None:
        """Take leave as hosts do, and close the socket."""
        with self.port:
            self.end.sender.put(_flush, bytes(_protocol.frame.word_bytes))
            self.exchange(lambda: self.end.sender.is_idle, _close_s)

    def exchange(self, is_done: Callable[[], bool], patience_s: float) -> bool:
        """Keep the link going until something is so; whether it is in time."""
        end = time.monotonic() + patience_s
        while not is_done():
            if time.monotonic() > end:
                return False
            self._send()
            due_us = self.end.due_us()
            wait_us = _idle_us if due_us is None else max(0, due_us - now_us())
            if select.select([self.port], [], [], wait_us / 1e6)[0]:
                self._receive()
        return True

    def _send(self) -> None:
        if self.is_up:
            for datagram in self.end.datagrams(now_us()):
                with contextlib.suppress(BlockingIOError):  # as good as lost: it will be repeated
                    self.port.sendto(datagram, self.fpga)

    def _receive(self) -> None:
        for _ in range(_datagrams_a_turn):
            try:
                datagram, peer = self.port.recvfrom(_most_bytes)
            except BlockingIOError:
                return
            if peer == self.fpga:
                self._take(decode(datagram))

    def _take(self, frame: Frame | None) -> None:
        if frame is None or not (self.is_up or frame.type == _configuration):
            return
        self.is_up, now = True, now_us()
        self.end.take(frame, now)
        while (one := self.end.receiver.next(now)) is not None:
            if one.type == _words:
                self.words += one.payload


def connect(
    host: str = "127.0.0.1",
    port: int = _protocol.ports.data,
    reset_port: int = _protocol.ports.reset,
    patience_s: float = 2,
) -> Client:
    """Connect to the FPGA at an IPv4 address, or a name of one; DiagnosticError T706 when it does not answer."""
    client = Client(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), (host, port))
    try:
        client.fpga = socket.gethostbyname(host), port
        client.port.setblocking(False)
        client.port.sendto(_protocol.reset.request_bytes, (host, reset_port))
        if client.exchange(lambda: client.is_up, patience_s):
            return client
        reason = "it does not answer"
    except OverflowError:
        reason = f"ports end at {last_port}"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    client.port.close()
    title = f"no connection to {_name((host, port))}: {reason}"
    raise DiagnosticError([Diagnostic("T706", title, help="start `hicannx serve`, and give the ports that it names")])


def _name(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
