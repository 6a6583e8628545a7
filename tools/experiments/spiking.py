"""Spike trains: periods, rates, and how much they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array, numbers
from hicannx.tools.recording import Recording


@measurement
def regular(recording: Recording, neurons: Any, from_us: float = 0.0) -> dict[str, Array]:
    """Regular spiking after `from_us`: mean period and its jitter, an entry for each run and neuron.

    `period_us` and `rate_khz` are NaN, `jitter_ns` too, where a neuron has fewer than two spikes; `spikes` counts them.
    """
    trains = [
        one[one >= from_us]
        for run in recording.runs
        for one in (run.spikes_of(neuron) for neuron in numbers(neurons).tolist())
    ]
    with np.errstate(all="ignore"):
        periods = np.array([np.diff(one).mean() if len(one) > 1 else np.nan for one in trains])
        jitters = np.array([1e3 * np.diff(one).std() if len(one) > 1 else np.nan for one in trains])
        counts = np.array([len(one) for one in trains])
        return {"period_us": periods, "jitter_ns": np.round(jitters, 6), "rate_khz": 1e3 / periods, "spikes": counts}


@measurement
def spread(recording: Recording, neurons: Any, from_us: float = 0.0) -> dict[str, float]:
    """How much the mean periods of neurons differ: `mean_us` and the coefficient of variation `cv_percent`."""
    periods = regular(recording, neurons, from_us)["period_us"]
    return {"mean_us": float(periods.mean()), "cv_percent": float(100 * periods.std(ddof=1) / periods.mean())}
