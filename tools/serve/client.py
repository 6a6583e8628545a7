"""A host's end of HostARQ: playback programs run on a served chip, or on a real FPGA, which speaks the same.

with connect() as fpga:
    words = fpga.run(builder.to_bytes())
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.playback.messages import decode_messages
from hicannx.tools.serve.end import End
from hicannx.tools.serve.frame import decode
from hicannx.tools.serve.protocol import load_protocol

_protocol = load_protocol()
_words, _flush, _configuration = (_protocol.code(name) for name in ("words", "flush", "configuration"))
_most_bytes = _protocol.frame.most_bytes + 1
_end = re.compile(rb"\x02\x00{7}(\x80\x00*)?\Z")  # what looks like a halt and a comma in the last two words
_close_s, _idle_us = 0.5, 10_000


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
        """Execute a program, which ends with its halt: the words of its answers, see `decode_messages`.

        DiagnosticError T707 when the halt is not answered in time.
        """
        self.words.clear()
        self.end.sender.put(_words, program)
        if not self.exchange(lambda: has_halted(self.words), patience_s):
            title = f"the program is not answered by {_name(self.fpga)} within {patience_s:g} s"
            raise DiagnosticError([Diagnostic("T707", title, help="does it end with a halt, and not wait for longer?")])
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
                self.port.sendto(datagram, self.fpga)

    def _receive(self) -> None:
        datagram, peer = self.port.recvfrom(_most_bytes)
        frame, now = decode(datagram), now_us()
        if frame is None or peer != self.fpga or not (self.is_up or frame.type == _configuration):
            return
        self.is_up = True
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
    """Connect to the FPGA at an IPv4 address; DiagnosticError T706 when it does not answer."""
    client = Client(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), (host, port))
    try:
        client.port.sendto(_protocol.reset.request_bytes, (host, reset_port))
        if client.exchange(lambda: client.is_up, patience_s):
            return client
        reason = "it does not answer"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    client.port.close()
    title = f"no connection to {_name((host, port))}: {reason}"
    raise DiagnosticError([Diagnostic("T706", title, help="start `hicannx serve`, and give the ports that it names")])


def has_halted(words: bytes | bytearray) -> bool:
    """Whether the answers to a program are complete."""
    if not _end.search(words[-2 * _protocol.frame.word_bytes :]):
        return False
    try:
        *_, last = decode_messages(np.frombuffer(bytes(words), ">u8").astype(np.uint64))
    except DiagnosticError:
        return False
    return last.name == "loopback" and not last.fields["marker"]


def _name(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
