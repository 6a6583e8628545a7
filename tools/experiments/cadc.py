"""Samples that a plasticity processor has taken with the CADC."""

from __future__ import annotations

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array
from hicannx.tools.recording import Recording

_cycle_us = 0.004  # of the processor


@measurement
def trace(recording: Recording, of: str, words: int, samples: int, column: int) -> dict[str, Array]:
    """Samples of an even column beside the membrane that they sample, in the last run.

    The last words read are `samples` times `words`: the time in clock cycles, then a byte for each even column. `count`
    at `time_us`, the median `period_us`; `expected` is 20 + (V - 0.15 V) / 4.5 mV, `off` the difference.
    """
    run = recording.runs[-1]
    rows = np.asarray(run.arrays["read_words"][-samples * words :], np.uint32).reshape(samples, words)
    times = rows[:, 0].astype(np.float64) * _cycle_us
    counts = np.ascontiguousarray(rows[:, 1:].astype(">u4")).view(np.uint8)[:, column // 2].astype(np.float64)
    membrane = run.traces[of]
    volts = np.interp(times, membrane.times_us, membrane.values[:, 0].astype(np.float64))
    expected = 20 + (volts - 0.15) / 4.5e-3
    return {
        "time_us": times,
        "count": counts,
        "expected": expected,
        "off": counts - expected,
        "period_us": np.array(np.median(np.diff(times))),
    }
