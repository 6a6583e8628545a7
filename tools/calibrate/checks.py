"""What a chip reaches with the codes that it has: a measurement for each target, of all neurons at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.transfer import highest_code
from hicannx.tools.calibrate import laws
from hicannx.tools.calibrate.bench import Bench, Numbers, quiet
from hicannx.tools.calibrate.counts import mean_counts, peak_counts
from hicannx.tools.calibrate.settings import load_settings
from hicannx.tools.calibrate.spikes import count_spikes
from hicannx.tools.calibrate.timeconstants import Targets, tau_mem, tau_syn

_check = load_settings().check


def leak(bench: Bench, targets: Targets) -> Numbers:
    """Membranes at rest, as the CADC sees them."""
    with quiet(bench):
        return mean_counts(bench, bench.changed())


def reset(bench: Bench, targets: Targets) -> Numbers:
    """Membranes that are held in reset."""
    builder = ProgramBuilder()
    bench.put_fields(builder, force_reset=1)
    bench.run(builder)
    found = mean_counts(bench, bench.changed())
    builder = ProgramBuilder()
    bench.put_fields(builder, force_reset=0)
    bench.run(builder)
    return found


def threshold(bench: Bench, targets: Targets) -> Numbers:
    """The highest counts of membranes that spike again and again, which is another way than that of the search."""
    rest = bench.cells["v_leak"]
    away = (targets["threshold_cadc"] + _check.above_counts - targets["leak_cadc"]) / laws.per_code("v_leak_cadc")
    far = np.clip(rest + away, 0, highest_code)
    found = peak_counts(bench, bench.changed(v_leak=far), _check.peaks, _check.peaks_apart_us)
    bench.run(bench.changed(v_leak=rest))
    return found


def refractory(bench: Bench, targets: Targets) -> Numbers:
    """The time between spikes of neurons whose reset is above their threshold."""
    kept, window_us = bench.cells["v_threshold"], _check.counted * targets["refractory_us"]
    counts = count_spikes(bench, bench.changed(v_threshold=_check.low_threshold), window_us)
    bench.run(bench.changed(v_threshold=kept))
    return np.asarray(window_us / np.maximum(counts, 1))


checks: dict[str, Callable[[Bench, Targets], Numbers]] = {
    "leak_cadc": leak,
    "reset_cadc": reset,
    "tau_mem_us": tau_mem,
    "tau_syn_exc_us": partial(tau_syn, line="exc"),
    "tau_syn_inh_us": partial(tau_syn, line="inh"),
    "threshold_cadc": threshold,
    "refractory_us": refractory,
}
