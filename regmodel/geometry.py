"""Which numbers of different coordinates belong together."""

from __future__ import annotations

import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.coordinate import Indices
from hicannx.regmodel.load import load_registers


def node_inputs_outputs() -> tuple[Indices, Indices]:
    """Crossbar input and output of each crossbar node, shape [nodes] each."""
    views = load_registers().coordinates["crossbar_node"].views()
    return views["crossbar_input"], views["crossbar_output"]


def backend_of_neuron() -> Indices:
    """The number of the digital backend of each neuron, shape [neurons]; reset and counter have the same numbers."""
    return np.argsort(neuron_of_backend())


def neuron_of_backend() -> Indices:
    """The neuron of each digital backend, shape [neurons]."""
    return load_registers().coordinates["neuron_backend"].views()["neuron"]


def neuron_rows_columns() -> tuple[Indices, Indices]:
    """Row (0 top, 1 bottom) and column of each neuron, shape [neurons] each."""
    views = load_registers().coordinates["neuron"].views()
    return views["neuron_row"], views["neuron_column"]


def synapse_columns() -> Indices:
    """The synapse column of each entry of each quad column, shape [quad columns, entries]."""
    quad_entry = load_registers().coordinates["quad_entry"]
    return quad_entry.views()["synapse_column"].reshape([part.size for part in quad_entry.parts])


def neuron_cell(name: str) -> Indices:
    """The CapMem cell of each neuron for a parameter, shape [neurons]; DiagnosticError R131 if there is none such."""
    model = load_registers()
    row = model.cells.neuron.get(name)
    if row is None:
        raise _unknown("neurons have", name, list(model.cells.neuron))
    numbers = model.coordinates["capmem_cell"].index(model.coordinates["neuron"].views() | {"capmem_row": row.row})
    return np.asarray(numbers, dtype=np.int64)


def shared_cell(name: str) -> Indices:
    """The CapMem cells of a shared parameter, in the order of the quadrants: four, or one of which the chip has one.

    DiagnosticError R131 if there is no such parameter.
    """
    model = load_registers()
    cell = model.cells.quadrant.get(name) or model.cells.chip.get(name)
    if cell is None:
        raise _unknown("quadrants have", name, [*model.cells.quadrant, *model.cells.chip])
    names = model.coordinates["quadrant"].names
    once = model.cells.chip.get(name)
    quadrants = [names[once.quadrant]] if once else list(names.values())
    parts = {"quadrant": np.array(quadrants), "capmem_row": cell.row, "capmem_column": cell.column}
    return np.asarray(model.coordinates["capmem_cell"].index(parts), dtype=np.int64)


def _unknown(who: str, name: str, known: list[str]) -> DiagnosticError:
    return DiagnosticError([Diagnostic("R131", f"{who} no parameter `{name}`", help=did_you_mean(name, known))])
