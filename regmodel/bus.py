"""Buses: how the words of each address space are reached by playback instructions."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from hicannx.regmodel.container import Container, Place
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node

omnibus, usual_backend = "omnibus", "Omnibus"  # a bus, and the backend that makes plain accesses to it
_byte_bits = 8


@attrs.frozen
class Step:
    """An instruction with a formula for each of its fields; `write` and `read` stand for an Omnibus access."""

    instruction: str
    fields: dict[str, str]


@attrs.frozen
class Backend:
    """A way to access words: the steps for one, and how it is put together from the answers to a read.

    `answer_bits`, where not 0, is the number of bits that each answer holds; the word was shifted up by `shift` bits.
    `no_acknowledge` is the bit of an answer that tells that there was none.
    """

    name: str
    spaces: tuple[str, ...]
    write: tuple[Step, ...]
    read: tuple[Step, ...]
    source: str
    doc: str = ""
    answer_bits: int = 0
    shift: int = 0
    no_acknowledge: int = 0

    def steps(self, access: str) -> tuple[Step, ...]:
        """The steps of a `write` or a `read`; none where this cannot be done."""
        return self.write if access == "write" else self.read


@attrs.frozen
class Buses:
    """All backends by name, the spaces that the Omnibus has, and the images of the FPGA with what they are."""

    backends: dict[str, Backend]
    omnibus_spaces: tuple[str, ...]
    images: dict[str, str]

    @property
    def spaces(self) -> list[str]:
        """All address spaces."""
        return list(dict.fromkeys(space for backend in self.backends.values() for space in backend.spaces))

    def bus_of(self, space: str) -> str:
        """The bus whose addresses a space has: `omnibus`, or one of its own."""
        return omnibus if space in self.omnibus_spaces else space

    def routes(self, container: Container, access: str) -> Iterator[tuple[Place, Backend]]:
        """The ways to a container for a `write` or a `read`, the usual one first."""
        for place in container.places:
            for backend in self.backends.values():
                usable = not container.backends or backend.name in container.backends
                if usable and place.space in backend.spaces and backend.steps(access) and access[0] in place.access:
                    yield place, backend


@attrs.frozen
class _BackendRow:
    spaces: list[str]
    source: str
    doc: str = ""
    write: list[dict[str, dict[str, int | str]]] = attrs.field(factory=list)
    read: list[dict[str, dict[str, int | str]]] = attrs.field(factory=list)


@attrs.frozen
class _SPIRow:
    space: str
    port: int | str
    messages: list[list[int | str]]
    source: str
    doc: str = ""


@attrs.frozen
class _SPI:
    base: int
    stop: int
    source: str
    registers: dict[str, _SPIRow]


@attrs.frozen
class _I2CRow:
    space: str
    device: int | str
    bytes: int
    source: str
    pointer: int | str | None = None
    shift: int = 0
    access: str = "rw"
    doc: str = ""


@attrs.frozen
class _I2C:
    base: int
    stop: int
    repeated_start: int
    no_acknowledge: int
    source: str
    registers: dict[str, _I2CRow]


@attrs.frozen
class _Rows:
    omnibus_spaces: list[str]
    images: dict[str, str]
    backends: dict[str, _BackendRow]
    spi: _SPI
    i2c: _I2C
    span: Span


def make_buses(node: Node) -> Buses:
    """The buses that a map describes; a DiagnosticError (H...) where it is malformed."""
    rows = structure(node, _Rows)
    backends = [_plain(name, row) for name, row in rows.backends.items()]
    backends += [_spi(name, row, rows.spi) for name, row in rows.spi.registers.items()]
    backends += [_i2c(name, row, rows.i2c) for name, row in rows.i2c.registers.items()]
    return Buses({one.name: one for one in backends}, tuple(rows.omnibus_spaces), rows.images)


def _plain(name: str, row: _BackendRow) -> Backend:
    write, read = (
        tuple(_step(instruction, fields) for one in steps for instruction, fields in one.items())
        for steps in (row.write, row.read)
    )
    return Backend(name, tuple(row.spaces), write, read, row.source, row.doc)


def _step(instruction: str, fields: dict[str, int | str]) -> Step:
    return Step(instruction, {name: _text(value) for name, value in fields.items()})


def _text(formula: int | str) -> str:
    """A formula as text; numbers as they are read best."""
    if isinstance(formula, str):
        return formula
    return f"{formula:#x}" if formula > 9 else str(formula)


def _spi(name: str, row: _SPIRow, bus: _SPI) -> Backend:
    port = f"{bus.base:#x} + {_text(row.port)}"
    steps = []
    for *others, last in row.messages:
        steps += [_step("write", {"address": port, "word": byte}) for byte in others]
        steps.append(_step("write", {"address": port, "word": f"{bus.stop:#x} + {_text(last)}"}))
    return Backend(name, (row.space,), tuple(steps), (), f"{row.source}; {bus.source}", row.doc)


def _i2c(name: str, row: _I2CRow, bus: _I2C) -> Backend:
    device = f"{bus.base:#x} + {_text(row.device)}"
    begin = [] if row.pointer is None else [_step("write", {"address": device, "word": row.pointer})]
    places = [device] * (row.bytes - 1) + [f"{device} + {bus.stop:#x}"]
    written = [_step("write", {"address": place, "word": one}) for place, one in zip(places, _bytes(row))]
    read = [_step("read", {"address": place}) for place in places]
    return Backend(
        name,
        (row.space,),
        (*begin, *written) if "w" in row.access else (),
        (*begin, *read) if "r" in row.access else (),
        f"{row.source}; {bus.source}",
        row.doc,
        answer_bits=_byte_bits,
        shift=row.shift,
        no_acknowledge=bus.no_acknowledge,
    )


def _bytes(row: _I2CRow) -> list[str]:
    """The formulas of the bytes of a word, the highest first."""
    units = [1 << _byte_bits * (row.bytes - 1 - k) for k in range(row.bytes)]
    shifted = f"word * {1 << row.shift:#x}" if row.shift else "word"
    return [f"{shifted} // {unit:#x} % {1 << _byte_bits:#x}" for unit in units]
