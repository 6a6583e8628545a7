"""Samples that a plasticity processor has taken with the CADC."""

from __future__ import annotations

import numpy as np

from hicannx.emu.machine import ppu_cycle_ticks, tick_us
from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array, as_cadc
from hicannx.tools.recording import Recording


@measurement
def trace(recording: Recording, of: str, words: int, samples: int, column: int) -> dict[str, Array]:
    """Samples of an even column beside the membrane that they sample, in the last run.

    The last words read are `samples` times `words`: the time in clock cycles, then a byte for each even column. `count`
    at `time_us`, the median `period_us`; `expected` is what a calibrated CADC has, `off` the difference.
    """
    run = recording.runs[-1]
    rows = np.asarray(run.arrays["read_words"][-samples * words :], np.uint32).reshape(samples, words)
    times = rows[:, 0].astype(np.float64) * (ppu_cycle_ticks * tick_us)
    counts = np.ascontiguousarray(rows[:, 1:].astype(">u4")).view(np.uint8)[:, column // 2].astype(np.float64)
    membrane = run.traces[of]
    volts = np.interp(times, membrane.times_us, membrane.values[:, 0].astype(np.float64))
    expected = as_cadc(volts)
    return {
        "time_us": times,
        "count": counts,
        "expected": expected,
        "off": counts - expected,
        "period_us": np.array(np.median(np.diff(times))),
    }
