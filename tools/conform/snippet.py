"""A short source: what it becomes, or that it is rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.tools.conform import rejected
from hicannx.tools.conform.attempt import attempt
from hicannx.tools.conform.difference import difference
from hicannx.tools.conform.objectview import View, view
from hicannx.tools.conform.outcome import Outcome, failed
from hicannx.tools.conform.record import Context

_symbol_columns = ("name", "value", "size", "type", "bind", "vis", "section")
_relocation_columns = ("section", "offset", "type", "symbol", "addend")


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble, and compare sections that hold something, named symbols and relocations."""
    if record["rc"]:
        return rejected.check({"messages": (), **record}, context)
    tried = attempt(record["src"], Options("gas"))
    if tried.assembly is None:
        return failed("it is rejected", "accepted", tried.told())
    expected: View = {
        "sections": record["sections"],
        "symbols": [dict(zip(_symbol_columns, one, strict=True)) for one in record["symbols"]],
        "relocations": [dict(zip(_relocation_columns, one, strict=True)) for one in record["relocations"]],
    }
    return difference(_filled(expected), _filled(view(tried.assembly.object())))


def _filled(found: View) -> View:
    sections = [one for one in found["sections"] if one["size"]]
    symbols = [one for one in found["symbols"] if one["type"] != "SECTION"]
    return {**found, "sections": sections, "symbols": symbols}
