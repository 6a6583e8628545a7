"""Differences of configurations as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np

from hicannx.configs.difference import Difference
from hicannx.configs.draft import cell_container
from hicannx.configs.dump_cells import all_cells
from hicannx.configs.pattern import value_text
from hicannx.configs.place import describe_instances
from hicannx.configs.setting import Instances
from hicannx.regmodel.coordinate import Coordinate
from hicannx.regmodel.load import load_registers

_red, _green, _bold, _plain = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"


def as_json(one: Difference) -> dict[str, Any]:
    """A difference as an object; without a field, `only_in` says which side writes these instances."""
    place = {"register": one.register, "instances": list(one.instances)}
    if one.field is None:
        return {**place, "only_in": "first" if one.before else "second"}
    return {**place, "field": one.field, "before": one.before, "after": one.after}


def as_lines(found: list[Difference], limit: int, color: bool) -> Iterator[str]:
    """A line for each difference, at most `limit` for a field of a register."""
    for _, group in groupby(found, key=lambda one: (one.register, one.field)):
        members = list(group)
        for one in members[:limit]:
            yield _line(one, color)
        if len(members) > limit:
            rest = sum(len(one.instances) for one in members[limit:])
            yield f"  ... and {rest} more instances (--limit, --json)"


def _line(one: Difference, color: bool) -> str:
    if one.field is None:
        side, paint = ("first", _red) if one.before else ("second", _green)
        return f"{_painted(_place(one), _bold, color)}: {_painted(f'only in the {side}', paint, color)}"
    before, after = (_value(one, value) for value in (one.before, one.after))
    place = _painted(f"{_place(one)}.{one.field}", _bold, color)
    return f"{place}: {_painted(before, _red, color)} -> {_painted(after, _green, color)}"


def _painted(text: str, paint: str, color: bool) -> str:
    return f"{paint}{text}{_plain}" if color else text


def _place(one: Difference) -> str:
    if not one.instances:
        return one.register
    container = load_registers().containers[one.register]
    if container.instances == 1:
        return one.register
    instances = np.array(one.instances)
    if one.register == cell_container:
        return _cells(instances)
    return f"{one.register}{_instances(instances, container.numbering)}"


def _cells(cells: Instances) -> str:
    """Cells that hold the same parameter."""
    for name, places in all_cells().items():
        if np.isin(cells, places).all():
            owners = np.flatnonzero(np.isin(places, cells))
            kind = "neuron" if name in load_registers().cells.neuron else "quadrant"
            return name + _instances(owners, load_registers().coordinates[kind]) if len(places) > 1 else name
    return f"{cell_container}{cells.tolist()}"


def _instances(instances: Instances, coordinate: Coordinate) -> str:
    text = describe_instances(instances, coordinate)
    return f"[{text[1:-1] if text[0] in '{[' else text}]"


def _value(one: Difference, value: Any) -> str:
    if value is None:
        return "not written"
    if one.field is None or not one.instances:
        return f"{value:#x}"
    field = load_registers().containers[one.register].by_name[one.field]
    if isinstance(value, list):
        return f"[{', '.join(value_text(field, part) for part in value)}]"
    return value_text(field, value)
