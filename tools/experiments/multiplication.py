"""Multiplication of vectors by the synapse array: what a kernel has read, and the membrane behind an event."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.emu.wiring import columns, drivers_per_hemisphere
from hicannx.regmodel.load import load_registers
from hicannx.tools.experiments.plasticity import in_columns, stored
from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array, as_madc
from hicannx.tools.recording import Recording

_highest = load_registers().containers["SynapseWeightQuad"].by_name["values"].high


@measurement
def table(
    recording: Recording,
    processor: str,
    vectors: int,
    activations: int,
    sends: int,
    activation: int,
    times: int,
    weight: int,
    linear: float,
) -> dict[str, Array]:
    """Results of the experiment `vmm`: in the first run by weights of -63 to 63, in the last by `weight` everywhere.

    `weight` of each second column; `hundred`: one `activation` so many `times`, by weight, `at_weight_21`,
    `at_weight_0` and `largest` of it; `by_63` and so on: each `activation`, sent `sends` times; `gain`: the slope of
    these results over activation * weight * sends where they are less than `linear`, and `residual`, their rms distance
    from this line; `gain_128`: of that activation in all elements; `spread`: standard deviation of these results;
    `nothing`: the result of a vector of zeros, its largest amount. The vector of activation a stands at place a; behind
    these comes the one activation many times, then it in all elements.
    """
    ramp, flat = (_results(recording, number, processor, vectors) for number in (0, -1))
    weights = np.minimum(np.arange(columns) // 2 - _highest, _highest)
    every = np.arange(1, activations + 1)
    swept, hundred, whole = ramp[1 : activations + 1], ramp[activations + 1], flat[activations + 2]
    products = np.vstack([sends * every[:, None] * weights, times * activation * weights])
    gain, residual = _line(products.ravel(), ramp[1 : activations + 2].ravel(), linear)
    return {
        "activation": every,
        "weight": weights[::2],
        "hundred": hundred[::2],
        "at_weight_21": hundred[weights == 21].mean(),
        "at_weight_0": hundred[weights == 0].mean(),
        "largest": hundred.max(),
        "gain": gain,
        "residual": residual,
        "gain_128": whole.mean() / (drivers_per_hemisphere * activation * weight),
        "spread": whole.std(),
        "nothing": np.abs(ramp[0]).max(),
        **{name: swept[:, 2 * (value + _highest)] for name, value in _shown.items()},
    }


_shown = {"by_63": _highest, "by_32": 32, "by_minus_32": -32, "by_minus_63": -_highest}


def _line(products: Array, results: Array, linear: float) -> tuple[float, float]:
    """The slope of results that are less than `linear`, and their rms distance from the straight line."""
    small = np.abs(results) < linear
    gain, offset = np.polyfit(products[small], results[small], 1)
    return gain, np.sqrt(np.mean((results - offset - gain * products)[small] ** 2))


def _results(recording: Recording, number: int, processor: str, vectors: int) -> Array:
    """Signed results by vector and column."""
    run = recording.runs[number]
    rows = stored(recording, run, processor, "results")[-1].reshape(-1, columns)[:vectors]
    return in_columns(rows.view(np.int8).astype(np.float64))


@measurement
def repeated(
    recording: Recording, processor: str, vectors: int, activation: int, weight: int, rows: int
) -> dict[str, Any]:
    """The same product `vectors` times, then as often that of a vector of zeros, in the last run.

    By `column`: `mean` and `std` of the products, and `offset`, the mean without events; `noise`: the mean of `std`;
    `gain`: the median of all results over activation * weight * rows; `gain_spread_percent`: by how much `mean` less
    `offset` differs from column to column, and `offset_std` in counts.
    """
    results = _results(recording, -1, processor, 2 * vectors)
    products, offset = results[:vectors], results[vectors:].mean(axis=0)
    mean, std = products.mean(axis=0), products.std(axis=0, ddof=1)
    gains = mean - offset
    return {
        "column": np.arange(columns),
        "mean": mean,
        "std": std,
        "offset": offset,
        "noise": std.mean(),
        "gain": np.median(products) / (activation * weight * rows),
        "gain_spread_percent": 100 * gains.std(ddof=1) / gains.mean(),
        "offset_std": offset.std(ddof=1),
    }


@measurement
def drivers(recording: Recording, processor: str, activations: int, parallel: int) -> dict[str, Any]:
    """Results by activation and driver, the median of the driver's columns; each run is of `parallel` drivers.

    Driver d has column d of every other `parallel` columns, and in those between it counts from the other side.
    `amplitude` [activation, driver], its `mean`, the `weakest` and the `strongest` by `activation`; `slope` of the mean
    in counts an activation, `first_slope` and `last_slope` of five; `highest` and `baseline`, the lowest mean;
    `spread`: std of the drivers, mean of the activations; `spread_of_range`, this by the range of the mean, and
    `range_over_baseline`.
    """
    block, place = np.divmod(np.arange(columns), parallel)
    owner = np.where(block % 2 == 0, place, parallel - 1 - place)
    runs = [_results(recording, number, processor, activations) for number in range(len(recording.runs))]
    medians = [np.median(run[:, owner == driver], axis=1) for run in runs for driver in range(parallel)]
    amplitude = np.stack(medians, axis=1)
    mean, spread = amplitude.mean(axis=1), amplitude.std(axis=1).mean()
    whole = np.ptp(mean)
    return {
        "activation": np.arange(1, activations + 1),
        "amplitude": amplitude,
        "mean": mean,
        "weakest": amplitude.min(axis=1),
        "strongest": amplitude.max(axis=1),
        "slope": np.diff(mean).mean(),
        "first_slope": np.diff(mean[:5]).mean(),
        "last_slope": np.diff(mean[-5:]).mean(),
        "highest": mean.max(),
        "baseline": mean.min(),
        "spread": spread,
        "spread_of_range": spread / whole,
        "range_over_baseline": whole / max(abs(mean.min()), 1e-9),
    }


@measurement
def event(recording: Recording, membrane: str, line: str, at_us: float) -> dict[str, float]:
    """What a single event at `at_us` does in the first run: `step_madc`, the step of the membrane in words of the MADC.

    `tau_us`: the time constant with which the line decays; `drift_madc_per_us`: of the membrane 3 to 5 us behind.
    """
    run = recording.runs[0]
    times, values = run.traces[membrane].times_us - at_us, as_madc(run.traces[membrane].values[:, 0])
    behind, later = (times > 0) & (times < 3), (times >= 3) & (times < 5)
    decaying, current = run.traces[line].times_us - at_us, run.traces[line].values[:, 0]
    decay = (decaying > 0.6) & (decaying < 1.4)
    return {
        "step_madc": float(values[behind].max() - values[times < 0][-1]),
        "tau_us": float(-1 / np.polyfit(decaying[decay], np.log(current[decay]), 1)[0]),
        "drift_madc_per_us": float(np.polyfit(times[later], values[later], 1)[0]),
    }
