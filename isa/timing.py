"""The figures of the timing model, as timing.yaml states them; times are cycles."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import attrs

from hicannx.cache import cached
from hicannx.isa.load import load_isa
from hicannx.structure import structure
from hicannx.yamlsource import Node, load_resource


@attrs.frozen
class Scalar:
    """The scalar pipeline; names are those of the comments in timing.yaml, as everywhere here."""

    first_issue: int
    to_use: dict[str, int]
    apart: int
    serial_after_xer: int
    idle_words: tuple[int, ...]
    update_slot: tuple[str, ...]
    divider_ready: int
    drain: int
    memory_drain: int
    least: dict[str, int]


@attrs.frozen
class Words:
    """Words with `word & mask == match`."""

    mask: int
    match: int


@attrs.frozen
class Branches:
    """The table that predicts branches."""

    entries: int
    redirect: int
    first_taken: int
    first_not_taken: int
    highest: int
    predicts: int
    taken_to_next: tuple[Words, ...]


@attrs.frozen
class Bus:
    """Scalar loads and stores on their way to memory and back."""

    command: int
    to_use: int
    waiting: int


@attrs.frozen
class Queue:
    """The queue between the scalar pipeline and the vector unit."""

    ready_below: int
    seen_after: int
    station_again: int


@attrs.frozen
class Unit:
    """A unit of the vector unit."""

    stations: int
    held: int
    guards: int
    operand: int = 0


@attrs.frozen
class VectorClass:
    """A class of vector instructions."""

    unit: str
    interval: float
    result: float
    done: float


@attrs.frozen
class VectorHazards:
    """When registers and conditions may be overwritten, and what operands cost."""

    overwrites_after: float
    read_guard: int
    own_operand: int
    pin_per_accept: int


@attrs.frozen
class System:
    """The surroundings of the processor."""

    latency: int
    outstanding: int
    read_setup: int
    write_setup: int
    row_read: int
    row_write: int
    accept: int


@attrs.frozen
class Distant:
    """More cycles for transfers to what lies far away on the chip."""

    external_row_write: int
    external_row_read: int
    conversion: int


@attrs.frozen
class Model:
    """Everything under `model`."""

    scalar: Scalar
    branches: Branches
    bus: Bus
    interrupts: dict[str, int]
    queue: Queue
    units: dict[str, Unit]
    vector: dict[str, VectorClass]
    vector_hazards: VectorHazards
    systems: dict[str, System]
    distant: Distant


@attrs.frozen
class _Timing:
    cycles: Node  # see build.py
    model: Model


@cache
def load_model() -> Model:
    """The model, read once; a DiagnosticError tells of mistakes in timing.yaml."""
    resource = files("hicannx.isa") / "timing.yaml"
    return cached("timing", [resource.read_bytes()], lambda: structure(load_resource(resource), _Timing).model)


def timing_classes() -> tuple[str, ...]:
    """The classes by number."""
    return tuple(load_isa().timing)
