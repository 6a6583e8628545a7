"""A coordinate type: how many numbers it has, which number a name means, and which number has these counterparts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.conversion import coordinate_type, find
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Look it up, and compare with the expected number; null is none."""
    del context
    try:
        expected, found = record["expect"], _checks[record["kind"]](record)
    except DiagnosticError as error:
        return failed(error.diagnostics[0].title)
    except KeyError as error:
        return failed(f"nothing is known of {error} in a record of a coordinate type, or it is missing")
    if found == expected:
        return passed
    return failed(f"{record['kind']} of {record['type']} is another", expected, found)


def _size(record: Mapping[str, Any]) -> int:
    return coordinate_type(record["type"]).size


def _name(record: Mapping[str, Any]) -> int | None:
    return coordinate_type(record["type"]).names.get(record["name"])


def _inverse(record: Mapping[str, Any]) -> int | None:
    """The only number that converts into all of these."""
    found = find(record["type"], record["coordinates"])
    return found[0] if len(found) == 1 else None


_checks: dict[str, Callable[[Mapping[str, Any]], int | None]] = {"size": _size, "name": _name, "inverse": _inverse}
