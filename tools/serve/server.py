"""The server: ports, link, programs and chip in one loop, which waits for all of them at once and for nothing else."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator, Sequence

import attrs

from hicannx.diagnostic import Diagnostic, Severity
from hicannx.tools.serve.emulator import Emulator
from hicannx.tools.serve.link import Link, Peer
from hicannx.tools.serve.programs import ProgramStream
from hicannx.tools.serve.protocol import load_protocol
from hicannx.tools.serve.report import Report

_protocol = load_protocol()
_most_bytes = _protocol.frame.most_bytes + 1  # what is longer is cut off and so is of a wrong size
_datagrams_a_turn, _resets_a_turn, _answers_a_turn = 32, 4, 4  # few, so that acknowledgements leave in time
_idle_s = 1.0


def now_us() -> int:
    """The time that links are told."""
    return time.monotonic_ns() // 1000


@attrs.define(eq=False)
class Server:
    """One link at a time to the client of the last reset, and the chip, which keeps its state from client to client."""

    data: socket.socket
    reset: socket.socket
    emulator: Emulator
    report: Report
    stream: ProgramStream = attrs.field(factory=ProgramStream)
    link: Link = attrs.field(init=False)
    client: Peer | None = None
    programs: int = 0
    warned: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        """Make the link, which feeds the stream of programs."""
        self.link = Link(self.stream.put, lambda: self.stream.has_room)

    def run(self, *, once: bool = False) -> None:
        """Serve for ever, or with `once` until the first client has gone."""
        while True:
            self._wait()
            now = now_us()
            self._receive_resets(now)
            self._receive_data(now)
            self._receive_answers()
            self._tell(self.emulator.enforce(now))
            self._play()
            self.link.deliver(now)
            self._send(now_us())
            if self._has_left(now) and once:
                return

    def wait_for_chip(self) -> None:
        """Wait until the chip is powered up; DiagnosticError T705 when that fails."""
        while not self.emulator.is_idle:
            self.emulator.receive()

    def _wait(self) -> None:
        sources: list[socket.socket | Emulator] = [self.data, self.reset]
        if self._wants_answers():
            sources.append(self.emulator)
        finish_us = self.link.finish_us if self.client is not None and self.emulator.is_idle else None
        due = [one for one in (self.link.due_us(), self.emulator.abort_due_us, finish_us) if one is not None]
        wait_s = min(_idle_s, max(0, min(due) - now_us()) / 1e6) if due else _idle_s
        select.select(sources, [], [], wait_s)

    def _wants_answers(self) -> bool:
        return self.link.end.sender.waiting_words < _protocol.limits.answer_words

    def _receive_resets(self, now: int) -> None:
        for datagram, peer in _datagrams(self.reset, _resets_a_turn):
            if not self.link.is_reset(datagram):
                continue
            if self.client is not None:
                self._say_farewell(self.client, "since another reset has come")
            self.link.reset(peer)
            self.stream.clear()
            self.emulator.abort(now)
            self.client, self.programs, self.warned = peer, 0, frozenset()
            self.report.connected(peer)

    def _receive_data(self, now: int) -> None:
        for datagram, peer in _datagrams(self.data, _datagrams_a_turn):
            self.link.take(datagram, peer, now)

    def _receive_answers(self) -> None:
        for _ in range(_answers_a_turn):
            if not (self._wants_answers() and select.select([self.emulator], [], [], 0)[0]):
                return
            words, told = self.emulator.receive()
            self.link.put_words(words)
            self._tell(told)

    def _tell(self, found: Sequence[Diagnostic]) -> None:
        """Report diagnostics; warnings that the program before has given, too, are known."""
        known, titles = self.warned, frozenset(one.title for one in found)
        self.warned = titles or known
        self.report.diagnostics([one for one in found if one.severity is Severity.ERROR or one.title not in known])

    def _play(self) -> None:
        while self.emulator.is_idle and (piece := self.stream.next()) is not None:
            self.programs += piece.is_last
            self.link.put_words(self.emulator.play(piece))

    def _send(self, now: int) -> None:
        peer = self.link.peer
        if peer is None:
            return
        for datagram in self.link.datagrams(now):
            try:
                self.data.sendto(datagram, peer)
            except OSError:  # as good as lost on the way: it will be repeated
                return

    def _has_left(self, now: int) -> bool:
        if self.client is None:
            return False
        if not self.link.is_open:
            self._say_farewell(self.client, "which acknowledges nothing")
        elif self.link.is_finished(now) and self.emulator.is_idle:
            self._say_farewell(self.client, "which has closed it")
        return self.client is None

    def _say_farewell(self, client: Peer, why: str) -> None:
        self.report.disconnected(client, why, self.link, self.programs)
        self.client = None


def _datagrams(port: socket.socket, most: int) -> Iterator[tuple[bytes, Peer]]:
    """What has come to a port, at most so many datagrams."""
    for _ in range(most):
        try:
            datagram, (host, number) = port.recvfrom(_most_bytes)
        except OSError:
            return
        yield datagram, (host, number)
