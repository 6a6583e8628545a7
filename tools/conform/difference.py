"""The first difference between an ELF file and what a record says of it; only what the record mentions is compared."""

from __future__ import annotations

from collections.abc import Iterable

from hicannx.tools.conform.objectview import View, relocation_name
from hicannx.tools.conform.outcome import Outcome, failed, passed

_rows = {"sections": "section", "segments": "segment", "symbols": "symbol", "relocations": "relocation"}
_shown_digits = 80


def difference(expected: View, got: View) -> Outcome:
    """Passed, or the first difference; the order of symbols does not matter."""
    for key, value in expected.items():
        if key not in _rows and value != got[key]:
            return failed(f"`{key}` of the file differs", value, got[key])
    for key in _rows:
        outcome = _compare_rows(key, expected[key], got[key]) if key in expected else passed
        if outcome is not passed:
            return outcome
    return passed


def _compare_rows(key: str, expected: list[View], got: list[View]) -> Outcome:
    what, wanted, found = _rows[key], _comparable(key, expected), _comparable(key, got)
    for index, row in enumerate(wanted):
        if index >= len(found):
            return failed(f"{what} {_label(row, index)} is missing", _shown(row, row), "nothing")
        differing = [name for name, value in row.items() if value != found[index].get(name)]
        if what == "section" and "hex" in found[index] and "hex" not in row:
            differing.append("hex")
        if differing:
            names = list(dict.fromkeys(("name", *differing)))
            reason = f"{what} {_label(row, index)}: {', '.join(differing)}"
            return failed(reason, _shown(row, names), _shown(found[index], names))
    if len(found) > len(wanted):
        return failed(f"there is a {what} too many", "nothing", _shown(found[len(wanted)], found[len(wanted)]))
    return passed


def _comparable(key: str, rows: list[View]) -> list[View]:
    if key == "symbols":
        return sorted(rows, key=lambda one: (one["name"], one.get("type", ""), one["value"]))
    if key == "relocations":
        return [{**one, "type": _canonical(one["type"])} for one in rows]
    return rows


def _canonical(name: str) -> str:
    return relocation_name(int(name)) if name.isdigit() else name


def _label(row: View, index: int) -> str:
    return f"`{row['name']}`" if "name" in row else str(index + 1)


def _shown(row: View, names: Iterable[str]) -> str:
    return ", ".join(f"{name}={row[name]!s:.{_shown_digits}}" for name in names if name in row)
