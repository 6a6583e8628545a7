"""Random configurations over the whole map."""

from __future__ import annotations

import numpy as np

from hicannx.configs.setting import ChipConfig, Setting
from hicannx.configs.window import fold_windows
from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers

Integers = np.ndarray


def random_config(draw: np.random.Generator, names: list[str], most: int = 40) -> ChipConfig:
    """Random values of up to `most` random or neighbouring instances of these registers."""
    containers = load_registers().containers
    settings = {name: random_setting(draw, containers[name], most) for name in names}
    for owner in list(settings.values()):
        fold_windows(settings, owner, np.flatnonzero(owner.chosen))
    return ChipConfig({name: one for name, one in settings.items() if one.chosen.any()})


def random_setting(draw: np.random.Generator, container: Container, most: int) -> Setting:
    """Random values; sometimes all instances are equal in some fields, or all fields are defaults."""
    setting = Setting.empty(container)
    count = int(draw.integers(1, min(most, container.instances) + 1))
    if draw.integers(2):
        start = int(draw.integers(container.instances - count + 1))
        instances = np.arange(start, start + count)
    else:
        instances = np.sort(draw.choice(container.instances, count, replace=False))
    setting.choose(instances)
    for field in container.fields:
        kind = draw.integers(4)
        if kind:
            values = random_values(draw, field, count)
            setting.put(field.name, instances, values if kind > 1 else values[:1])
    return setting


def random_values(draw: np.random.Generator, field: Field, count: int) -> Integers:
    shape = (count,) if field.size is None else (count, field.size)
    if field.enum:
        return draw.choice(list(field.enum.values()), shape)
    return draw.integers(field.low, field.high + 1, shape)


def same(first: ChipConfig, second: ChipConfig) -> bool:
    """Whether both write the same words and give the same values to all fields of what they write."""
    if dict(first.writes) != dict(second.writes) or first.settings.keys() != second.settings.keys():
        return False
    return all(_same_setting(one, second.settings[name]) for name, one in first.settings.items())


def _same_setting(first: Setting, second: Setting) -> bool:
    if first.exact != second.exact or (first.chosen != second.chosen).any():
        return False
    chosen = np.flatnonzero(first.chosen)
    chosen = chosen[~np.isin(chosen, list(first.exact))]
    return all((first.look(name, chosen) == second.look(name, chosen)).all() for name in first.container.by_name)
