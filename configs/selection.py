"""Which instances of a register an entry means: the values of `at` and `except`, and groups, which are such values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from hicannx.configs.expression import evaluate
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.coordinate import Coordinate, Indices
from hicannx.yamlsource import Node

_range = re.compile(r"\s*(\w+)\s*\.\.\s*(\w+)(?:\s+by\s+(\d+))?\s*")


@attrs.frozen
class Selector:
    """What the words of a selection may mean beside numbers: `groups` by name, and `names` of numbers in `where`."""

    groups: Mapping[str, Node] = attrs.field(factory=dict)
    names: Mapping[str, Any] = attrs.field(factory=dict)
    open: tuple[str, ...] = ()

    def instances(self, node: Node, coordinate: Coordinate) -> Indices:
        """The instance numbers that `at` means, ascending: as `numbers`, or a mapping of parts to such values.

        Beside parts and derived numbers a mapping may have `where`, an expression over them. A DiagnosticError (C104,
        C105, C121) says what does not exist.
        """
        if isinstance(node.value, dict):
            return self._by_parts(node, coordinate)
        if isinstance(node.value, list):
            parts = [self.instances(one, coordinate) for one in node.value]
            return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
        inside = self._group(node, coordinate.names)
        if inside is not None:
            return inside[0].instances(inside[1], coordinate)
        return self.numbers(node, coordinate.size, coordinate.names)

    def numbers(self, node: Node, size: int, names: Mapping[str, int]) -> Indices:
        """Numbers below `size`, ascending: `all`, a number, a name, a group, a range, or a list of these.

        A range `a..b` has both ends, `a..b by s` every s-th number from a on. A DiagnosticError (C104, C121) says what
        does not exist.
        """
        if isinstance(node.value, list):
            parts = [self.numbers(one, size, names) for one in node.value]
            return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
        if isinstance(node.value, np.ndarray):
            return np.unique([_number(str(one), node, size, names) for one in node.value.tolist()])
        if node.value == "all":
            return np.arange(size)
        inside = self._group(node, names)
        if inside is not None:
            return inside[0].numbers(inside[1], size, names)
        found = _range.fullmatch(node.shown)
        return _stretch(found, node, size, names) if found else np.array([_number(node.shown, node, size, names)])

    def _by_parts(self, node: Node, coordinate: Coordinate) -> Indices:
        views = coordinate.views()
        chosen = np.ones(coordinate.size, dtype=bool)
        for key, value in node.items():
            if key == "where":
                chosen &= np.broadcast_to(evaluate(value, {**self.names, **views}) != 0, chosen.shape)
                continue
            if key not in views:
                title = f"these registers have no coordinate `{key}`"
                help_text = did_you_mean(key, [*views, "where"])
                raise DiagnosticError([Diagnostic("C104", title, node.key_spans[key], help=help_text)])
            wanted = self.numbers(value, int(views[key].max()) + 1, coordinate.names_of(key))
            chosen &= np.isin(views[key], wanted)
        if not chosen.any():
            title = "no register has this combination of coordinates"
            help_text = "leave out one of them, or choose more with a range"
            raise DiagnosticError([Diagnostic("C104", title, node.span, help=help_text)])
        return np.flatnonzero(chosen)

    def _group(self, node: Node, names: Mapping[str, int]) -> tuple[Selector, Node] | None:
        """The value of the group that a node names, and the selector for what stands in it."""
        name = node.value
        if not isinstance(name, str) or name in names or name not in self.groups:
            return None
        if name in self.open:
            title = f"the group `{name}` contains itself"
            raise DiagnosticError([Diagnostic("C121", title, node.span, help="leave it out here")])
        return attrs.evolve(self, open=(*self.open, name)), self.groups[name]


def select_instances(node: Node, coordinate: Coordinate) -> Indices:
    """The instance numbers that `at` means where there are no groups, at least one; see `Selector.instances`."""
    return some_of(node, Selector().instances(node, coordinate))


def select_numbers(node: Node, size: int, names: Mapping[str, int]) -> Indices:
    """The numbers that a value means where there are no groups, at least one; see `Selector.numbers`."""
    return some_of(node, Selector().numbers(node, size, names))


def some_of(node: Node, chosen: Indices) -> Indices:
    """What a value has chosen; a DiagnosticError (C104) where that is nothing."""
    if not len(chosen):
        title, help_text = "nothing is chosen here", "name at least one, or leave out the entry"
        raise DiagnosticError([Diagnostic("C104", title, node.span, help=help_text)])
    return chosen


def _stretch(found: re.Match[str], node: Node, size: int, names: Mapping[str, int]) -> Indices:
    first, last = (_number(word, node, size, names) for word in found.groups()[:2])
    if first > last:
        title = f"the range `{node.shown}` runs backwards"
        raise DiagnosticError([Diagnostic("C104", title, node.span, help=f"write `{last}..{first}`")])
    step = int(found[3] or "1")
    if step < 1:
        title = f"the range `{node.shown}` has no step"
        raise DiagnosticError([Diagnostic("C104", title, node.span, help="write `by 1` or more")])
    return np.arange(first, last + 1, min(step, size))


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
