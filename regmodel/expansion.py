"""Composites taken apart into the instances of registers that they are, in the order of writing, and their words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.cells import ChipCell, QuadrantCell
from hicannx.regmodel.codec import encode_instances
from hicannx.regmodel.composite import Item, composite, item_values, member_names
from hicannx.regmodel.container import Container
from hicannx.regmodel.conversion import conversion, coordinate_type
from hicannx.regmodel.coordinatetype import CoordinateType, checked_number
from hicannx.regmodel.digit import Numbers
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.loadtypes import known, load_types, values_named

_cell = "CapMemCell"


@attrs.frozen
class Leaf:
    """Registers of one kind at one place of a composite: fields that do not have the defaults of the register.

    Values are numbers, or arrays over all instances of the composite and of the leaf in it.
    """

    register: str
    fields: dict[str, Any]
    member: str = ""


@attrs.frozen
class Expansion:
    """Instances of a composite as those of registers: `leaf` numbers the leaves, shape [registers], in the order of
    writing; `instance` are the instances, shape [instances of the composite, registers].
    """

    leaves: tuple[Leaf, ...]
    leaf: Numbers
    instance: Numbers

    def without(self, *registers: str) -> Expansion:
        """The same without some registers."""
        kept = np.array([leaf.register not in registers for leaf in self.leaves])[self.leaf]
        return Expansion(self.leaves, self.leaf[kept], self.instance[:, kept])

    def steps(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Register, instance and fields, one after the other."""
        seen = [0] * len(self.leaves)
        for row in self.instance.tolist():
            for number, instance in zip(self.leaf.tolist(), row):
                leaf = self.leaves[number]
                yield leaf.register, instance, {key: _one(value, seen[number]) for key, value in leaf.fields.items()}
                seen[number] += 1

    def image(self) -> tuple[Numbers, Numbers]:
        """Addresses and words in the order of writing; DiagnosticError R121 to R123 where a value does not fit."""
        containers = [_container(leaf.register) for leaf in self.leaves]
        widths = np.array([one.words for one in containers])[self.leaf]
        first = np.cumsum(widths) - widths
        addresses = np.zeros((len(self.instance), int(widths.sum())), dtype=np.int64)
        words = np.zeros_like(addresses)
        for number, (leaf, container) in enumerate(zip(self.leaves, containers)):
            at = np.flatnonzero(self.leaf == number)
            instances = self.instance[:, at]
            places = (first[at][:, np.newaxis] + np.arange(container.words)).ravel()
            shape = (len(self.instance), len(places))
            addresses[:, places] = container.addresses_of(instances.ravel()).reshape(shape)
            words[:, places] = encode_instances(container, leaf.fields, instances.size).reshape(shape)
        return addresses.ravel(), words.ravel()


def expand(name: str, e: int | Sequence[int] | None = None, values: Mapping[str, Any] | None = None) -> Expansion:
    """Instances of a composite, all of them where none are given, with values of members by name.

    A value is a number, or an array with one for each register that has the member, in the order of writing.
    DiagnosticError: R163 (no such instance), R164 (a register that is not described), R165 (no such composite), R166
    and R167 (no such member or value).
    """
    one = composite(name)
    size = coordinate_type(one.of).size
    given = range(size) if e is None else [e] if isinstance(e, int) else e
    numbers = np.array([checked_number(number, size, one.of) for number in given], dtype=np.int64)
    for path in values or {}:
        if path not in member_names(name):
            title = f"{name} has no member `{path}`"
            raise DiagnosticError([Diagnostic("R166", title, help=did_you_mean(path, member_names(name)))])
    return _expanded(one.sequence, coordinate_type(one.of), numbers, values or {}, "")


def _expanded(
    items: Sequence[Item], of: CoordinateType, numbers: Numbers, values: Mapping[str, Any], path: str
) -> Expansion:
    parts = [_item(item, of, numbers, values, path) for item in items]
    before = np.cumsum([0, *(len(part.leaves) for part in parts)])
    leaves = tuple(leaf for part in parts for leaf in part.leaves)
    leaf = np.concatenate([part.leaf + first for part, first in zip(parts, before)])
    return Expansion(leaves, leaf, np.concatenate([part.instance for part in parts], axis=1))


def _item(item: Item, of: CoordinateType, numbers: Numbers, values: Mapping[str, Any], path: str) -> Expansion:
    own = item.defaults | item_values(item, values)
    member = f"{path}.{item.member}".strip(".")
    if item.each or item.composite:
        inner = coordinate_type(item.each or composite(item.composite).of)
        sequence = item.sequence or composite(item.composite).sequence
        found = _counterparts(of, inner, numbers)
        made = _expanded(sequence, inner, found.ravel(), own, member)
        return Expansion(made.leaves, np.tile(made.leaf, found.shape[1]), made.instance.reshape(len(numbers), -1))
    register = _cell if item.cell else item.register
    found = _chosen(item, _instances(item, of, register, numbers), register)
    return Expansion((Leaf(register, own, member),), np.zeros(found.shape[1], dtype=np.int64), found)


def _instances(item: Item, of: CoordinateType, register: str, numbers: Numbers) -> Numbers:
    target = _type_of(register)
    if not item.through:
        return _counterparts(of, target, numbers)
    found = _counterparts(of, coordinate_type(item.through), numbers)
    return conversion(item.through, target.name).function(found).reshape(len(numbers), -1)


def _counterparts(of: CoordinateType, target: CoordinateType, numbers: Numbers) -> Numbers:
    """The numbers of `target` that agree with each number, shape [numbers, counterparts]."""
    if of.digits:
        return conversion(of.name, target.name).function(numbers)
    return np.broadcast_to(np.arange(target.size, dtype=np.int64), (len(numbers), target.size))


def _chosen(item: Item, found: Numbers, register: str) -> Numbers:
    """Those that `where` and `cell` leave, as many for each number."""
    target = _type_of(register)
    values = target.part_values(found)
    kept = np.ones(found.shape, dtype=bool)
    parts = {part.name: part for part in target.parts}
    for name, text in item.where.items():
        kept &= np.isin(values[name], values_named(known(name, parts, item.span), str(text)))
    if item.cell:
        kept &= np.logical_or.reduce([_is_cell(name, item, values) for name in item.cells])
    return found[kept].reshape(len(found), -1)


def _is_cell(name: str, item: Item, values: Mapping[str, Numbers]) -> Any:
    """Whether cells of these parts hold the parameter of a name."""
    cells = load_registers().cells
    if name in cells.neuron:
        of_neurons = values["capmem_column"] < load_types().parts["column_on_side"].size
        return of_neurons & (values["capmem_row"] == cells.neuron[name].row)
    places: dict[str, QuadrantCell | ChipCell] = {**cells.quadrant, **cells.chip}
    place = known(name, places, item.span)
    at_place = (values["capmem_row"] == place.row) & (values["capmem_column"] == place.column)
    if name in cells.quadrant:
        return at_place
    return at_place & (values["quadrant"] == load_types().parts["quadrant"].names[cells.chip[name].quadrant])


def _container(register: str) -> Container:
    container = load_registers().containers.get(register)
    if container is None:
        raise DiagnosticError([Diagnostic("R164", f"the register {register} is not described")])
    return container


def _type_of(register: str) -> CoordinateType:
    found = load_types().of_register(register)
    assert found is not None, register
    return found


def _one(value: Any, index: int) -> Any:
    if isinstance(value, np.ndarray):
        return value[index].item()
    if isinstance(value, list | tuple):
        return [_one(element, index) for element in value]
    return value
