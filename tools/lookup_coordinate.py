"""What is known of a coordinate type, such as NeuronConfigOnDLS, and of one of its numbers, as entries to print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.regmodel.bus import omnibus
from hicannx.regmodel.conversion import Conversion, conversion, convert, coordinate_type
from hicannx.regmodel.coordinatetype import CoordinateType, NumberPart, type_number
from hicannx.regmodel.digit import Places, missing
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.loadtypes import load_types

Entry = dict[str, Any]
_width, _indent, _shown = 110, 28, 3


def type_entries(what: str) -> list[Entry]:
    """The type of a name, whether in capitals or not."""
    return [_type(one) for name, one in load_types().types.items() if name.lower() == what.lower()]


def number_entry(what: str) -> Entry:
    """The number that `TYPE=NUMBER`, `TYPE=NAME` or `TYPE=PART:VALUE,PART:VALUE` means; DiagnosticError as convert."""
    name, _, at = what.partition("=")
    one = coordinate_type(next((known for known in load_types().types if known.lower() == name.lower()), name))
    number = type_number(one, _parts(one, at) if ":" in at else at)
    entry: Entry = {"coordinate": _told(one, number)}
    if one.doc:
        entry["doc"] = one.doc
    return entry | {
        "parts": {part.name: value for part, value in _part_values(one, number)},
        "registers": [_at(register, number) for register in _registers(one)],
        "counterparts": [_converted(group, number) for group in _groups(one)],
    }


def type_names() -> list[str]:
    """The names of all types."""
    return [*load_types().types]


def counterpart_lines(groups: list[Entry]) -> list[str]:
    """Groups of types for reading: the number that they share, or how many numbers, and their names."""
    lines = []
    for group in groups:
        names = ", ".join(group["types"])
        start = f"  {_number_text(group):<{_indent - 3}} "
        lines += textwrap.wrap(start + names, _width, subsequent_indent=" " * _indent)
    return lines


def _type(one: CoordinateType) -> Entry:
    entry: Entry = {"coordinate type": one.name, "doc": one.doc, "numbers": f"{one.size} (0 to {one.size - 1})"}
    if one.first:
        entry["shown"] = f"{one.first} to {one.first + one.size - 1} in the usual software"
    if one.parts:
        entry["parts"] = {part.name: _values(part) for part in one.parts}
    if one.existing:
        entry["exist"] = f"{one.size} combinations of these"
    entry["names"] = {name: str(number) for name, number in one.names.items()}
    entry["numbering"] = ", ".join(key for key, same in load_registers().coordinates.items() if same.halco == one.name)
    entry["registers"] = _registers(one)
    entry["counterparts"] = [
        {"types": [each.target.name for each in group], "numbers": group[0].count} for group in _groups(one)
    ]
    entry["source"] = one.source
    return {key: value for key, value in entry.items() if value not in ("", [], {})}


def _groups(one: CoordinateType) -> list[list[Conversion]]:
    """What numbers become, by what the targets are made of: one number, or several that are within the first."""
    groups: dict[tuple[Places, tuple[int, ...], int], list[Conversion]] = {}
    for each in _conversions(one):
        key = each.target.places, each.target.existing, each.count
        groups.setdefault(key, []).append(each)
    return sorted(groups.values(), key=lambda group: (group[0].count, -group[0].target.size))


def _conversions(one: CoordinateType) -> Iterator[Conversion]:
    for name, target in load_types().types.items():
        if name == one.name:
            continue
        try:
            found = conversion(one.name, name)
        except DiagnosticError:
            continue
        is_written = any(one.name in row.from_ and name in row.to for row in load_types().conversions)
        is_meant = is_written or one.digits <= target.digits or not missing(target.places, one.digits)
        if is_meant and not _is_empty(found):
            yield found


def _is_empty(one: Conversion) -> bool:
    """Whether no number has a counterpart, as where a list leaves out all that would have one."""
    import numpy as np

    if not one.source.existing and not one.target.existing:
        return False
    return not (one.function(np.arange(one.source.size, dtype=np.int64)) >= 0).any()


def _converted(group: list[Conversion], number: int) -> Entry:
    first = group[0]
    found = convert(first.source.name, first.target.name, number)
    entry: Entry = {"types": [each.target.name for each in group], "number": found}
    names = {value: name for name, value in first.target.names.items()}
    if isinstance(found, int) and found in names:
        entry["name"] = names[found]
    return entry


def _number_text(group: Entry) -> str:
    if "numbers" in group:
        return "one number" if group["numbers"] == 1 else f"{group['numbers']} numbers"
    found = group["number"]
    if isinstance(found, list):
        rest = f" ... ({len(found)})" if len(found) > _shown else ""
        return ", ".join(map(str, found[:_shown])) + rest if found else "none"
    return "none" if found is None else f"{found} ({group['name']})" if "name" in group else str(found)


def _registers(one: CoordinateType) -> list[str]:
    """The registers that are numbered so."""
    return [name for name in load_registers().containers if load_types().of_register(name) == one]


def _at(register: str, number: int) -> str:
    container = load_registers().containers[register]
    address, place = container.addresses(number)[0], container.places[0]
    where = f"{address:#010x}" if place.bus == omnibus else f"{address:#x} in {place.space}"
    return f"{register}[{number}] at {where}"


def _told(one: CoordinateType, number: int) -> str:
    names = {value: name for name, value in one.names.items()}
    return f"{one.name} {number}" + (f" ({names[number]})" if number in names else "")


def _part_values(one: CoordinateType, number: int) -> Iterator[tuple[NumberPart, str]]:
    import numpy as np

    values = one.part_values(np.asarray(number, dtype=np.int64))
    for part in one.parts:
        names = {value: name for name, value in part.names.items()}
        value = int(values[part.name])
        yield part, f"{value} ({names[value]})" if value in names else str(value)


def _values(part: NumberPart) -> str:
    return f"{part.size}: {', '.join(part.names)}" if len(part.names) == part.size else str(part.size)


def _parts(one: CoordinateType, text: str) -> dict[str, str]:
    pairs = [[word.strip() for word in pair.partition(":")[::2]] for pair in text.split(",")]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        title = f"there is no `{one.name}` with {', '.join(f'{key}: {value}' for key, value in pairs)}"
        raise DiagnosticError([Diagnostic("R113", title, help="give each part once")])
    return parts
