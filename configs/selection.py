"""Which instances of a register an entry means: the values of `at`."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.coordinate import Coordinate, Indices
from hicannx.yamlsource import Node

_range = re.compile(r"\s*(\w+)\s*\.\.\s*(\w+)\s*")


def select_instances(node: Node, coordinate: Coordinate) -> Indices:
    """The instance numbers that `at` means, ascending: as `select_numbers`, or a mapping of parts to such values.

    A DiagnosticError (C104) says what does not exist.
    """
    if not isinstance(node.value, dict):
        return select_numbers(node, coordinate.size, coordinate.names)
    views = coordinate.views()
    chosen = np.ones(coordinate.size, dtype=bool)
    for key, value in node.items():
        if key not in views:
            title = f"these registers have no coordinate `{key}`"
            raise DiagnosticError([Diagnostic("C104", title, node.key_spans[key], help=did_you_mean(key, views))])
        wanted = select_numbers(value, int(views[key].max()) + 1, coordinate.names_of(key))
        chosen &= np.isin(views[key], wanted)
    if not chosen.any():
        title = "no register has this combination of coordinates"
        help_text = "leave out one of them, or choose more with a range"
        raise DiagnosticError([Diagnostic("C104", title, node.span, help=help_text)])
    return np.flatnonzero(chosen)


def select_numbers(node: Node, size: int, names: Mapping[str, int]) -> Indices:
    """Numbers below `size`, ascending: `all`, a number, a name, a range `a..b` with both ends, or a list of these.

    A DiagnosticError (C104) says what does not exist.
    """
    if isinstance(node.value, list):
        parts = [select_numbers(one, size, names) for one in node.value]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
    if node.value == "all":
        return np.arange(size)
    found = _range.fullmatch(str(node.value))
    if not found:
        return np.array([_number(str(node.value), node, size, names)])
    first, last = (_number(word, node, size, names) for word in found.groups())
    if first > last:
        title = f"the range `{node.value}` runs backwards"
        raise DiagnosticError([Diagnostic("C104", title, node.span, help=f"write `{last}..{first}`")])
    return np.arange(first, last + 1)


def _number(word: str, node: Node, size: int, names: Mapping[str, int]) -> int:
    if word in names:
        return names[word]
    try:
        number = int(word, 0)
    except ValueError:
        title = f"there is no instance `{word}`"
        help_text = did_you_mean(word, names) or f"give a number of 0 to {size - 1}, a range such as `0..3`, or `all`"
        raise DiagnosticError([Diagnostic("C104", title, node.span, help=help_text)]) from None
    if not 0 <= number < size:
        title = f"there is no instance {number}"
        raise DiagnosticError([Diagnostic("C104", title, node.span, f"allowed: 0 to {size - 1}")])
    return number
