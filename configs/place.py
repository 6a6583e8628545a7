"""Sets of instances in the words of `at`, as short as they can be said."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from hicannx.configs.setting import Instances
from hicannx.regmodel.coordinate import Coordinate

_worse = 80  # characters that numbers of instances cost beside coordinates
_fewest = 3  # numbers that a range with a step has at least


def describe_instances(instances: Instances, coordinate: Coordinate) -> str:
    """YAML of a value of `at` that selects these instances, which are sorted and not empty."""
    if len(instances) == coordinate.size:
        return "all"
    texts = [_numbers(instances, coordinate.names if len(coordinate.parts) == 1 else {})]
    views = coordinate.views()
    parts = {part.name for part in coordinate.parts}
    for keys in (parts, *({key} for key in views if key not in parts), *_pairs(views.keys() - parts, parts)):
        text = _by_parts(instances, coordinate, keys)
        if text:
            texts.append(text)
    return min(texts, key=lambda text: len(text) + (_worse if len(parts) > 1 and text[0] != "{" else 0))


def describe_numbers(numbers: Instances, size: int) -> str:
    """YAML of a value that selects these of the numbers below `size`, which are sorted and not empty."""
    return "all" if len(numbers) == size else _numbers(numbers, {})


def _pairs(derived: Iterable[str], parts: Iterable[str]) -> Iterable[set[str]]:
    return ({one, other} for one in sorted(derived) for other in sorted(parts))


def _by_parts(instances: Instances, coordinate: Coordinate, keys: set[str]) -> str:
    """A mapping of these parts where it selects nothing else, or an empty text."""
    chosen = np.ones(coordinate.size, dtype=bool)
    words = []
    for key, view in coordinate.views().items():
        if key in keys:
            wanted = np.unique(view[instances])
            if len(wanted) == int(view.max()) + 1 and len(keys) > 1:
                continue
            chosen &= np.isin(view, wanted)
            words.append(f"{key}: {_numbers(wanted, coordinate.names_of(key))}")
    return f"{{{', '.join(words)}}}" if int(chosen.sum()) == len(instances) else ""


def _numbers(numbers: Instances, names: dict[str, int]) -> str:
    """Numbers as names or ranges; more than one in brackets."""
    if names:
        words = {number: name for name, number in names.items()}
        texts = [words[number] for number in numbers.tolist()]
        if len(texts) == len(names):
            return "all"
    else:
        texts = list(_ranges(numbers))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _ranges(numbers: Instances) -> Iterable[str]:
    """Such as `3`, `5..9` and `16..64 by 16`."""
    rest = numbers.tolist()
    start = 0
    while start < len(rest):
        step = rest[start + 1] - rest[start] if start + 1 < len(rest) else 1
        end = start
        while end + 1 < len(rest) and rest[end + 1] - rest[end] == step:
            end += 1
        if step != 1 and end - start + 1 < _fewest:
            end = start
        yield _range(rest[start], rest[end], step)
        start = end + 1


def _range(first: int, last: int, step: int) -> str:
    if first == last:
        return str(first)
    return f"{first}..{last}" if step == 1 else f"{first}..{last} by {step}"
