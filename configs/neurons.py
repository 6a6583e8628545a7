"""Sections of a configuration about neurons and analog parameters: fields, cells and physical quantities by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from hicannx.configs.draft import Draft, Wish, cell_container, neuron_places
from hicannx.configs.expression import evaluate_number
from hicannx.configs.quantity import knob_of
from hicannx.configs.setting import Instances
from hicannx.configs.value import field_values
from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, did_you_mean
from hicannx.regmodel.expression import parse_expression
from hicannx.regmodel.geometry import shared_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.transfer import CellKind, highest_code, load_presets, load_transfer
from hicannx.source import Span
from hicannx.yamlsource import Node

entry_words = ("at", "except")
neuron_words = ("preset", "switches")
switch_ways = ("as_set", "as_needed")


@attrs.frozen
class NeuronEntry:
    """An entry of `neurons` or `neuron_cells`: which neurons, and what expressions can use."""

    draft: Draft
    neurons: Instances
    names: Mapping[str, Any]
    diagnostics: Diagnostics
    may_switch: bool = False

    def put(self, key: str, node: Node, key_span: Span, known: Mapping[str, str]) -> None:
        """Set what `key` names; `known` are the names that the section takes, with what they are."""
        kind = known.get(key)
        if kind is None:
            title = f"there is no neuron parameter `{key}`"
            raise DiagnosticError([Diagnostic("C107", title, key_span, help=did_you_mean(key, known))])
        if kind == "quantity":
            self.wish(key, _targets(node, self.names, len(self.neurons)), node.span)
        elif kind == "cell by itself":
            name, law = _by_itself(key)
            code = _code(node, law, self.names, f"cell `{name}`")
            self.draft.put_at(neuron_places()[name], self.neurons, code, self.names)
        else:
            place = neuron_places()[key]
            field = place.container.by_name[place.field]
            field = attrs.evolve(field, size=None) if place.element is not None else field
            owner = f"cell `{key}`" if kind == "cell" else place.container.name
            values = field_values(node, field, owner, self.names, len(self.neurons))
            self.draft.put_at(place, self.neurons, values, self.names)

    def wish(self, quantity: str, targets: Any, span: Span) -> None:
        """Note what a quantity shall be, shape [neurons]."""
        wish = Wish(quantity, self.neurons, targets, span, self.may_switch)
        self.draft.wish(wish, neuron_places()[knob_of(quantity)])

    def preset(self, node: Node) -> None:
        """Set what a preset says, shared settings of these neurons too; a DiagnosticError (C127) if there is none."""
        preset = load_presets().get(node.shown)
        if preset is None:
            title, help_text = f"there is no preset `{node.shown}`", did_you_mean(node.shown, load_presets())
            raise DiagnosticError([Diagnostic("C127", title, node.span, help=help_text)])
        for name, value in {**preset.fields, **preset.cells}.items():
            self.draft.put_at(neuron_places()[name], self.neurons, value, self.names)
        for quantity, target in preset.targets.items():
            self.wish(quantity, np.full(len(self.neurons), float(target)), node.span)


def may_switch(node: Node | None) -> bool:
    """Whether an entry says `switches: as_needed`; a DiagnosticError (C127) where it says something else."""
    if node is not None and (node.is_list or node.value not in switch_ways):
        title = f"`switches` cannot be `{node.shown}`"
        help_text = "`as_set` leaves switches as they are, `as_needed` sets those that a quantity needs"
        raise DiagnosticError([Diagnostic("C127", title, node.span, help=help_text)])
    return node is not None and node.value == "as_needed"


def neuron_names() -> dict[str, str]:
    """What an entry of `neurons` can set: `field`, `cell`, `quantity` or `cell by itself` by name."""
    places = {name: place for name, place in neuron_places().items() if not place.is_shared}
    fields = {name: "field" for name, place in places.items() if place.container.name != cell_container}
    return {**fields, **cell_names(), **dict.fromkeys(load_transfer().settable, "quantity")}


def cell_names() -> dict[str, str]:
    """What an entry of `neuron_cells` can set."""
    cells = load_registers().cells.neuron
    settable = load_transfer().settable
    quantities = {name: "quantity" for name, row in settable.items() if row.knob}
    alone = {f"{name}_{_law(row.row).unit}": "cell by itself" for name, row in cells.items()}
    return {**alone, **dict.fromkeys(cells, "cell"), **quantities}


def shared_names() -> dict[str, str]:
    """What an entry of `quadrant_cells` can set."""
    rows = _shared_rows()
    alone = {f"{name}_{_law(row).unit}": "cell by itself" for name, row in rows.items()}
    return {**alone, **dict.fromkeys(rows, "cell")}


def put_shared(draft: Draft, quadrants: Instances, key: str, node: Node, names: Mapping[str, Any]) -> None:
    """Set a cell that quadrants or the chip have once, by its code, or by its voltage or current."""
    cells = load_registers().cells
    is_code = key in cells.quadrant or key in cells.chip
    name, law = (key, None) if is_code else _by_itself(key)
    places = shared_cell(name)
    numbers = places[quadrants] if len(places) > 1 else places
    container = load_registers().containers[cell_container]
    if law:
        values = np.full(len(numbers), _code(node, law, names, f"cell `{name}`"))
    else:
        values = field_values(node, container.by_name["value"], f"cell `{key}`", names, len(numbers))
    draft.put(draft.choose(container, numbers, names), "value", numbers, values)


def _law(row: int) -> CellKind:
    return next(kind for kind in load_transfer().cells.values() if kind.rows[0] <= row <= kind.rows[1])


def _by_itself(key: str) -> tuple[str, CellKind]:
    name = key.rpartition("_")[0]
    neuron = load_registers().cells.neuron.get(name)
    return name, _law(neuron.row if neuron else _shared_rows()[name])


def _shared_rows() -> dict[str, int]:
    cells = load_registers().cells
    quadrant = {name: cell.row for name, cell in cells.quadrant.items()}
    return quadrant | {name: cell.row for name, cell in cells.chip.items()}


def _targets(node: Node, names: Mapping[str, Any], count: int) -> Any:
    if node.is_list:
        values = np.array([_number(item, {}) for item in node.listed()], dtype=np.float64)
        if len(values) != count:
            title = f"{len(values)} values are given for {count} neurons"
            raise DiagnosticError([Diagnostic("C122", title, node.span)])
        return values
    return np.broadcast_to(np.asarray(_number(node, names), dtype=np.float64), count)


def _number(node: Node, names: Mapping[str, Any]) -> Any:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
        raise DiagnosticError([Diagnostic("C127", "a quantity is a number", node.span)])
    if isinstance(node.value, str):
        return evaluate_number(node, names)
    if not np.isfinite(float(node.value)):
        raise DiagnosticError([Diagnostic("C127", "a quantity is a finite number", node.span)])
    return float(node.value)


def _code(node: Node, law: CellKind, names: Mapping[str, Any], owner: str) -> int:
    """The nearest code of a cell; a DiagnosticError (C124) with what the cell reaches where there is none."""
    target = np.asarray(_number(node, names))
    reached = np.asarray(parse_expression(law.value).evaluate({"code": np.arange(highest_code + 1)}))
    if target.ndim or not reached[0] <= target <= reached[-1]:
        title = f"{owner} cannot have this value"
        label = f"it reaches {reached[0]:g} to {reached[-1]:g} {law.unit.replace('na', 'nA').replace('v', 'V')}"
        raise DiagnosticError([Diagnostic("C124", title, node.span, label=label)])
    return int(np.argmin(np.abs(reached - target)))
