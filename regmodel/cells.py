"""Places of the analog parameters in the CapMem."""

from __future__ import annotations

import attrs


@attrs.frozen
class NeuronRow:
    """A parameter that every neuron has: its row of cells; the column is that of the neuron."""

    row: int
    doc: str


@attrs.frozen
class QuadrantCell:
    """A parameter that each quadrant has once."""

    column: int
    row: int
    doc: str


@attrs.frozen
class ChipCell:
    """A parameter that the chip has once."""

    quadrant: str
    column: int
    row: int
    doc: str


@attrs.frozen
class Cells:
    """All parameters by name."""

    source: str
    neuron: dict[str, NeuronRow]
    quadrant: dict[str, QuadrantCell]
    chip: dict[str, ChipCell]
