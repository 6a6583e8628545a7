"""What differs between two configurations, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.configs.draft import cell_container
from hicannx.configs.dump_cells import all_cells, left_cells
from hicannx.configs.setting import ChipConfig, Instances
from hicannx.configs.value import Values
from hicannx.configs.window import load_windows
from hicannx.regmodel.codec import decode
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers


@attrs.frozen
class Difference:
    """Instances of a register whose `field` has other values: numbers, lists, or None where a side says nothing.

    Without a field only one side writes these instances, and the values are True and None. What is no register's has
    its address as `register`, and no instances.
    """

    register: str
    instances: tuple[int, ...]
    field: str | None
    before: Any
    after: Any


@attrs.define(eq=False)
class _Known:
    """What a configuration says of a field: values of all instances, and of which of them."""

    values: Values
    mask: NDArray[np.bool_]


Content = dict[tuple[str, str], _Known]


def differences(first: ChipConfig, second: ChipConfig) -> Iterator[Difference]:
    """All differences, by register and field in the order of the maps; equal ones together."""
    before, after = _content(first), _content(second)
    for container in load_registers().containers.values():
        fields = [name for name in container.by_name if (container.name, name) in before.keys() | after.keys()]
        if fields:
            yield from _of_register(container, fields, before, after)
    addresses = first.addresses, second.addresses
    for address in sorted(first.addresses.keys() | second.addresses.keys()):
        one, other = (side.get(address) for side in addresses)
        if one != other:
            yield Difference(f"{address:#010x}", (), "word", one, other)


def _of_register(container: Container, fields: list[str], before: Content, after: Content) -> Iterator[Difference]:
    sides = [[_side(content, container, name) for name in fields] for content in (before, after)]
    written = [np.any([one.mask for one in side], axis=0) for side in sides]
    for only, (one, other) in ((written[0] & ~written[1], (True, None)), (written[1] & ~written[0], (None, True))):
        for instances in _together(container, np.flatnonzero(only)):
            if len(instances):
                yield Difference(container.name, tuple(instances.tolist()), None, one, other)
    both = written[0] & written[1]
    for name, one, other in zip(fields, *sides):
        differ = (one.values != other.values).reshape(container.instances, -1).any(axis=1)
        differ = both & (one.mask | other.mask) & (differ | (one.mask != other.mask))
        for instances in _together(container, np.flatnonzero(differ)):
            yield from _of_field(container.name, name, instances, one, other)


def _together(container: Container, instances: Instances) -> Iterator[Instances]:
    """Instances that are told of together: all, but cells by what they hold."""
    if container.name == cell_container:
        for cells in all_cells().values():
            yield instances[np.isin(instances, cells)]
        yield instances[left_cells()[instances]]
    else:
        yield instances


def _of_field(register: str, field: str, instances: Instances, one: _Known, other: _Known) -> Iterator[Difference]:
    groups: dict[tuple[str, str], list[int]] = {}
    for instance in instances.tolist():
        key = tuple(str(side.values[instance].tolist()) if side.mask[instance] else "" for side in (one, other))
        groups.setdefault((key[0], key[1]), []).append(instance)
    for members in groups.values():
        values = (side.values[members[0]].tolist() if side.mask[members[0]] else None for side in (one, other))
        yield Difference(register, tuple(members), field, *values)


def _side(content: Content, container: Container, name: str) -> _Known:
    found = content.get((container.name, name))
    return found or _nothing(container, name)


def _nothing(container: Container, name: str) -> _Known:
    default = np.asarray(container.by_name[name].default, dtype=np.int64)
    values = np.tile(default, (container.instances, *[1] * default.ndim))
    return _Known(values, np.zeros(container.instances, dtype=bool))


def _content(config: ChipConfig) -> Content:
    """All that is known, with windows replaced by what they show."""
    content: Content = {}
    containers = load_registers().containers
    for setting in config.ordered():
        own = load_windows().get(setting.container.name, {})
        instances = np.flatnonzero(setting.chosen)
        plain = instances[~np.isin(instances, list(setting.exact))] if setting.exact else instances
        words = {key: words for key, words in setting.exact.items() if None not in words}
        for name in setting.container.by_name:
            target = own.get(name, (setting.container.name, name))
            known = content.setdefault(target, _nothing(containers[target[0]], target[1]))
            known.values[plain] = setting.look(name, plain)
            known.mask[plain] = True
            _add_words(setting.container, name, words, known)
    return content


def _add_words(container: Container, name: str, words: Mapping[int, Any], known: _Known) -> None:
    for instance, content in words.items():
        value = decode(container, content).get(name)
        if value is not None:
            known.values[instance], known.mask[instance] = value, True
