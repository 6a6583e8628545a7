"""The answer to a read, and the values of the register's fields in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.lowering import decode_answers
from hicannx.tools.conform.outcome import Outcome, failed, passed, skipped
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import refused

_registers = {"jtag_id": "JTAGIdCode"}


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Decode it, and compare."""
    del context
    if record["call"] not in _registers:
        return skipped(f"no answer `{record['call']}` is known")
    container = load_registers().containers[_registers[record["call"]]]
    try:
        found = decode_answers(container, 0, [record["input"]])
    except DiagnosticError as error:
        return refused(error)
    for name, value in record["expect"].items():
        if found.get(name) != value:
            return failed(f"`{name}` differs", value, found.get(name))
    return passed
