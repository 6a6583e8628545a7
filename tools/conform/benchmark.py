"""Cycles of a step, from two programs that repeat it a different number of times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hicannx.tools.conform.outcome import Outcome, failed, passed
from hicannx.tools.conform.record import Context
from hicannx.tools.conform.timed import image_issues, judge, unknown_options

# Programs end with an instruction behind the steps, `sync`, another instruction, and `wait`.
_last_step, _drained = -5, -2


def check(record: Mapping[str, Any], context: Context) -> Outcome:
    """Compare both slopes."""
    del context
    if unknown := unknown_options(record["options"]):
        return failed("the model has no such option", sorted(record["options"]), unknown)
    for name, found in slopes(record).items():
        outcome = judge(name, record[name], found)
        if outcome != passed:
            return outcome
    return passed


def slopes(record: Mapping[str, Any]) -> dict[str, float]:
    """Cycles of a step: from issue to issue of the last instructions, and with everything done."""
    small, large = record["runs"]
    few, many = (image_issues(bytes.fromhex(one["program"]), record["options"]) for one in (small, large))
    steps = large["N"] - small["N"]
    places = {"cycles_per_step_issue": _last_step, "cycles_per_step_drained": _drained}
    return {name: float(many[place] - few[place]) / steps for name, place in places.items()}
