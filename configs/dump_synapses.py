"""Synapses of a configuration as YAML: rows of the arrays, equal ones together."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.configs.entry import entry_lines
from hicannx.configs.pattern import describe_values
from hicannx.configs.place import describe_numbers
from hicannx.configs.setting import Instances, Setting
from hicannx.configs.value import Values
from hicannx.regmodel.geometry import synapse_columns


def synapse_section(setting: Setting) -> list[str]:
    """The lines of the section: all rows that are wholly given."""
    whole = _whole_rows(setting)
    lines = [line for array in range(len(whole)) if whole[array].any() for line in _array(setting, array, whole[array])]
    return ["synapses:", *lines] if lines else []


def left_synapses(setting: Setting) -> NDArray[np.bool_]:
    """Which registers belong to rows that are not wholly given."""
    arrays, rows, quads = _shape(setting)
    return np.asarray(~np.repeat(_whole_rows(setting).reshape(arrays * rows), quads))


def _shape(setting: Setting) -> tuple[int, int, int]:
    arrays, rows, quads = (part.size for part in setting.container.numbering.parts)
    return arrays, rows, quads


def _whole_rows(setting: Setting) -> NDArray[np.bool_]:
    given = setting.chosen.copy()
    given[list(setting.exact)] = False
    return np.asarray(given.reshape(_shape(setting)).all(axis=2))


def _array(setting: Setting, array: int, whole: NDArray[np.bool_]) -> Iterator[str]:
    """The entries of one array: rows that are one value each, by these values, then the others."""
    rows = np.flatnonzero(whole)
    matrices = {field.name: _matrix(setting, field.name, array)[rows] for field in setting.container.fields}
    even = np.all([(one == one[:, :1]).all(axis=1) for one in matrices.values()], axis=0)
    firsts = np.stack([one[:, 0] for one in matrices.values()], axis=1)
    kinds, kind = np.unique(firsts[even], axis=0, return_inverse=True)
    for number in np.argsort([np.argmax(kind.reshape(-1) == one) for one in range(len(kinds))]).tolist():
        members = np.flatnonzero(even)[kind.reshape(-1) == number]
        yield from _entry(setting, array, rows[members], {name: one[members] for name, one in matrices.items()})
    uneven = np.flatnonzero(~even)
    for stretch in np.split(uneven, np.flatnonzero(np.diff(rows[uneven]) != 1) + 1) if len(uneven) else []:
        yield from _entry(setting, array, rows[stretch], {name: one[stretch] for name, one in matrices.items()})


def _matrix(setting: Setting, name: str, array: int) -> Values:
    """The values of a field in an array, shape [rows, columns]."""
    arrays, rows, quads = _shape(setting)
    by_quad = setting.look(name, np.arange(setting.container.instances)).reshape(arrays, rows, quads, -1)[array]
    matrix = np.empty((rows, synapse_columns().size), dtype=np.int64)
    matrix[:, synapse_columns()] = by_quad
    return matrix


def _entry(setting: Setting, array: int, rows: Instances, matrices: dict[str, Values]) -> Iterator[str]:
    synram, row = setting.container.numbering.parts[:2]
    where = describe_numbers(rows, row.size)
    at = f"{synram.name}: {synram.names[array]}"
    items = [f"at: {{{at}}}" if where == "all" else f"at: {{{at}, {row.name}: {where}}}"]
    for name, matrix in matrices.items():
        if matrix.any():
            views = {"synapse_column": np.tile(np.arange(matrix.shape[1]), len(rows))}
            field = attrs.evolve(setting.container.by_name[name], size=None)
            items.append(f"{name}: {describe_values(field, matrix.ravel(), views, matrix.shape[1], 4)}")
    yield from entry_lines(items, 2)
