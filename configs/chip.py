"""Chip configurations: values of registers by coordinate in YAML, and the words that they mean.

config = load_config("picture", seed=3)   # a shipped name or a path
config.writes                             # (Omnibus address, word) in the order of writing
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.configs.selection import select_instances
from hicannx.configs.shipped import find_shipped
from hicannx.configs.value import Values, field_values
from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, did_you_mean
from hicannx.regmodel.codec import encode_instances
from hicannx.regmodel.container import Container
from hicannx.regmodel.geometry import neuron_cell, shared_cell
from hicannx.regmodel.load import RegisterModel, load_registers
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node, load_yaml

_cell = "CapMemCell"


@attrs.frozen
class ConfigFile:
    """One file: what it builds on, then its entries; see the shipped files for their form."""

    span: Span
    include: tuple[Node, ...] = ()
    registers: dict[str, list[Node]] = attrs.field(factory=dict)
    neuron_cells: tuple[Node, ...] = ()
    quadrant_cells: tuple[Node, ...] = ()


@attrs.frozen(eq=False)
class Setting:
    """The registers of one kind that are written: `values` of fields for all instances, and which are `chosen`."""

    container: Container
    chosen: NDArray[np.bool_]
    values: dict[str, Values] = attrs.field(factory=dict)

    def put(self, name: str, instances: NDArray[np.int64], values: Values) -> None:
        """Set a field of some instances."""
        if name not in self.values:
            default = np.asarray(self.container.by_name[name].default, dtype=np.int64)
            self.values[name] = np.tile(default, (self.container.instances, *[1] * default.ndim))
        self.values[name][instances] = values

    def words(self) -> NDArray[np.int64]:
        """Address and word of every write, shape [writes, 2]."""
        chosen = np.flatnonzero(self.chosen)
        fields = {name: values[chosen] for name, values in self.values.items()}
        columns = {name: list(one.T) if one.ndim == 2 else one for name, one in fields.items()}
        words = encode_instances(self.container, columns, len(chosen))
        return np.stack([self.container.all_addresses()[chosen].ravel(), words.ravel()], axis=1)


@attrs.frozen(eq=False)
class ChipConfig:
    """Settings by register name, in the order of writing."""

    settings: dict[str, Setting]

    @property
    def writes(self) -> list[tuple[int, int]]:
        """Omnibus address and word of every write."""
        return [(int(address), int(word)) for one in self.settings.values() for address, word in one.words()]

    def field(self, container: str, name: str, instance: int) -> Any:
        """The configured value of a field: an integer, or a list of them."""
        return self.settings[container].values[name][instance].tolist()


def _is_written(container: Container) -> bool:
    """Whether the register is usually written at an address of the Omnibus."""
    return "w" in container.access and container.address_space in ("chip", "fpga") and not container.numbering.is_large


def load_config(name: str | Path, **names: int) -> ChipConfig:
    """Load a chip configuration by shipped name or path; `names` may be used in its expressions.

    A DiagnosticError (H..., C101 to C107, C201) reports everything that is wrong with it.
    """
    diagnostics = Diagnostics()
    builder = _Builder(load_registers(), {"seed": 1, **names}, diagnostics)
    builder.add_file(find_shipped("chips", str(name)), ())
    diagnostics.raise_if_errors()
    return ChipConfig(builder.settings)


@attrs.define
class _Builder:
    model: RegisterModel
    names: Mapping[str, int]
    diagnostics: Diagnostics
    settings: dict[str, Setting] = attrs.field(factory=dict)

    def add_file(self, path: Path, parents: tuple[Path, ...]) -> None:
        file = structure(load_yaml(path), ConfigFile)
        for node in file.include:
            included = find_shipped("chips", str(node.value), node.span)
            if included in (*parents, path):
                title = f"`{node.value}` includes itself"
                raise DiagnosticError([Diagnostic("C106", title, node.span, help="remove this line")])
            self.add_file(included, (*parents, path))
        for name, entries in file.registers.items():
            for entry in entries:
                self._guarded(self._add_entry, name, entry)
        for entry in file.neuron_cells:
            self._guarded(self._add_cells, "neuron", entry)
        for entry in file.quadrant_cells:
            self._guarded(self._add_cells, "quadrant", entry)

    def _guarded(self, action: Any, name: str, entry: Node) -> None:
        try:
            action(name, entry)
        except DiagnosticError as error:
            self.diagnostics.collected += error.diagnostics

    def _add_entry(self, name: str, entry: Node) -> None:
        container = self.model.containers.get(name)
        known = [key for key, one in self.model.containers.items() if _is_written(one)]
        if container is None or name not in known:
            title = f"register `{name}` cannot be written" if container else f"there is no register `{name}`"
            raise DiagnosticError([Diagnostic("C101", title, entry.span, help=did_you_mean(name, known))])
        instances = select_instances(_at(entry), container.numbering)
        setting = self._setting(container)
        setting.chosen[instances] = True
        views = {key: view[instances] for key, view in container.numbering.views().items()}
        names = {**self.names, **views, "e": instances}
        for key, node in _fields(entry):
            self._put(setting, instances, names, key, node, entry.key_spans[key])

    def _put(
        self, setting: Setting, instances: NDArray[np.int64], names: Mapping[str, Any], key: str, node: Node, span: Span
    ) -> None:
        container = setting.container
        field = container.by_name.get(key)
        if field is None:
            title, help_text = f"{container.name} has no field `{key}`", did_you_mean(key, container.by_name)
            self.diagnostics.error("C102", title, span, help=help_text)
            return
        try:
            setting.put(key, instances, field_values(node, field, container.name, names, len(instances)))
        except DiagnosticError as error:
            self.diagnostics.collected += error.diagnostics

    def _setting(self, container: Container) -> Setting:
        empty = np.zeros(container.instances, dtype=bool)
        return self.settings.setdefault(container.name, Setting(container, empty))

    def _add_cells(self, kind: str, entry: Node) -> None:
        cells = self.model.cells
        known = set(cells.neuron) if kind == "neuron" else {*cells.quadrant, *cells.chip}
        chosen = select_instances(_at(entry), self.model.coordinates[kind])
        container = self.model.containers[_cell]
        setting = self._setting(container)
        for key, node in _fields(entry):
            if key not in known:
                title = f"there is no {kind} parameter `{key}`"
                self.diagnostics.error("C107", title, entry.key_spans[key], help=did_you_mean(key, known))
                continue
            numbers = neuron_cell(key)[chosen] if kind == "neuron" else _shared(key, chosen)
            names = {**self.names, "e": chosen}
            values = field_values(node, container.by_name["value"], f"cell `{key}`", names, len(numbers))
            setting.chosen[numbers] = True
            setting.put("value", numbers, values)


def _shared(name: str, quadrants: NDArray[np.int64]) -> NDArray[np.int64]:
    cells = shared_cell(name)
    return cells[quadrants] if len(cells) > 1 else cells


def _at(entry: Node) -> Node:
    if not isinstance(entry.value, dict) or "at" not in entry.value:
        title = "an entry needs `at`, which says which instances it means"
        raise DiagnosticError([Diagnostic("C104", title, entry.span, help="write `at: all` for every one")])
    at: Node = entry.value["at"]
    return at


def _fields(entry: Node) -> list[tuple[str, Node]]:
    return [(key, node) for key, node in entry.items() if key != "at"]
