"""The facts of HostARQ, from hostarq.yaml."""

from __future__ import annotations

import struct
from functools import cache
from importlib.resources import files

import attrs

from hicannx.structure import structure
from hicannx.yamlsource import load_resource

_letters = {2: "H", 4: "I"}


@attrs.frozen
class Ports:
    """UDP ports of the FPGA."""

    data: int
    reset: int
    source: str


@attrs.frozen
class FrameFormat:
    """Bytes of the header's fields in order, and what follows them."""

    header: dict[str, int]
    word_bytes: int
    most_words: int
    source: str

    @property
    def header_format(self) -> str:
        """The header for `struct`."""
        return ">" + "".join(_letters[count] for count in self.header.values())

    @property
    def header_bytes(self) -> int:
        """Size of the header."""
        return struct.calcsize(self.header_format)

    @property
    def most_payload_bytes(self) -> int:
        """Size of the longest payload."""
        return self.most_words * self.word_bytes

    @property
    def most_bytes(self) -> int:
        """Size of the longest frame."""
        return self.header_bytes + self.most_payload_bytes


@attrs.frozen
class Sequence:
    """How many sequence numbers there are, and how many frames may be under way."""

    numbers: int
    window: int
    source: str


@attrs.frozen
class Reset:
    """The four bytes that ask for a reset, as a number."""

    request: int
    source: str

    @property
    def request_bytes(self) -> bytes:
        """What comes to the reset port."""
        return struct.pack(">I", self.request)


@attrs.frozen
class PacketType:
    """A type of frames."""

    code: int
    source: str


@attrs.frozen
class Design:
    """What the FPGA says of its design."""

    text: dict[str, int]
    source: str


@attrs.frozen
class Time:
    """A time in us, with its source or the word that it is a guess."""

    value: int
    source: str = ""
    guess: str = ""


@attrs.frozen
class Limits:
    """Bounds of what is kept."""

    program_words: int
    programs: int
    answer_words: int
    under_way: int
    probes: int
    lines: int
    worker_bytes: int


@attrs.frozen
class Protocol:
    """All of hostarq.yaml."""

    ports: Ports
    frame: FrameFormat
    sequence: Sequence
    reset: Reset
    types: dict[str, PacketType]
    design: Design
    times_us: dict[str, Time]
    limits: Limits

    def code(self, name: str) -> int:
        """The code of a packet type."""
        return self.types[name].code

    def time_us(self, name: str) -> int:
        """One of the times."""
        return self.times_us[name].value


@cache
def load_protocol() -> Protocol:
    """The protocol, read once."""
    return structure(load_resource(files("hicannx.tools.serve") / "hostarq.yaml"), Protocol)
