"""A configuration as YAML that `configs.chip.load_config` reads: equal instances together, values by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hicannx.configs.draft import cell_container
from hicannx.configs.dump_cells import cell_sections, left_cells
from hicannx.configs.dump_synapses import left_synapses, synapse_section
from hicannx.configs.entry import entry_lines
from hicannx.configs.pattern import describe_values
from hicannx.configs.place import describe_instances
from hicannx.configs.setting import ChipConfig, Instances, Setting
from hicannx.configs.synapses import container_name as synapse_container
from hicannx.configs.value import Values
from hicannx.regmodel.coordinate import Coordinate

_most_groups = 64


def config_text(config: ChipConfig, comment: str = "") -> str:
    """YAML of everything that a configuration sets; `comment` stands above it."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    registers = [text for setting in config.ordered() for text in _register_lines(setting)]
    lines += ["registers:", *registers] if registers else []
    cells = config.settings.get(cell_container)
    lines += cell_sections(cells) if cells else []
    synapses = config.settings.get(synapse_container)
    lines += synapse_section(synapses) if synapses else []
    if config.addresses:
        lines.append("addresses:")
        lines += [f"  {address:#010x}: {word:#010x}" for address, word in config.addresses.items()]
    return "\n".join([*lines, ""])


def _register_lines(setting: Setting) -> Iterator[str]:
    plain = setting.chosen.copy()
    plain[list(setting.exact)] = False
    if setting.container.name == cell_container:
        plain &= left_cells()
    elif setting.container.name == synapse_container:
        plain &= left_synapses(setting)
    instances = np.flatnonzero(plain)
    if not len(instances) and not setting.exact:
        return
    yield f"  {setting.container.name}:"
    if len(instances):
        yield from _entries(setting, instances)
    for instance, words in sorted(setting.exact.items()):
        texts = ", ".join("~" if word is None else f"{word:#x}" for word in words)
        yield f"    - {{at: {instance}, words: [{texts}]}}"


def _entries(setting: Setting, instances: Instances) -> Iterator[str]:
    """An entry for each group of equal instances, or, where there are many, one with the values of each field."""
    columns = {}
    for field in setting.container.fields:
        values = setting.look(field.name, instances)
        if (values != np.asarray(field.default)).any():
            columns[field.name] = values
    coordinate = setting.container.numbering
    groups = _groups(columns, len(instances)) if columns else []
    if columns and groups is None:
        yield from _entry(setting, instances, columns, coordinate)
        return
    common = {name: values for name, values in columns.items() if (values == values[0]).all()}
    yield from _entry(setting, instances, common, coordinate)
    for members in groups or []:
        own = {name: values[members] for name, values in columns.items() if name not in common}
        defaults = {name: np.asarray(setting.container.by_name[name].default) for name in own}
        own = {name: values for name, values in own.items() if (values[0] != defaults[name]).any()}
        if own:
            yield from _entry(setting, instances[members], own, coordinate)


def _groups(columns: Mapping[str, Values], count: int) -> list[Instances] | None:
    """Places of equal instances among `count`; None where there are so many groups that columns are shorter."""
    table = np.concatenate([values.reshape(count, -1) for values in columns.values()], axis=1)
    distinct, group = np.unique(table, axis=0, return_inverse=True)
    group = group.reshape(-1)
    changes = 1 + int(np.count_nonzero(np.diff(group)))
    is_scattered = changes > 4 * len(distinct) and len(distinct) > 2
    if len(distinct) > _most_groups or is_scattered or len(distinct) * 3 > count + 8:
        return None
    return [np.flatnonzero(group == number) for number in range(len(distinct))]


def _entry(
    setting: Setting, instances: Instances, columns: Mapping[str, Values], coordinate: Coordinate
) -> Iterator[str]:
    at = f"at: {describe_instances(instances, coordinate)}"
    views = coordinate.digits(instances)
    texts = {}
    for name, values in columns.items():
        row = coordinate.parts[-1].size if coordinate.parts and not len(instances) % coordinate.parts[-1].size else 1
        texts[name] = describe_values(setting.container.by_name[name], values, views, row, 6)
    yield from entry_lines([at, *(f"{name}: {text}" for name, text in texts.items())], 4)
