"""Chip configurations: values of registers by coordinate in YAML, and the words that they mean.

config = load_config("picture", seed=3)   # a shipped name or a path
config.writes                             # (Omnibus address, word) in the order of writing
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from hicannx.configs.draft import Draft
from hicannx.configs.expression import evaluate_number, words_of
from hicannx.configs.neurons import (
    NeuronEntry,
    cell_names,
    entry_words,
    may_switch,
    neuron_names,
    neuron_words,
    put_shared,
    shared_names,
)
from hicannx.configs.quantity import Solved, solve_wishes
from hicannx.configs.selection import Selector, some_of
from hicannx.configs.setting import ChipConfig, Instances, Words
from hicannx.configs.shipped import find_shipped
from hicannx.configs.synapses import choose_synapses, put_synapses, synapse_coordinate
from hicannx.configs.table import is_text_of_numbers
from hicannx.configs.value import field_values
from hicannx.diagnostic import Diagnostic, DiagnosticError, Diagnostics, did_you_mean
from hicannx.regmodel.container import Container
from hicannx.regmodel.coordinate import Coordinate
from hicannx.regmodel.load import RegisterModel, load_registers
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import Node, load_yaml

__all__ = ["ChipConfig", "ConfigFile", "load_config", "read_config"]


@attrs.frozen
class ConfigFile:
    """One file: what it builds on, then its entries; see docs/configurations.md for their form."""

    span: Span
    include: tuple[Node, ...] = ()
    values: dict[str, Node] = attrs.field(factory=dict)
    groups: dict[str, Node] = attrs.field(factory=dict)
    defaults: dict[str, Node] = attrs.field(factory=dict)
    registers: dict[str, list[Node]] = attrs.field(factory=dict)
    neurons: tuple[Node, ...] = ()
    neuron_cells: tuple[Node, ...] = ()
    quadrant_cells: tuple[Node, ...] = ()
    synapses: tuple[Node, ...] = ()
    addresses: dict[str, Node] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class LoadedConfig:
    """A configuration, what its physical quantities have come to, warnings, and the names of its `values`."""

    config: ChipConfig
    quantities: tuple[Solved, ...]
    warnings: tuple[Diagnostic, ...]
    values: tuple[str, ...]


def load_config(name: str | Path, **names: int) -> ChipConfig:
    """Load a chip configuration by shipped name or path; `names` may be used in its expressions.

    A DiagnosticError (H..., C101 to C107, C121 to C129, C201, C202) reports everything that is wrong with it.
    """
    return read_config(name, names).config


def read_config(name: str | Path, names: Mapping[str, float]) -> LoadedConfig:
    """As `load_config`, with what quantities have come to and the warnings; `names` replace the file's `values`."""
    diagnostics = Diagnostics()
    builder = _Builder(load_registers(), {"seed": 1, **names}, frozenset(names), diagnostics)
    builder.add_file(find_shipped("chips", str(name)), ())
    diagnostics.raise_if_errors()
    quantities = solve_wishes(builder.draft, diagnostics)
    diagnostics.raise_if_errors()
    settings = {name: one for name, one in builder.draft.settings.items() if one.chosen.any()}
    config = ChipConfig(settings, builder.addresses, builder.names)
    return LoadedConfig(config, tuple(quantities), tuple(diagnostics.collected), tuple(builder.declared))


@attrs.define
class _Builder:
    model: RegisterModel
    names: dict[str, Any]
    fixed: frozenset[str]
    diagnostics: Diagnostics
    draft: Draft = attrs.field(factory=Draft)
    addresses: dict[int, int] = attrs.field(factory=dict)
    groups: dict[str, Node] = attrs.field(factory=dict)
    declared: dict[str, None] = attrs.field(factory=lambda: {"seed": None})

    def add_file(self, path: Path, parents: tuple[Path, ...]) -> None:
        file = structure(load_yaml(path, arrays=True), ConfigFile)
        for node in file.include:
            included = find_shipped("chips", node.shown, node.span)
            if included in (*parents, path):
                title = f"`{node.shown}` includes itself"
                raise DiagnosticError([Diagnostic("C106", title, node.span, help="remove this line")])
            self.add_file(included, (*parents, path))
        for action in self._actions(file):
            with self.diagnostics.collecting():
                action()

    def _actions(self, file: ConfigFile) -> Iterator[Callable[[], None]]:
        """What a file says, in order; each can fail by itself."""
        for name, node in file.values.items():
            yield partial(self._add_value, name, node)
        for name, node in file.groups.items():
            yield partial(self._add_group, name, node)
        for name, node in file.defaults.items():
            yield partial(self._add_defaults, name, node)
        for name, entries in file.registers.items():
            for entry in entries:
                yield partial(self._add_registers, name, entry)
        for entry in file.neurons:
            yield partial(self._add_neurons, entry, neuron_names())
        for entry in file.neuron_cells:
            yield partial(self._add_neurons, entry, cell_names())
        for entry in file.quadrant_cells:
            yield partial(self._add_quadrants, entry)
        for entry in file.synapses:
            yield partial(self._add_synapses, entry)
        for address, node in file.addresses.items():
            yield partial(self._add_address, address, node)

    def _add_value(self, name: str, node: Node) -> None:
        self.declared[name] = None
        if name in self.fixed:
            return
        if isinstance(node.value, int | float):
            self.names[name] = node.value
        elif isinstance(node.value, str):
            self.names[name] = evaluate_number(node, self.names)[()]
        else:
            title = f"the value `{name}` is neither a number nor an expression"
            raise DiagnosticError([Diagnostic("C128", title, node.span)])

    def _add_group(self, name: str, node: Node) -> None:
        taken = {word for one in self.model.coordinates.values() for part in one.parts for word in part.names}
        if not name.isidentifier() or name in {*taken, "all"}:
            title = f"a group cannot have the name `{name}`"
            raise DiagnosticError([Diagnostic("C121", title, node.span, help="choose a word of its own")])
        self.groups[name] = node

    def _add_defaults(self, name: str, node: Node) -> None:
        container = self._container(name, node.span)
        if not isinstance(node.value, dict):
            title = f"the defaults of {name} are a mapping of fields to values"
            raise DiagnosticError([Diagnostic("C128", title, node.span)])
        for key, span in node.key_spans.items():
            self._field(container, key, span)
        self.draft.defaults.setdefault(name, {}).update(node.items())

    def _select(self, entry: Node, coordinate: Coordinate) -> Instances:
        """The instances of `at` without those of `except`."""
        if not isinstance(entry.value, dict) or "at" not in entry.value:
            title = "an entry needs `at`, which says which instances it means"
            raise DiagnosticError([Diagnostic("C104", title, entry.span, help="write `at: all` for every one")])
        selector = Selector(self.groups, self.names)
        instances = some_of(entry.value["at"], selector.instances(entry.value["at"], coordinate))
        if "except" in entry.value:
            instances = np.setdiff1d(instances, selector.instances(entry.value["except"], coordinate))
            if not len(instances):
                title = "nothing is left without what `except` takes away"
                raise DiagnosticError([Diagnostic("C104", title, entry.value["except"].span)])
        return instances

    def _container(self, name: str, span: Span) -> Container:
        container = self.model.containers.get(name)
        if container is None or "w" not in container.access:
            known = [key for key, one in self.model.containers.items() if "w" in one.access]
            title = f"register `{name}` cannot be written" if container else f"there is no register `{name}`"
            raise DiagnosticError([Diagnostic("C101", title, span, help=did_you_mean(name, known))])
        if container.numbering.is_large:
            title = f"{name} has too many instances to be configured"
            raise DiagnosticError([Diagnostic("C101", title, span, help="give words below `addresses`")])
        return container

    def _field(self, container: Container, key: str, span: Span) -> None:
        if key not in container.by_name:
            title, help_text = f"{container.name} has no field `{key}`", did_you_mean(key, container.by_name)
            raise DiagnosticError([Diagnostic("C102", title, span, help=help_text)])

    def _add_registers(self, name: str, entry: Node) -> None:
        container = self._container(name, entry.span)
        instances = self._select(entry, container.numbering)
        names = {**self.names, **container.numbering.digits(instances)}
        setting = self.draft.choose(container, instances, self.names)
        for key, node in _fields(entry):
            with self.diagnostics.collecting():
                if key == "words":
                    self.draft.put_words(setting, instances, _words(node, container.words))
                    continue
                self._field(container, key, entry.key_spans[key])
                fields = {word for word in words_of(node) & container.by_name.keys() if not _is_table(node)}
                single = [word for word in fields if container.by_name[word].size is None]
                known = {**{word: setting.look(word, instances) for word in single}, **names}
                values = field_values(node, container.by_name[key], name, known, len(instances))
                self.draft.put(setting, key, instances, values)

    def _add_neurons(self, entry: Node, known: Mapping[str, str]) -> None:
        coordinate = self.model.coordinates["neuron"]
        neurons = self._select(entry, coordinate)
        names = {**self.names, **coordinate.digits(neurons)}
        part = NeuronEntry(self.draft, neurons, names, self.diagnostics, may_switch(entry.value.get("switches")))
        if "preset" in entry.value:
            part.preset(entry.value["preset"])
        for key, node in _fields(entry):
            if key not in neuron_words:
                with self.diagnostics.collecting():
                    part.put(key, node, entry.key_spans[key], known)

    def _add_quadrants(self, entry: Node) -> None:
        quadrants = self._select(entry, self.model.coordinates["quadrant"])
        names = {**self.names, "e": quadrants, "quadrant": quadrants}
        for key, node in _fields(entry):
            with self.diagnostics.collecting():
                if key not in shared_names():
                    title, help_text = f"there is no quadrant parameter `{key}`", did_you_mean(key, shared_names())
                    raise DiagnosticError([Diagnostic("C107", title, entry.key_spans[key], help=help_text)])
                put_shared(self.draft, quadrants, key, node, names)

    def _add_synapses(self, entry: Node) -> None:
        coordinate = synapse_coordinate()
        synapses = self._select(entry, coordinate)
        names = {**self.names, **coordinate.digits(synapses)}
        choose_synapses(self.draft, synapses, self.names)
        for key, node in _fields(entry):
            with self.diagnostics.collecting():
                put_synapses(self.draft, synapses, key, node, entry.key_spans[key], names)

    def _add_address(self, text: str, node: Node) -> None:
        try:
            address = int(text, 0)
        except ValueError:
            address = -1
        word = node.value
        if not 0 <= address < 1 << 32 or isinstance(word, bool) or not isinstance(word, int) or not 0 <= word < 1 << 32:
            title = "`addresses` maps Omnibus addresses to words, 0 to 0xffffffff both"
            raise DiagnosticError([Diagnostic("C129", title, node.span)])
        self.addresses[address] = word


def _fields(entry: Node) -> list[tuple[str, Node]]:
    return [(key, node) for key, node in entry.items() if key not in entry_words]


def _is_table(node: Node) -> bool:
    return is_text_of_numbers(node.value)


def _words(node: Node, count: int) -> Words:
    words = tuple(item.value for item in (node.listed() if node.is_list else [node]))
    fit = all(word is None or (type(word) is int and 0 <= word < 1 << 32) for word in words)
    if len(words) != count or not fit:
        title = f"`words` takes {count} word{'s' * (count > 1)} of 32 bits, `~` for one that is not written"
        raise DiagnosticError([Diagnostic("C129", title, node.span)])
    return words
