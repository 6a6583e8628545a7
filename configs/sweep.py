"""Sweeps: values that the names of an experiment's expressions take, one run after the other."""

from __future__ import annotations

import itertools
import re

import attrs

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import Span
from hicannx.yamlsource import Node

_number = r"-?\d+(?:\.\d+)?"
_range = re.compile(rf"\s*({_number})\s*\.\.\s*({_number})\s+by\s+({_number})\s*")
_most_runs = 100_000
chips = ("same", "new")


@attrs.frozen
class Sweep:
    """`values`: names, each with a list of numbers or a range `0..100 by 5`.

    All combinations, the last name fastest; `together` takes the first value of each, then the second. With `chip:
    new` each run has a chip of its own, with `same` all have one, which keeps its state in between.
    """

    values: dict[str, Node]
    span: Span
    together: bool = False
    chip: str = "same"

    def points(self) -> list[dict[str, float]]:
        """The values of the names in each run; a DiagnosticError (C230) says what is wrong."""
        if self.chip not in chips:
            raise _error(f"`chip` of a sweep is {' or '.join(chips)}", self.span)
        lists = [_numbers(node) for node in self.values.values()]
        if self.together and len(set(map(len, lists))) > 1:
            raise _error("names that are swept together need lists of one length", self.span)
        rows = list(zip(*lists) if self.together else itertools.islice(itertools.product(*lists), _most_runs + 1))
        if not 0 < len(rows) <= _most_runs:
            raise _error(f"a sweep has 1 to {_most_runs} runs", self.span)
        return [dict(zip(self.values, row)) for row in rows]


def _numbers(node: Node) -> list[float]:
    if node.is_list:
        return [number for item in node.listed() for number in _numbers(item)]
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return [node.value]
    found = _range.fullmatch(node.shown)
    if found is None or float(found[3]) <= 0:
        raise _error(f"`{node.shown}` is no value of a sweep", node.span)
    first, last, step = (float(word) if "." in word else int(word) for word in found.groups())
    count = int((last - first) / step + 1e-9) + 1
    return [first + place * step for place in range(min(count, _most_runs))]


def _error(title: str, span: Span) -> DiagnosticError:
    help_text = "give lists of numbers, or ranges such as `0..100 by 5`"
    return DiagnosticError([Diagnostic("C230", title, span, help=help_text)])
