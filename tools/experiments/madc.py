"""Samples of the MADC."""

from __future__ import annotations

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array
from hicannx.tools.recording import Recording


@measurement
def noise(recording: Recording, mean_us: float) -> dict[str, Array]:
    """How much valid samples of the last run differ: `std` of single ones, `mean_std` of means over `mean_us`.

    `time_us` and `value`: the samples.
    """
    arrays = recording.runs[-1].arrays
    if "madc_values" not in arrays:
        nothing = np.zeros(0)
        return {"std": np.array(np.nan), "mean_std": np.array(np.nan), "time_us": nothing, "value": nothing}
    valid = arrays["madc_valid"]
    times, values = arrays["madc_times_us"][valid], arrays["madc_values"][valid].astype(np.float64)
    each = round(mean_us / float(np.diff(times[:2])[0]))
    means = values[: len(values) // each * each].reshape(-1, each).mean(axis=1)
    return {"std": values.std(), "mean_std": means.std(), "time_us": times, "value": values}
