"""A word that is read, and the values that it means: by the register that has all of these fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.regmodel.codec import decode
from hicannx.regmodel.load import load_registers
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Decode and compare."""
    del context
    names = record["expect"].keys()
    for container in load_registers().containers.values():
        if container.words == 1 and names <= container.by_name.keys():
            values = decode(container, [record["input"]])
            got = {name: values[name] for name in names}
            return passed if got == record["expect"] else failed("the values differ", record["expect"], got)
    return failed("no register has these fields", ", ".join(names))
