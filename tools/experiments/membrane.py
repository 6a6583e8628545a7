"""Membrane traces: levels, cycles of regular spiking, and noise."""

from __future__ import annotations

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array, as_madc, in_unit
from hicannx.tools.recording import Recording


@measurement
def levels(
    recording: Recording, of: str, unit: str = "V", from_us: float = 0.0, minus: float = 0.0
) -> dict[str, Array]:
    """Mean, least and largest potential after `from_us` less `minus`, an entry for each run and neuron.

    `unit`: V, madc or cadc.
    """
    times = recording.runs[0].traces[of].times_us
    values = in_unit(recording.trace(of)[:, np.searchsorted(times, from_us) :], unit) - minus
    return {"mean": values.mean(axis=1).ravel(), "low": values.min(axis=1).ravel(), "high": values.max(axis=1).ravel()}


@measurement
def cycles(recording: Recording, of: str, tau_us: float, end_madc: float) -> dict[str, Array]:
    """Neurons that spike regularly, in words of the MADC: the `peak` and the `plateau` of each.

    `rise_rms`: how far the rise between them is from an exponential with `tau_us` towards `end_madc`, from where it
    begins.
    """
    run = recording.runs[-1]
    trace = run.traces[of]
    values = as_madc(trace.values)
    peaks, plateaus, distances = [], [], []
    for k, neuron in enumerate(trace.neurons.tolist()):
        spikes = run.spikes_of(neuron)
        spikes = spikes[(spikes > trace.times_us[0]) & (spikes < trace.times_us[-1])]
        pieces = [
            (trace.times_us[first:last], values[first:last, k])
            for first, last in zip(*(np.searchsorted(trace.times_us, one) for one in (spikes[:-1], spikes[1:])))
        ]
        peaks.append(np.median([piece.max() for _, piece in pieces]))
        plateaus.append(np.median([piece.min() for _, piece in pieces]))
        distances.append(np.mean([_distance(*piece, tau_us, end_madc) for piece in pieces]))
    return {"peak_madc": np.array(peaks), "plateau_madc": np.array(plateaus), "rise_rms_madc": np.array(distances)}


@measurement
def level_spread(recording: Recording, of: str) -> dict[str, float]:
    """Standard deviations over neurons that spike regularly, in words of the MADC: of their peaks and plateaus."""
    found = cycles(recording, of, 1.0, 0.0)
    return {f"{name}_std_madc": float(found[f"{name}_madc"].std(ddof=1)) for name in ("peak", "plateau")}


def _distance(times_us: Array, values: Array, tau_us: float, end_madc: float) -> float:
    """RMS distance of what follows the lowest value from an exponential that begins there."""
    lowest = int(np.argmin(values))
    rise, passed = values[lowest:-1], times_us[lowest:-1] - times_us[lowest]  # spike times are rounded
    expected = end_madc + (rise[0] - end_madc) * np.exp(-passed / tau_us)
    return float(np.sqrt(np.mean((rise - expected) ** 2)))


@measurement
def decay(recording: Recording, of: str, at_us: float, window_us: float) -> dict[str, Array]:
    """Exponential decays from `at_us` on, by least squares on y' = -(y - end) / tau, integrated once.

    `tau_us` of each run and neuron; `first_by_last`: the first one by the last one.
    """
    taus = []
    for run in recording.runs:
        trace = run.traces[of].between(at_us, at_us + window_us)
        for values in trace.values.T.astype(np.float64):
            steps = np.diff(trace.times_us)
            area = np.concatenate([[0.0], np.cumsum(steps * (values[1:] + values[:-1]) / 2)])
            columns = np.stack([np.ones_like(area), trace.times_us - trace.times_us[0], area], axis=1)
            taus.append(-1 / np.linalg.lstsq(columns, values, rcond=None)[0][2])
    return {"tau_us": np.array(taus), "first_by_last": np.array(taus[0] / taus[-1])}
