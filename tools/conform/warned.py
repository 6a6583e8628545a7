"""A source that has to be accepted with warnings on the lines given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.diagnostic import Severity
from hicannx.tools.conform.attempt import attempt, lines_of
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble, and compare the lines of the warnings."""
    del context
    tried = attempt(record["src"], Options("gas"))
    wanted = {one["line"] for one in record["messages"] if one.get("line")}
    told = f"accepted, with warnings on lines {sorted(wanted)}"
    if tried.assembly is None:
        return failed("it is rejected", told, tried.told())
    missing = wanted - lines_of(tried.diagnostics, Severity.WARNING)
    return failed(f"no warning on line {min(missing)}", told, tried.told()) if missing else passed
