"""A number of a coordinate type converted into another: what it becomes, whether it exists, where it leads back to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.conversion import convert
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Convert, and compare with what is expected: a number, a list, null for none, or true or false."""
    del context
    try:
        found = _found(record)
    except DiagnosticError as error:
        return failed(error.diagnostics[0].title)
    except KeyError as error:
        return failed(f"the record has no {error}" if str(error) == "'expect'" else f"no check is known for {error}")
    expected = record["expect"]
    if found == expected:
        return passed
    title = f"{record['kind']} of {record['from']} {record['enum']} in {record['to']} is another"
    return failed(title, expected, found)


def _found(record: Mapping[str, Any]) -> Any:
    source, target = record["from"], record["to"]
    record["expect"]  # a record without it compares nothing
    found = convert(source, target, record["enum"])
    if "element" in record:
        found = _element(found, record["element"])
    return _checks[record["kind"]](source, target, found)


def _element(found: Any, index: int) -> Any:
    return found[index] if isinstance(found, list) and 0 <= index < len(found) else None


def _exists(source: str, target: str, found: Any) -> bool:
    del source, target
    return found is not None and found != []


def _roundtrip(source: str, target: str, found: Any) -> Any:
    several = found if isinstance(found, list) else [] if found is None else [found]
    back = [convert(target, source, one) for one in several]
    return back if isinstance(found, list) else back[0] if back else None


_checks = {"conversion": lambda source, target, found: found, "exists": _exists, "roundtrip": _roundtrip}
