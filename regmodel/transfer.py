"""From register fields and parameter-cell codes to model quantities, by the rows of `transfer.yaml`, and back.

quantities = neuron_quantities(fields, cells)      # arrays in, arrays out, any common shape
code = code_for("tau_mem_us", 10.0, fields, cells) # the code of the row's knob that comes nearest
fields, cells = preset("spiking")                  # settings of an ideal calibrated chip
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.cache import cached
from hicannx.regmodel.expression import Expression, parse_expression
from hicannx.structure import structure


@attrs.frozen
class Constant:
    """A number that rows share."""

    value: float
    source: str
    confidence: str


@attrs.frozen
class Quantity:
    """One row: an expression, the cell (`knob`) or field that sets it if there is one, and where it comes from.

    `switches` are flags that widen what the knob reaches.
    """

    value: str
    source: str
    confidence: str
    knob: str | None = None
    guess: str | None = None
    field: str | None = None
    switches: tuple[str, ...] = ()


@attrs.frozen
class CellKind:
    """What any cell of some rows gives, as an expression over its `code`; `unit` ends the name of such a value."""

    value: str
    unit: str
    rows: list[int]
    source: str
    confidence: str
    guess: str | None = None


@attrs.frozen
class Transfer:
    """The table: constants, and quantities in the order in which they are evaluated.

    `further` quantities enter no model, `cells` are the two kinds of cells by themselves.
    """

    quantities: dict[str, Quantity]
    constants: dict[str, Constant] = attrs.field(factory=dict)
    further: dict[str, Quantity] = attrs.field(factory=dict)
    cells: dict[str, CellKind] = attrs.field(factory=dict)

    @property
    def settable(self) -> dict[str, Quantity]:
        """The quantities that a cell or a field sets."""
        rows = {**self.quantities, **self.further}
        return {name: row for name, row in rows.items() if row.knob or row.field}


@attrs.frozen
class Preset:
    """Fields and cells as they are, and targets that `code_for` turns into codes."""

    source: str
    fields: dict[str, int]
    cells: dict[str, int]
    targets: dict[str, float]


def _read(name: str, kind: type[Any]) -> Any:
    from hicannx.yamlsource import load_resource

    return structure(load_resource(files("hicannx.regmodel") / name), kind)


@cache
def load_transfer(name: str = "transfer") -> Transfer:
    """A table by name, `transfer` (neurons), `transfer_driver` or `transfer_sensor`; cached by content."""
    source = (files("hicannx.regmodel") / f"{name}.yaml").read_bytes()
    table: Transfer = cached(name, [source], lambda: _read(f"{name}.yaml", Transfer))
    return table


highest_code = int(load_transfer().constants["highest_code"].value)


@cache
def load_presets() -> dict[str, Preset]:
    """The presets by name."""
    source = (files("hicannx.regmodel") / "transfer_presets.yaml").read_bytes()
    presets: dict[str, Preset] = cached("presets", [source], lambda: _read("transfer_presets.yaml", dict[str, Preset]))
    return presets


@cache
def _expressions(table: str = "transfer") -> dict[str, Expression]:
    return {name: _expression(name, table) for name in load_transfer(table).quantities}


@cache
def _expression(quantity: str, table: str = "transfer") -> Expression:
    rows = load_transfer(table)
    return parse_expression((rows.quantities.get(quantity) or rows.further[quantity]).value)


@cache
def _constants(table: str = "transfer") -> dict[str, float]:
    rows = {**load_transfer().constants, **load_transfer(table).constants}  # those of neurons are for all
    return {name: row.value for name, row in rows.items()}


@cache
def input_names(table: str = "transfer") -> frozenset[str]:
    """Every field and every cell that some row reads."""
    used = frozenset[str]().union(*(expression.names for expression in _expressions(table).values()))
    return used.difference(_expressions(table), _constants(table))


def neuron_quantities(fields: Mapping[str, Any], cells: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """All quantities of neurons as float64 arrays; fields and cells that are not given count as 0.

    Constants of the table may stand among the cells, one for each neuron.
    """
    return table_quantities("transfer", {**cells, **fields})


def table_quantities(table: str, given: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """All quantities of a table as float64 arrays; inputs that are not given count as 0, constants as in the table."""
    names = input_names(table) | (_constants(table).keys() & given.keys())
    inputs = {name: np.asarray(given.get(name, 0), np.float64) for name in names}
    shape = np.broadcast_shapes(*(value.shape for value in inputs.values()))
    values: dict[str, Any] = dict(inputs)
    evaluate_quantities(quantity_names(table), values, table)
    return {name: np.broadcast_to(np.asarray(values[name], np.float64), shape) for name in quantity_names(table)}


def evaluate_quantities(quantities: tuple[str, ...], values: dict[str, Any], table: str = "transfer") -> None:
    """Put quantities, in the order of evaluation, into `values`, where what their rows read stands."""
    values.update({name: value for name, value in _constants(table).items() if name not in values})
    with np.errstate(all="ignore"):  # both branches of a conditional are evaluated
        for name in quantities:
            values[name] = _expression(name, table).evaluate(values)


@cache
def quantity_names(table: str = "transfer") -> tuple[str, ...]:
    """The quantities of a table, in the order of evaluation."""
    return tuple(_expressions(table))


@cache
def dependents(inputs: frozenset[str]) -> tuple[str, ...]:
    """The quantities of neurons that change with some of these fields and cells, in the order of evaluation."""
    changed = set(inputs)
    for name, expression in _expressions().items():
        if expression.names & changed:
            changed.add(name)
    return tuple(name for name in _expressions() if name in changed)


@cache
def direct_inputs(quantities: tuple[str, ...]) -> frozenset[str]:
    """The fields and cells that the rows of these quantities read themselves."""
    return frozenset[str]().union(*(_expressions()[name].names for name in quantities)) & input_names()


@cache
def needed_names(quantity: str) -> frozenset[str]:
    """The fields and cells that a quantity depends on."""
    names = frozenset[str]().union(*(_expression(name).names for name in _chain(quantity)))
    return names.difference(_chain(quantity), _constants())


def quantity_values(quantity: str, inputs: Mapping[str, Any]) -> NDArray[np.float64]:
    """One quantity of the table, `further` ones too, from arrays of all that `needed_names` names."""
    values: dict[str, Any] = dict(inputs)
    evaluate_quantities(_chain(quantity), values)
    return np.asarray(values[quantity], np.float64)


@cache
def _chain(quantity: str) -> tuple[str, ...]:
    """The quantities that one depends on, in an order of evaluation, and itself as the last one."""
    table = load_transfer()
    used = (name for name in sorted(_expression(quantity).names) if name in table.quantities or name in table.further)
    return tuple(dict.fromkeys([*(one for name in used for one in _chain(name)), quantity]))


def code_for(quantity: str, target: float, fields: Mapping[str, Any], cells: Mapping[str, Any]) -> int:
    """The code of the quantity's knob that comes nearest to the target; ValueError when the row has no knob."""
    knob = load_transfer().quantities[quantity].knob
    if knob is None:
        raise ValueError(f"{quantity} is not set by a parameter cell")
    codes = np.arange(highest_code + 1)
    reached = neuron_quantities(fields, {**cells, knob: codes})[quantity]
    return int(np.argmin(np.abs(reached - target)))


def preset(name: str) -> tuple[dict[str, int], dict[str, int]]:
    """Fields and cell codes of a preset, its targets solved."""
    chosen = load_presets()[name]
    cells = dict(chosen.cells)
    for quantity, target in chosen.targets.items():
        knob = load_transfer().quantities[quantity].knob or ""
        cells[knob] = code_for(quantity, target, chosen.fields, cells)
    return dict(chosen.fields), cells
