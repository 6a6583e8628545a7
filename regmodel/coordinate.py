"""Coordinates: how the instances of a register are numbered, and by which parts one of them can be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.formula import evaluate
from hicannx.source import Span

Indices = NDArray[np.int64]

_most_listed = 1 << 20  # instances; of more there are only formulas, no lists


@attrs.frozen
class CoordinatePart:
    """One digit of an instance's number: how many values it has, and their names where they have some."""

    name: str
    size: int
    names: tuple[str, ...] = ()


@attrs.frozen
class Coordinate:
    """The numbering of instances: `parts` from the slowest to the fastest digit, or the `existing` pairs of two."""

    name: str
    parts: tuple[CoordinatePart, ...]
    doc: str
    span: Span
    existing: tuple[tuple[int, int], ...] = ()
    derived: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """How many instances there are."""
        return len(self.existing) or int(np.prod([part.size for part in self.parts], dtype=np.int64))

    @property
    def is_large(self) -> bool:
        """Whether there are too many instances to list them: `views` is refused, `digits` is not."""
        return self.size > _most_listed

    @property
    def names(self) -> dict[str, int]:
        """Names of whole instances, such as `top`; only coordinates of a single part have them."""
        return _numbers(self.parts[0]) if len(self.parts) == 1 else {}

    def names_of(self, key: str) -> dict[str, int]:
        """Names of the values of a part, such as `top` and `bottom`; empty where they are mere numbers."""
        return next((_numbers(part) for part in self.parts if part.name == key), {})

    def views(self) -> dict[str, Indices]:
        """Each part and derived number of all instances, by name: read-only int64 arrays of length `size`."""
        if self.is_large:
            raise ValueError(f"`{self.name}` has {self.size} instances, too many to list")
        return dict(_views(self.parts, self.existing, self.derived))

    def digits(self, instances: Any) -> dict[str, Any]:
        """Each part and derived number of some instances, by name, and their number `e`; elementwise."""
        if not self.is_large:
            return {name: view[instances] for name, view in self.views().items()} | {"e": instances}
        values: dict[str, Any] = {}
        rest = instances
        for part in reversed(self.parts):
            values[part.name], rest = rest % part.size, rest // part.size
        return values | {name: evaluate(text, values) for name, text in self.derived} | {"e": instances}

    def index(self, parts: Mapping[str, Any]) -> Any:
        """Instance numbers from the numbers of all parts, elementwise; only where all combinations exist."""
        assert not self.existing, f"{self.name}: not every combination exists"
        number: Any = 0
        for part in self.parts:
            number = number * part.size + parts[part.name]
        return number


def instance(coordinate: Coordinate, at: Mapping[str, Any] | int | str, span: Span | None = None) -> int:
    """The number of the one instance meant: its number, its name, or a mapping of parts to numbers or names.

    A part may be named by its last words (`row` for `synapse_row`). DiagnosticError R111 to R114.
    """
    if isinstance(at, Mapping):
        return _by_parts(coordinate, at, span)
    return _value(str(at), coordinate.names, coordinate.size, f"`{coordinate.name}`", span)


def _by_parts(coordinate: Coordinate, at: Mapping[str, Any], span: Span | None) -> int:
    if coordinate.is_large:
        return _by_all_parts(coordinate, at, span)
    views = coordinate.views()
    chosen = np.ones(coordinate.size, dtype=bool)
    for word, value in at.items():
        key = _key(word, views, coordinate, span)
        size = int(views[key].max()) + 1
        chosen &= views[key] == _value(str(value), coordinate.names_of(key), size, f"`{key}`", span)
    found = np.flatnonzero(chosen)
    if len(found) == 1:
        return int(found[0])
    wanted = ", ".join(f"{key}: {value}" for key, value in at.items())
    if not len(found):
        raise DiagnosticError([Diagnostic("R113", f"there is no `{coordinate.name}` with {wanted}", span)])
    title = f"{len(found)} instances of `{coordinate.name}` have {wanted}"
    missing = [part.name for part in coordinate.parts if part.name not in at]
    help_text = f"give {' and '.join(f'`{one}`' for one in missing)}, too"
    raise DiagnosticError([Diagnostic("R114", title, span, help=help_text)])


def _by_all_parts(coordinate: Coordinate, at: Mapping[str, Any], span: Span | None) -> int:
    """As `_by_parts` for a large numbering, of which every part is to be given."""
    sizes = {part.name: part.size for part in coordinate.parts}
    keys = {_key(word, sizes, coordinate, span): value for word, value in at.items()}
    numbers = {
        key: _value(str(value), coordinate.names_of(key), sizes[key], f"`{key}`", span) for key, value in keys.items()
    }
    missing = [name for name in sizes if name not in numbers]
    if missing:
        help_text = f"give {' and '.join(f'`{one}`' for one in missing)}, too"
        title = f"several instances of `{coordinate.name}` are meant"
        raise DiagnosticError([Diagnostic("R114", title, span, help=help_text)])
    return int(coordinate.index(numbers))


def _key(word: str, keys: Iterable[str], coordinate: Coordinate, span: Span | None) -> str:
    known = list(keys)
    matching = [word] if word in known else [key for key in known if key.endswith(f"_{word}")]
    if len(matching) == 1:
        return matching[0]
    title = f"`{coordinate.name}` has no part `{word}`"
    raise DiagnosticError([Diagnostic("R111", title, span, help=did_you_mean(word, known))])


def _value(word: str, names: Mapping[str, int], size: int, what: str, span: Span | None) -> int:
    if word in names:
        return names[word]
    try:
        number = int(word, 0)
    except ValueError:
        help_text = did_you_mean(word, names) or f"give a number of 0 to {size - 1}"
        title = f"{what} has no value named `{word}`"
        raise DiagnosticError([Diagnostic("R112", title, span, help=help_text)]) from None
    if not 0 <= number < size:
        raise DiagnosticError([Diagnostic("R112", f"{what} has no number {number} (0 to {size - 1})", span)])
    return number


def _numbers(part: CoordinatePart) -> dict[str, int]:
    return {name: number for number, name in enumerate(part.names)}


@lru_cache(maxsize=64)
def _views(
    parts: tuple[CoordinatePart, ...], existing: tuple[tuple[int, int], ...], derived: tuple[tuple[str, str], ...]
) -> dict[str, Indices]:
    names = [part.name for part in parts]
    if existing:
        digits = dict(zip(names, np.array(existing, dtype=np.int64).T.copy()))
    else:
        digits = {name: grid.ravel() for name, grid in zip(names, np.indices([part.size for part in parts], np.int64))}
    views = digits | {name: evaluate(text, digits) for name, text in derived}
    for view in views.values():
        view.setflags(write=False)
    return views
