"""A configuration while it is read: settings so far, and quantities that become codes when everything is known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
import numpy as np

from hicannx.configs.setting import Instances, Setting, Words, meaning
from hicannx.configs.value import Values, field_values
from hicannx.configs.window import fold_windows, load_windows, owner_of
from hicannx.regmodel.container import Container
from hicannx.regmodel.geometry import backend_of_neuron, neuron_cell, shared_cell, synapse_columns
from hicannx.regmodel.load import load_registers
from hicannx.source import Span
from hicannx.yamlsource import Node

cell_container = "CapMemCell"
_of_neuron, _of_backend, _shared, _of_column = (
    "NeuronConfig",
    "NeuronBackendConfig",
    "CommonNeuronBackendConfig",
    "ColumnCurrentQuad",
)


@attrs.frozen(eq=False)
class Place:
    """Where each neuron has a setting: a field, the instance [neurons] and, in arrays, the element [neurons]."""

    container: Container
    field: str
    instance: Instances
    element: Instances | None = None
    is_shared: bool = False


@attrs.frozen(eq=False)
class Wish:
    """A quantity that some neurons shall have, with `targets` for each of them."""

    quantity: str
    neurons: Instances
    targets: Any
    span: Span
    may_switch: bool = False


@attrs.frozen
class Draft:
    """Settings by register name, default values by register and field, and wishes."""

    settings: dict[str, Setting] = attrs.field(factory=dict)
    defaults: dict[str, dict[str, Node]] = attrs.field(factory=dict)
    wishes: list[Wish] = attrs.field(factory=list)
    owners: dict[tuple[str, str], Instances] = attrs.field(factory=dict)

    def setting(self, container: Container) -> Setting:
        """The setting of a container, a new one where it has none yet."""
        return self.settings.setdefault(container.name, Setting.empty(container))

    def choose(self, container: Container, instances: Instances, names: Mapping[str, Any]) -> Setting:
        """Choose instances, which get the defaults of the configuration if they were not chosen before.

        Of windows only those are chosen that show what is not chosen itself, and the others bring along their values.
        """
        setting = self.setting(container)
        new = setting.choose(instances[~self._is_shown(container, instances)])
        for name, node in self.defaults.get(container.name, {}).items() if len(new) else ():
            known = {**names, **container.numbering.digits(new)}
            self.put(setting, name, new, field_values(node, container.by_name[name], container.name, known, len(new)))
        fold_windows(self.settings, setting, new)
        return setting

    def put(self, setting: Setting, name: str, instances: Instances, values: Values) -> None:
        """Set a field, in the place of what was wished for it; where a window shows a chosen register, there."""
        shown = self._is_shown(setting.container, instances)
        if shown.any():
            owner, field = load_windows()[setting.container.name][name]
            self.settings[owner].put(field, instances[shown], values[shown])
            instances, values = instances[~shown], values[~shown]
        setting.put(name, instances, values)
        self._unwish(setting.container, name, instances)

    def put_words(self, setting: Setting, instances: Instances, words: Words) -> None:
        """Give words to instances: as the values that they mean, or as they are where no values mean them."""
        left = instances
        if None not in words:
            values, fits = meaning(setting.container, instances, np.tile(np.array(words), (len(instances), 1)))
            for name, value in values.items():
                self.put(setting, name, instances[fits], value[fits])
            left = instances[~fits]
        for instance in left.tolist():
            setting.put_words(instance, words)
        for name in setting.container.by_name if len(left) else ():
            self._unwish(setting.container, name, left)

    def _unwish(self, container: Container, name: str, instances: Instances) -> None:
        wished = self.owners.get((container.name, name))
        if wished is not None:
            wished[instances] = -1

    def _is_shown(self, container: Container, instances: Instances) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Of which instances of a window the register behind it is chosen."""
        owner = self.settings.get(owner_of(container.name) or "")
        return owner.chosen[instances] if owner else np.zeros(len(instances), dtype=bool)

    def put_at(self, place: Place, neurons: Instances, values: Any, names: Mapping[str, Any]) -> None:
        """Set what some neurons have at a place."""
        instances = place.instance[neurons]
        setting = self.choose(place.container, np.unique(instances), names)
        if place.element is None:
            values = np.broadcast_to(np.asarray(values, dtype=np.int64), len(neurons))
            self.put(setting, place.field, instances, values)
        else:
            setting.put(place.field, instances, values, place.element[neurons])

    def look_at(self, place: Place, neurons: Instances) -> Values:
        """What some neurons have at a place so far."""
        setting = self.settings.get(place.container.name) or Setting.empty(place.container)
        found = setting.look(place.field, place.instance[neurons])
        return found if place.element is None else found[np.arange(len(neurons)), place.element[neurons]]

    def is_set(self, place: Place, neurons: Instances) -> bool:
        """Whether the configuration writes the registers of a place for all of these neurons."""
        setting = self.settings.get(place.container.name)
        return setting is not None and bool(setting.chosen[place.instance[neurons]].all())

    def wish(self, wish: Wish, place: Place) -> None:
        """Note a wish; what was wished before for the same place of the same neurons is off."""
        nobody = np.full(place.container.instances, -1)
        owner = self.owners.setdefault((place.container.name, place.field), nobody)
        owner[place.instance[wish.neurons]] = len(self.wishes)
        self.wishes.append(wish)

    def granted(self, number: int, place: Place) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """For which of its neurons a wish has not been replaced."""
        owner = self.owners[(place.container.name, place.field)]
        return np.asarray(owner[place.instance[self.wishes[number].neurons]] == number)


@cache
def neuron_places() -> dict[str, Place]:
    """Where neurons have what, by the names of fields and cells."""
    model = load_registers()
    count = model.coordinates["neuron"].size
    backend = backend_of_neuron()
    common = model.containers[_shared]
    places = _fields(_of_neuron, np.arange(count)) | _fields(_of_backend, backend)
    places |= _fields(_shared, backend // (count // common.instances), is_shared=True)
    places |= _column_fields()
    cells = model.containers[cell_container]
    places |= {name: Place(cells, "value", neuron_cell(name)) for name in model.cells.neuron}
    quadrant = model.coordinates["neuron"].views()["quadrant"]
    shared = {name: shared_cell(name)[quadrant] for name in model.cells.quadrant}
    return places | {name: Place(cells, "value", one, is_shared=True) for name, one in shared.items()}


def _fields(name: str, instance: Instances, is_shared: bool = False) -> dict[str, Place]:
    container = load_registers().containers[name]
    single = [field for field in container.fields if field.size is None]
    return {field.name: Place(container, field.name, instance, is_shared=is_shared) for field in single}


def _column_fields() -> dict[str, Place]:
    model = load_registers()
    container = model.containers[_of_column]
    quad, entry = quad_of_column()
    views = model.coordinates["neuron"].views()
    parts = {"synram": views["neuron_row"], "synapse_quad_column": quad[views["neuron_column"]]}
    instance = container.numbering.index(parts)
    element = entry[views["neuron_column"]]
    return {field.name: Place(container, field.name, instance, element) for field in container.fields}


@cache
def quad_of_column() -> tuple[Instances, Instances]:
    """Quad column and place in the quad of each synapse column, shape [columns] each."""
    columns = synapse_columns()
    quad, entry = np.divmod(np.argsort(columns.ravel()), columns.shape[1])
    return quad, entry
