"""A host's end of HostARQ, written from the description of the protocol alone, and a network that loses frames.

Like the software of real hosts it acknowledges at most every 500 us and only when something comes, repeats all frames
after 756 us, and ignores everything before the answer to its reset.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import time
from collections.abc import Callable

RESET = bytes.fromhex("abababab")
WORDS, FLUSH, LOOPBACK, CONFIGURATION = 0x0010, 0x8000, 0x8001, 0x8002
NUMBERS, WINDOW, MOST_WORDS = 256, 128, 180
HALF = WINDOW // 2
ACKNOWLEDGE_US, REPEAT_US = 500, 756


def frame(acknowledge: int, sequence: int, kind: int, payload: bytes) -> bytes:
    return struct.pack(">IIHH", acknowledge, sequence, kind, len(payload) // 8) + payload


class Host:
    """State of the host's end: `received` are (type, payload) in order."""

    def __init__(self, window: int = WINDOW) -> None:
        self.window = window
        self.is_up = False
        self.first = self.next = 0
        self.waiting: list[tuple[int, bytes]] = []
        self.under_way: dict[int, tuple[int, bytes, int]] = {}
        self.expected = 0
        self.early: dict[int, tuple[int, bytes]] = {}
        self.received: list[tuple[int, bytes]] = []
        self.acknowledged_us = -ACKNOWLEDGE_US
        self.wants_acknowledge = False

    def put(self, kind: int, payload: bytes) -> None:
        for start in range(0, len(payload), 8 * MOST_WORDS):
            self.waiting.append((kind, payload[start : start + 8 * MOST_WORDS]))

    @property
    def is_done(self) -> bool:
        return not self.waiting and not self.under_way

    def words(self) -> bytes:
        return b"".join(payload for kind, payload in self.received if kind == WORDS)

    def take(self, datagram: bytes, now_us: int) -> None:
        (acknowledge,) = struct.unpack_from(">I", datagram)
        kind = payload = sequence = None
        if len(datagram) > 4:
            _, sequence, kind, count = struct.unpack_from(">IIHH", datagram)
            payload = datagram[12:]
            assert 1 <= count <= MOST_WORDS and len(payload) == 8 * count
        if not self.is_up:
            if kind != CONFIGURATION:
                return
            self.is_up = True
        count = (acknowledge - self.first + 1) % NUMBERS
        if count <= (self.next - self.first) % NUMBERS:
            for _ in range(count):
                del self.under_way[self.first]
                self.first = (self.first + 1) % NUMBERS
        if payload is not None:
            self._take_payload(sequence, kind, payload, now_us)

    def _take_payload(self, sequence: int, kind: int, payload: bytes, now_us: int) -> None:
        if (sequence - self.expected) % NUMBERS < WINDOW:
            self.early[sequence] = (kind, payload)
        while self.expected in self.early:
            self.received.append(self.early.pop(self.expected))
            self.expected = (self.expected + 1) % NUMBERS
        if now_us - self.acknowledged_us >= ACKNOWLEDGE_US:
            self.wants_acknowledge = True

    def datagrams(self, now_us: int) -> list[bytes]:
        if not self.is_up:
            return []
        last = (self.expected - 1) % NUMBERS
        while self.waiting and len(self.under_way) < self.window:
            kind, payload = self.waiting.pop(0)
            self.under_way[self.next] = (kind, payload, -REPEAT_US)
            self.next = (self.next + 1) % NUMBERS
        found = []
        for sequence, (kind, payload, sent_us) in self.under_way.items():
            if now_us - sent_us >= REPEAT_US:
                self.under_way[sequence] = (kind, payload, now_us)
                found.append(frame(last, sequence, kind, payload))
        if self.wants_acknowledge and not found:
            found.append(struct.pack(">I", last))
        if found:
            self.acknowledged_us, self.wants_acknowledge = now_us, False
        return found


class Network:
    """Loses, doubles and delays datagrams, so that they overtake each other.

    What is late is so by less than the way there and back. Still a host on such a network keeps half a window under way:
    with 256 numbers a frame repeated without need that comes behind the next whole window looks like a new one.
    """

    def __init__(self, seed: int, loss: float = 0.0, double: float = 0.0, late: float = 0.0, way_us: int = 0) -> None:
        self.chance = random.Random(seed)
        self.loss, self.double, self.late, self.way_us = loss, double, late, way_us
        self.under_way: list[tuple[int, int, bytes]] = []
        self.count = 0

    def put(self, datagram: bytes, now_us: int) -> None:
        for _ in range(1 + (self.chance.random() < self.double)):
            if self.chance.random() >= self.loss:
                late_us = self.chance.randrange(self.way_us + 1) if self.chance.random() < self.late else 0
                self.under_way.append((now_us + self.way_us + late_us, self.count, datagram))
                self.count += 1

    def take(self, now_us: int) -> list[bytes]:
        due = sorted(one for one in self.under_way if one[0] <= now_us)
        self.under_way = [one for one in self.under_way if one[0] > now_us]
        return [datagram for _, _, datagram in due]


class Client:
    """A host on real sockets, over a network for each direction."""

    def __init__(
        self, ports: tuple[int, int], there: Network | None = None, back: Network | None = None, window: int = WINDOW
    ) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 21)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.data, self.reset = (("127.0.0.1", port) for port in ports)
        self.there, self.back = there or Network(0), back or Network(0)
        self.host = Host(window)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def connect(self) -> Client:
        """Reset and loopback, as hosts do; the reset is repeated, since it may be lost on a bad network."""
        for _ in range(100):
            self.socket.sendto(RESET, self.reset)
            if self.run(lambda: self.host.is_up, 0.2):
                break
        self.host.put(LOOPBACK, bytes(range(8)))
        assert self.run(lambda: any(kind == LOOPBACK for kind, _ in self.host.received), 10)
        assert [(kind, payload) for kind, payload in self.host.received if kind == LOOPBACK] == [
            (LOOPBACK, bytes(range(8)))
        ]
        self.host.received.clear()
        return self

    def run(self, until: Callable[[], bool], seconds: float) -> bool:
        """Keep the link going until something holds; whether it does in time."""
        end = time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                return False
            self._turn()
        return True

    def execute(self, program: bytes, seconds: float = 60, answer: int = 0x02 << 56) -> bytes:
        """Send a program, wait for its halt, and return all words that came."""
        self.host.put(WORDS, program)
        end = answer.to_bytes(8, "big")
        assert self.run(lambda: self.host.words().endswith(end), seconds), self.host.words().hex()[-200:]
        words = self.host.words()
        self.host.received.clear()
        return words

    def close(self) -> None:
        """Take leave as hosts do: a flush with a zero word, and wait for its acknowledgement."""
        self.host.put(FLUSH, bytes(8))
        assert self.run(lambda: self.host.is_done, 10)

    def _turn(self) -> None:
        now = time.monotonic_ns() // 1000
        for datagram in self.host.datagrams(now):
            self.there.put(datagram, now)
        for datagram in self.there.take(now):
            self.socket.sendto(datagram, self.data)
        select.select([self.socket], [], [], 0.0002)
        now = time.monotonic_ns() // 1000
        while True:
            try:
                datagram, peer = self.socket.recvfrom(2048)
            except BlockingIOError:
                break
            assert peer == self.data
            self.back.put(datagram, now)
        for datagram in self.back.take(now):
            self.host.take(datagram, now)
