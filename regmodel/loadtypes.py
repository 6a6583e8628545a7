"""Loading of the coordinate types."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TypeVar

import attrs
import numpy as np

from hicannx.cache import cached
from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.regmodel.coordinatetype import CoordinateType, NumberPart, part_value
from hicannx.regmodel.digit import Choice, Digit, Place, Places
from hicannx.source import Span
from hicannx.structure import structure
from hicannx.yamlsource import load_resource

T = TypeVar("T")
_folder = "hicannx.regmodel.maps.coordinates"
_ends = ("OnDLS", "OnFPGA", "OnBoard")
_types = ("chip.yaml", "fpga.yaml", "board.yaml")


@attrs.frozen
class ConversionRow:
    """A conversion that the parts do not tell, each of `from` into each of `to`; of the rest one key says how."""

    from_: list[str]
    to: list[str]
    span: Span
    names: bool = False
    through: list[str] = attrs.field(factory=list)
    formula: str = ""
    descending: bool = False


@attrs.frozen
class TypeTable:
    """All coordinate types and parts by name, and the conversions that stand by themselves."""

    types: dict[str, CoordinateType]
    parts: dict[str, NumberPart]
    conversions: tuple[ConversionRow, ...]

    def of_register(self, name: str) -> CoordinateType | None:
        """The type whose numbers the instances of a register have."""
        for one in self.types.values():
            if name in one.registers:
                return one
        return next((self.types[name + end] for end in _ends if name + end in self.types), None)


@cache
def load_types() -> TypeTable:
    """The coordinate types; a DiagnosticError (H..., R163, R164) where a table is wrong."""
    return cached("coordinate-types", [types_content()], build_types)


def types_content() -> bytes:
    """The content of all tables, for keys of caches."""
    folder = files(_folder)
    return b"\0".join((folder / name).read_bytes() for name in ("parts.yaml", "conversions.yaml", *_types))


def build_types() -> TypeTable:
    """The coordinate types from their YAML files."""
    folder = files(_folder)
    parts = _parts(structure(load_resource(folder / "parts.yaml"), _PartTable))
    types: dict[str, CoordinateType] = {}
    for name in _types:
        table = structure(load_resource(folder / name), _TypeRows)
        types |= {key: _coordinate_type(key, row, parts, table.source) for key, row in table.types.items()}
    rows = structure(load_resource(folder / "conversions.yaml"), _ConversionTable).conversions
    for row in rows:
        for key in (*row.from_, *row.to, *row.through):
            known(key, types, row.span)
    return TypeTable(types, parts, tuple(rows))


@attrs.frozen
class _PartRow:
    span: Span
    of: str = ""
    one_of: list[str] = attrs.field(factory=list)
    names: list[str] | dict[str, int] = attrs.field(factory=list)


@attrs.frozen
class _PartTable:
    source: str
    digits: dict[str, int | list[str]]
    parts: dict[str, str | _PartRow]
    span: Span


@attrs.frozen
class _TypeRow:
    span: Span
    parts: str = ""
    doc: str = ""
    existing: list[dict[str, int | str]] = attrs.field(factory=list)
    first: int = 0
    names: dict[str, list[int]] = attrs.field(factory=dict)
    registers: tuple[str, ...] = ()


@attrs.frozen
class _TypeRows:
    source: str
    types: dict[str, _TypeRow]


@attrs.frozen
class _ConversionTable:
    source: str
    conversions: list[ConversionRow]


def _parts(table: _PartTable) -> dict[str, NumberPart]:
    """All parts, those of a single digit among them; each is made of ones that stand above it."""
    parts: dict[str, NumberPart] = {}
    for name, size in table.digits.items():
        digit = Digit(name, size) if isinstance(size, int) else Digit(name, len(size), tuple(size))
        parts[name] = NumberPart(name, (Place(digit),), {one: value for value, one in enumerate(digit.names)})
    for name, row in table.parts.items():
        parts[name] = _part(name, _PartRow(table.span, row) if isinstance(row, str) else row, parts)
    return parts


def _part(name: str, row: _PartRow, parts: dict[str, NumberPart]) -> NumberPart:
    if row.one_of:
        places: Places = (Place(Choice(name, tuple(_places(one, parts, row.span) for one in row.one_of))),)
    else:
        places = _places(row.of, parts, row.span)
    names = row.names if isinstance(row.names, dict) else {one: value for value, one in enumerate(row.names)}
    if not names and len(row.of.split()) == 1 and not row.of.startswith("~"):
        names = parts[row.of].names
    return NumberPart(name, places, names)


def _places(text: str, parts: dict[str, NumberPart], span: Span) -> Places:
    places: list[Place] = []
    for word in text.split():
        part = known(word.removeprefix("~"), parts, span)
        turned = word.startswith("~")
        places += [attrs.evolve(one, backwards=one.backwards != turned) for one in part.places]
    return tuple(places)


def coordinate_type_of(name: str, text: str, parts: dict[str, NumberPart], span: Span) -> CoordinateType:
    """A type of the parts that a text names; DiagnosticError R164 where one is not known."""
    made = tuple(
        NumberPart(word[1:], _places(word, parts, span)) if word.startswith("~") else known(word, parts, span)
        for word in text.split()
    )
    return CoordinateType(name, "", made, "", span)


def _coordinate_type(name: str, row: _TypeRow, parts: dict[str, NumberPart], source: str) -> CoordinateType:
    one = coordinate_type_of(name, row.parts, parts, row.span)
    keys = [part.name for part in one.parts]
    own = {word: int(one.of_parts(_arrays(dict(zip(keys, at, strict=True))))) for word, at in row.names.items()}
    listed = tuple(int(one.of_parts(_arrays(at))) for line in row.existing for at in _combinations(one, line))
    one = attrs.evolve(one, doc=row.doc, source=source, first=row.first, registers=row.registers)
    return attrs.evolve(one, own_names=own, existing=listed)


def _arrays(values: Mapping[str, int]) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]:
    return {key: np.asarray(value, dtype=np.int64) for key, value in values.items()}


def _combinations(one: CoordinateType, line: Mapping[str, int | str]) -> Iterator[dict[str, int]]:
    parts = {part.name: part for part in one.parts}
    values = [values_named(known(key, parts, one.span), str(text)) for key, text in line.items()]
    for combination in itertools.product(*values):
        yield dict(zip(line, combination, strict=True))


def values_named(part: NumberPart, text: str) -> list[int]:
    """The values of a part that a text such as `0-7 9` or `north_east` names; DiagnosticError R163."""
    values: list[int] = []
    for word in text.split():
        low, _, high = word.partition("-")
        values += range(part_value(part, low), part_value(part, high or low) + 1)
    return values


def known(name: str, table: Mapping[str, T], span: Span) -> T:
    """What a table has by a name; DiagnosticError R164 where it has nothing."""
    if name not in table:
        help_text = did_you_mean(name, table)
        raise DiagnosticError([Diagnostic("R164", f"nothing is known by the name `{name}`", span, help=help_text)])
    return table[name]
