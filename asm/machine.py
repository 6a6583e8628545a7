"""Processors that `.machine` can name, as far as they change what is assembled."""

from __future__ import annotations

from functools import cache

import attrs

from hicannx.asm.table import load_table


@attrs.frozen
class Machine:
    """`hints` of branches are encoded as `at` or `y`; `ends_groups`: padding ends with a group-ending instruction."""

    hints: str
    ends_groups: bool


@attrs.frozen
class _Table:
    default: str
    surprising: str
    hint_field: str
    machines: dict[str, Machine]


@cache
def _table() -> _Table:
    return load_table("machine", _Table)


def machine_names() -> list[str]:
    """The names that are known."""
    return list(_table().machines)


def load_machine(name: str = "") -> Machine:
    """The machine with this name, or the default."""
    return _table().machines[name or _table().default]


def surprising_machine() -> str:
    """The name that only assemblers for this processor know."""
    return _table().surprising


def hint_field() -> str:
    """The field of conditional branches whose lowest bit is the hint of the `y` kind."""
    return _table().hint_field
