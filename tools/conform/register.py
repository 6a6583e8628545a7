"""An instance of a register: its addresses, its words from values of its fields, the values from the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import byte_enables, decode, encode
from hicannx.regmodel.container import Container, Place
from hicannx.regmodel.load import load_registers
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import (
    check_fields,
    compare,
    container_of,
    first_failure,
    hexadecimal,
    refused,
    unknown,
)

_backwards = ("decodes", "round_trip")  # flags: the words decode to the values, too
_nothing_rejected = "R141"


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Compare everything that the record tells: an encoding, a decoding, or words that are no register's."""
    del context
    container = container_of(record["container"])
    if container is None:
        return unknown(record["container"])
    checks = {"encode": _encoded, "decode": _decoded, "reject": _rejected}
    if record["kind"] not in checks:
        return failed(f"no check is known for `{record['kind']}`")
    try:
        outcome = _addresses(container, record)
        return checks[record["kind"]](container, record) if outcome is passed else outcome
    except DiagnosticError as error:
        return refused(error)


def _addresses(container: Container, record: Mapping[str, Any]) -> Outcome:
    place = _place(container, record.get("backend"))
    if place is None:
        return failed(f"{container.name} is not reached over {record['backend']}")
    if "addresses" not in record:
        return passed
    return compare("address", record["addresses"], container.addresses(record.get("enum", 0), place))


def _place(container: Container, backend: str | None) -> Place | None:
    """Where a backend finds it; its usual place without one."""
    buses = load_registers().buses
    ways = [way for access in ("write", "read") for way in buses.routes(container, access)]
    return next((place for place, one in ways if one.name == backend), None) if backend else container.places[0]


def _encoded(container: Container, record: Mapping[str, Any]) -> Outcome:
    e, values = record.get("enum", 0), record.get("fields", {})
    words = encode(container, values, e)
    outcomes = [_masked(words, one) for one in record.get("words_masked", ())]
    if "words" in record:
        outcomes.append(compare("word", record["words"], words))
    if "byte_enables" in record:
        outcomes.append(compare_enables(record["byte_enables"], byte_enables(container, values, e)))
    if "words" in record and any(record.get(one) for one in _backwards):
        outcomes.append(check_fields(container, record["words"], e, values))
    return first_failure(outcomes)


def _masked(words: Sequence[int], part: Mapping[str, int]) -> Outcome:
    index, mask = part["index"], part["mask"]
    if words[index] & mask == part["value"]:
        return passed
    title = f"bits {mask:#x} of word {index} differ"
    return failed(title, hexadecimal([part["value"]]), hexadecimal([words[index] & mask]))


def compare_enables(expected: Sequence[Any], found: Sequence[Any]) -> Outcome:
    """Byte enables of a record, those of the lowest byte first, with ours, the highest first."""
    wanted, given = [bool(one) for one in expected], [bool(one) for one in reversed(found)]
    return passed if wanted == given else failed("the byte enables differ", wanted, given)


def _decoded(container: Container, record: Mapping[str, Any]) -> Outcome:
    return check_fields(container, record["words"], record.get("enum", 0), record["fields"])


def _rejected(container: Container, record: Mapping[str, Any]) -> Outcome:
    try:
        decode(container, record["words"], record.get("enum", 0))
    except DiagnosticError as error:
        return passed if error.diagnostics[0].code == _nothing_rejected else refused(error)
    return failed("the words are accepted", "rejected", hexadecimal(record["words"]))
