"""The answer to a read, and the values in it: of the register that has all of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.diagnostic import DiagnosticError
from hicannx.regmodel.container import Container
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.lowering import decode_answers
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.registerview import refused


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Decode it, and compare."""
    del context
    container = _with_fields(record["expect"].keys())
    if container is None:
        return failed("no register has these fields", ", ".join(record["expect"]))
    try:
        found = decode_answers(container, 0, [record["input"]])
    except DiagnosticError as error:
        return refused(error)
    for name, value in record["expect"].items():
        if found.get(name) != value:
            return failed(f"`{name}` differs", value, found.get(name))
    return passed


def _with_fields(names: Any) -> Container | None:
    """The register of one word with these fields and fewest others."""
    known = [one for one in load_registers().containers.values() if one.words == 1 and "r" in one.access]
    fitting = [one for one in known if names and names <= one.by_name.keys()]
    return min(fitting, key=lambda one: len(one.by_name), default=None)
