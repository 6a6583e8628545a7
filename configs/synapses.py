"""The section `synapses`: weights and labels by rows and columns of the synapse arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
import numpy as np

from hicannx.configs.draft import Draft, quad_of_column
from hicannx.configs.setting import Instances
from hicannx.configs.value import field_values
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.container import Container
from hicannx.regmodel.coordinate import Coordinate, CoordinatePart
from hicannx.regmodel.load import load_registers
from hicannx.source import Span
from hicannx.yamlsource import Node

container_name = "SynapseQuad"


@cache
def synapse_coordinate() -> Coordinate:
    """All synapses: arrays, rows, columns; a row belongs to a synapse driver, a column to a neuron."""
    model = load_registers()
    quads = model.coordinates["synapse_quad"]
    columns = len(quad_of_column()[0])
    derived = (
        ("synapse_driver", "synapse_row // 2"),
        ("neuron", f"{columns} * synram + synapse_column"),
    )
    parts = (*quads.parts[:2], CoordinatePart("synapse_column", columns))
    return Coordinate("synapse", parts, "single synapses", quads.span, derived=derived)


def container() -> Container:
    """The register that holds four synapses."""
    return load_registers().containers[container_name]


def put_synapses(
    draft: Draft, synapses: Instances, key: str, node: Node, key_span: Span, names: Mapping[str, Any]
) -> None:
    """Set a field of synapses: one value, an expression, a value for each, row by row, or a file.

    A DiagnosticError (C102, C103, C105, C122, C123) says what is wrong.
    """
    field = container().by_name.get(key)
    if field is None:
        title, help_text = f"synapses have no field `{key}`", did_you_mean(key, container().by_name)
        raise DiagnosticError([Diagnostic("C102", title, key_span, help=help_text)])
    quad, element = _places(synapses)
    columns = len(np.unique(synapses % synapse_coordinate().parts[-1].size))
    wide = columns if len(synapses) % columns == 0 else None
    values = field_values(node, attrs.evolve(field, size=None), "synapses", names, len(synapses), wide)
    setting = draft.choose(container(), np.unique(quad), names)
    setting.put(key, quad, values, element)


def choose_synapses(draft: Draft, synapses: Instances, names: Mapping[str, Any]) -> None:
    """Choose synapses, with those that share a register with them."""
    draft.choose(container(), np.unique(_places(synapses)[0]), names)


def _places(synapses: Instances) -> tuple[Instances, Instances]:
    """The register of each synapse and the place in it."""
    quad, entry = quad_of_column()
    row, column = np.divmod(synapses, len(quad))
    quads = container().numbering.parts[-1].size
    return row * quads + quad[column], entry[column]
