"""What processors and synapses have done: memory that a kernel has filled, weights and rates in time."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.configs.experiment import processors
from hicannx.emu.wiring import columns
from hicannx.tools.experiment_program import read_addresses
from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array
from hicannx.tools.recording import Recording, Run


def stored(recording: Recording, run: Run, processor: str, symbol: str) -> Array:
    """The bytes at a symbol of a processor's program, as often as they were read: uint8, shape [times, bytes]."""
    reading = next(one for one in recording.experiment.read if (one.at.shown, one.memory) == (processor, symbol))
    addresses = read_addresses(reading, run.compiled.programs)
    chosen = np.isin(run.arrays["read_addresses"], addresses)
    words = np.asarray(run.arrays["read_words"])[chosen].reshape(-1, len(addresses))
    return words.astype(">u4").view(np.uint8)


def in_columns(rows: Array) -> Array:
    """Rows whose even columns come first, then the odd ones, in the order of the columns; shape [..., columns]."""
    found = np.empty_like(rows)
    found[..., 0::2], found[..., 1::2] = rows[..., : columns // 2], rows[..., columns // 2 :]
    return found


@measurement
def homeostasis(recording: Recording, period_ms: float, skip: int) -> dict[str, Array]:
    """Weights and rates by time, the neurons of the lower hemisphere behind those of the upper one.

    `weight` and `rate_khz` are [neuron, time], `mean_weight` and `mean_rate_khz` their means at each time; after `skip`
    periods `final_weight` and `final_rate_khz` of each neuron, and of all neurons `population_weight` and
    `population_rate_khz`.
    """
    run = recording.runs[-1]
    counts = [in_columns(stored(recording, run, name, "rates")) for name in processors]
    rates = np.concatenate(counts, axis=1).T.astype(np.float64) / period_ms
    weights = np.asarray(run.arrays["weights"], np.float64).T
    final = weights[:, skip:].mean(axis=1), rates[:, skip:].mean(axis=1)
    return {
        "time_ms": np.arange(rates.shape[1]) * period_ms,
        "weight": weights,
        "rate_khz": rates,
        "mean_weight": weights.mean(axis=0),
        "mean_rate_khz": rates.mean(axis=0),
        "final_weight": final[0],
        "final_rate_khz": final[1],
        "population_weight": final[0].mean(),
        "population_rate_khz": final[1].mean(),
    }


@measurement
def rates(recording: Recording, first_weight: int, weights: int, group: int, at: list[int]) -> dict[str, Array]:
    """Mean rates of neurons whose weights rise by one every `group` neurons, by `weight`: `khz`, and `khz_at` some."""
    run = recording.runs[-1]
    counts = np.array([len(run.spikes_of(neuron)) for neuron in range(weights * group)])
    khz = counts.reshape(weights, group).mean(axis=1) / recording.duration_us * 1000
    chosen = np.array(at) - first_weight
    return {"weight": first_weight + np.arange(weights), "khz": khz, "khz_at": khz[chosen]}


@measurement
def window(
    recording: Recording, processor: str, first_us: float, step_us: float, groups: int, reference_us: float
) -> dict[str, Any]:
    """The correlation window, from what a kernel has read of a row of sensors before and after pairs of spikes.

    The neuron of column c has had its post pulses `first_us + c % groups * step_us` after the events, but for 0.
    `causal` and `acausal`, means of each group: by how many counts of the CADC the readings have fallen at `delay_us`;
    `right_sign_percent`: the share of columns at +-1 and +-5 us where the sensor of this order has gained more; and
    time constant and value at 0 of exponentials up to three times `reference_us`.
    """
    before, after = _readings(recording, processor)
    group = np.arange(columns) % groups
    delays = first_us + np.arange(groups) * step_us
    gained = [np.array([branch[group == k].mean() for k in range(groups)]) for branch in before - after]
    near = np.isin(np.abs(delays), (1.0, 5.0))[group]
    right = (before[0] - after[0] > before[1] - after[1]) == (delays[group] > 0)
    paired = delays != 0
    causal, acausal, delays = gained[0][paired], gained[1][paired], delays[paired]
    found: dict[str, Any] = {"delay_us": delays, "causal": causal, "acausal": acausal}
    found |= {"right_sign_percent": 100 * right[near].mean()}
    return found | _decay("causal", delays, causal, reference_us) | _decay("acausal", -delays, acausal, reference_us)


def _readings(recording: Recording, processor: str) -> Array:
    """Before and after, shape [2, branch, column]."""
    table = stored(recording, recording.runs[-1], processor, "readings")[-1].reshape(2, 2, columns)
    return in_columns(table.astype(np.float64))


def _decay(name: str, delays_us: Array, counts: Array, reference_us: float) -> dict[str, float]:
    """The time constant of an exponential through what is left after each delay, and its value at delay 0."""
    chosen = (delays_us > 0) & (delays_us < 3 * reference_us) & (counts > 1)
    slope, offset = np.polyfit(delays_us[chosen], np.log(counts[chosen]), 1)
    return {f"{name}_tau_us": -1 / slope, f"{name}_peak": float(np.exp(offset))}
