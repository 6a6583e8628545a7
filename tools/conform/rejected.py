"""A source that has to be rejected on the lines given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.asm.options import Options
from hicannx.diagnostic import Severity
from hicannx.tools.conform.attempt import attempt, lines_of
from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Assemble, and compare the lines of the errors."""
    del context
    tried = attempt(record["src"], Options("gas"))
    last = record["src"].count("\n") or 1  # either side may tell the line behind it of what was never closed
    errors = [one for one in record["messages"] if "error" in one.get("kind", "") and one.get("line")]
    wanted = {min(one["line"], last) for one in errors}
    told = "rejected" + (f", with errors on lines {sorted(wanted)}" if wanted else "")
    if tried.assembly is not None:
        return failed("it is accepted", told, tried.told())
    missing = wanted - {min(line, last) for line in lines_of(tried.diagnostics, Severity.ERROR)}
    return failed(f"no error on line {min(missing)}", told, tried.told()) if missing else passed
