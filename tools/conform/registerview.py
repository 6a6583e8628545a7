"""What records of registers have in common: finding the register, comparing addresses, words and values of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.codec import decode
from hicannx.regmodel.container import Container
from hicannx.regmodel.field import Field
from hicannx.regmodel.load import load_registers
from hicannx.tools.conform.outcome import Outcome, failed, passed

Record = Mapping[str, Any]


def unknown(name: str) -> Outcome:
    """The failure of a record about a register that there is not."""
    return failed(f"there is no register `{name}`")


def refused(error: DiagnosticError) -> Outcome:
    """The failure of a record whose values are refused."""
    one = error.diagnostics[0]
    return failed(f"it is refused: {one.title}", code=one.code)


def hexadecimal(numbers: Sequence[Any]) -> str:
    """Numbers for a failure, such as `0x1, 0x20`."""
    return ", ".join(f"{int(one):#x}" for one in numbers)


def compare(what: str, expected: Sequence[Any], found: Sequence[Any]) -> Outcome:
    """Passed, or the first of these numbers that differs."""
    if len(expected) != len(found):
        return failed(f"there is another number of {what}s", len(expected), len(found))
    for index, (wanted, one) in enumerate(zip(expected, found)):
        if wanted != one:
            return failed(f"{what} {index} differs", hexadecimal([wanted]), hexadecimal([one]))
    return passed


def first_failure(outcomes: Sequence[Outcome]) -> Outcome:
    """The first that has not passed, or passed."""
    return next((one for one in outcomes if one is not passed), passed)


def check_fields(container: Container, words: Sequence[int], e: int, expected: Mapping[str, Any]) -> Outcome:
    """Whether the words decode to these values; fields without bits of their own are left out."""
    decoded = decode(container, words, e, valid_only=False)
    for name, value in expected.items():
        field = container.by_name.get(name)
        if field is None:
            return failed(f"{container.name} has no field `{name}`")
        if name in decoded and _plain(field, value) != _plain(field, decoded[name]):
            return failed(f"field `{name}` differs", _plain(field, value), _plain(field, decoded[name]))
    return passed


def _plain(field: Field, value: Any) -> Any:
    """Numbers in place of names, booleans and arrays."""
    if isinstance(value, list | tuple):
        return [_plain(field, one) for one in value]
    return field.enum.get(value, value) if isinstance(value, str) else int(value)


def container_of(name: str) -> Container | None:
    """The container of a name; None where there is none."""
    return load_registers().containers.get(name)
