"""What an experiment has measured, as text, JSON and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from hicannx.configs.check import Verdict
from hicannx.tools.recording import Recording
from hicannx.tools.result import Array

_shown = 8  # numbers of a line


def result_text(measured: Mapping[str, Any], verdicts: Sequence[Verdict]) -> str:
    """A line for each measured quantity, and one for each check."""
    width = max(map(len, measured), default=0)
    rows = [f"{name:<{width}}  {_numbers(np.asarray(value))}" for name, value in measured.items()]
    lines = [one.as_text() for one in verdicts]
    return "\n\n".join("\n".join(block) for block in (rows, lines) if block)


def result_json(measured: Mapping[str, Any], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The same for other programs; empty for an experiment that measures nothing."""
    told: dict[str, Any] = {}
    if measured:
        told["measured"] = {name: _plain(np.asarray(value)) for name, value in measured.items()}
    if verdicts:
        told["checks"] = [_check_json(one) for one in verdicts]
    return told


def result_arrays(recording: Recording, measured: Mapping[str, Any]) -> dict[str, Array]:
    """What `result.npz` holds: spikes and reads of each run, traces, and what was measured.

    Of several runs, arrays have the number of the run before their names: `run3_spike_times_us`.
    """
    arrays: dict[str, Array] = {}
    for number, run in enumerate(recording.runs):
        before = f"run{number}_" if len(recording.runs) > 1 else ""
        own = {**run.arrays, "spike_neurons": run.spike_neurons}
        for name, trace in run.traces.items():
            own |= {f"trace_{name}": trace.values, f"trace_{name}_times_us": trace.times_us}
            own[f"trace_{name}_neurons"] = trace.neurons
        arrays |= {before + name: value for name, value in own.items()}
    return arrays | {f"measured_{name}": np.asarray(value) for name, value in measured.items()}


def _check_json(one: Verdict) -> dict[str, Any]:
    row = one.check
    told = {name: getattr(row, name) for name in ("quantity", "id", "what", "source", "used_to_set")}
    bounds = {name: np.asarray(bound).tolist() for name, bound in zip(("low", "high"), row.bounds(), strict=True)}
    finite = {name: bound for name, bound in bounds.items() if np.all(np.isfinite(bound))}
    outcome = attrs.asdict(one, filter=attrs.filters.exclude(attrs.fields(Verdict).check))
    return {**told, **finite, **outcome, "value": _plain(np.asarray(one.value))}


def _numbers(values: Array) -> str:
    flat = values.ravel()
    text = " ".join(f"{one:.5g}" for one in flat[:_shown].tolist())
    if flat.size <= _shown:
        return text
    low, high, mean = np.nanmin(flat), np.nanmax(flat), np.nanmean(flat)
    return f"{text} ... ({flat.size} values, {low:.5g} to {high:.5g}, mean {mean:.5g})"


def _plain(values: Array) -> Any:
    """Lists of numbers; None where there is none, which JSON cannot say otherwise."""
    if values.dtype.kind == "f":
        kept = values.astype(object)
        kept[~np.isfinite(values)] = None
        return kept.tolist()
    return values.tolist()
