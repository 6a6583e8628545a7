"""Trains of events: postsynaptic potentials one by one, and how long their pulses have been."""

from __future__ import annotations

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array
from hicannx.tools.recording import Recording, Run


@measurement
def pulses(recording: Recording, of: str, neuron: int, reference: int, train: int) -> dict[str, Array]:
    """Lengths of pulses, as the peaks of potentials relative to those of a neuron that gets full pulses.

    A run has `train` events, whose lengths in the first run are `pulse`, and one more after a gap, that gives
    `recovered` of each run. `first`, `change` from pulse to pulse, the last change relative to the first one, and
    `recovery_us`, the time constant with which `recovered` goes back to what the first pulse is.
    """
    lengths = np.array([_peaks(run, of, neuron) / _peaks(run, of, reference) for run in recording.runs])
    pulse, recovered = lengths[0, :train], lengths[:, train]
    change = np.diff(pulse)
    gaps = np.array([np.diff(np.unique(run.input_times_us))[-1] for run in recording.runs])
    missing = np.log(np.abs(recovered - pulse[0]))
    use = np.abs(recovered - pulse[0]) > 0.05 * np.abs(recovered[0] - pulse[0])
    slope = np.polyfit(gaps[use], missing[use], 1)[0]
    return {
        "pulse": pulse,
        "first": pulse[0],
        "change": change,
        "last_of_first_change": change[-1] / change[0],
        "recovered": recovered,
        "recovery_us": -1 / slope,
    }


def _peaks(run: Run, of: str, neuron: int) -> Array:
    """How far each event lifts the potential above where it would be without: the rest decays with what it had."""
    trace = run.traces[of]
    values = np.asarray(trace.values[:, trace.neurons.tolist().index(neuron)], np.float64)
    times = np.unique(run.input_times_us)
    begins = np.searchsorted(trace.times_us, times)
    ends = np.append(begins[1:], len(values))
    rest = values[begins[0] - 1]
    return np.array([values[first:last].max() - rest for first, last in zip(begins, ends)])
