"""Postsynaptic potentials: their peaks, time constants, and whether they add up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array, as_cadc, as_madc, in_unit
from hicannx.tools.recording import Recording, Run


@measurement
def shape(recording: Recording, of: str, at_us: float, window_us: float, neuron: int = 0) -> dict[str, float]:
    """The answer of a neuron to an event at `at_us`: `peak_madc` and `peak_cadc` (negative downwards), and two taus.

    `tau_1_us` is the shorter one. They solve y'' + (1/t1 + 1/t2) y' + y / (t1 t2) = 0, integrated twice, by least
    squares.
    """
    times, values = _piece(recording.runs[-1], of, neuron, at_us, window_us)
    rise = values - values[0]
    peak = int(np.argmax(np.abs(rise)))
    first, second = _time_constants(times[peak // 2 :], rise[peak // 2 :])
    return {
        "peak_madc": float(as_madc(values[peak]) - as_madc(values[0])),
        "peak_cadc": float(as_cadc(values[peak]) - as_cadc(values[0])),
        "tau_1_us": first,
        "tau_2_us": second,
    }


@measurement
def peaks(recording: Recording, of: str, at_us: float, window_us: float, unit: str = "madc") -> dict[str, Array]:
    """Of each run and neuron: the potential at `at_us`, and the `high` and `low` within the window behind it.

    `up` and `down` are how far these are from the potential at `at_us`, `peak` is the larger one with its sign.
    """
    rows = []
    for run in recording.runs:
        trace = run.traces[of].between(at_us, at_us + window_us)
        rows.append(in_unit(trace.values, unit))
    values = np.stack(rows)
    start, high, low = values[:, 0].ravel(), values.max(axis=1).ravel(), values.min(axis=1).ravel()
    up, down = high - start, low - start
    return {
        "start": start,
        "high": high,
        "low": low,
        "up": up,
        "down": down,
        "peak": np.where(up > -down, up, down),
    }


@measurement
def superposition(
    recording: Recording, of: str, single_us: float, events_us: list[Any], window_us: float, neuron: int = 0
) -> dict[str, float]:
    """Whether the answer to a train is the sum of shifted answers to the event at `single_us`.

    `rms_madc`: root mean square of the difference within `window_us` from the first event of the train on.
    """
    run = recording.runs[-1]
    _, alone = _piece(run, of, neuron, single_us, window_us)
    times, train = _piece(run, of, neuron, events_us[0], window_us)
    alone, train = as_madc(alone), as_madc(train)
    step = float(times[1] - times[0])
    expected = np.full(len(train), alone[0])
    for event in events_us:
        shift = round((event - events_us[0]) / step)
        expected[shift:] += (alone - alone[0])[: len(expected) - shift]
    return {"rms_madc": float(np.sqrt(np.mean((train - expected) ** 2))), "peak_madc": float(np.ptp(train))}


@measurement
def ratio(recording: Recording, of: str, at_us: float, window_us: float, neurons: list[int]) -> float:
    """The peak of the second neuron over that of the first, both without sign."""
    found = peaks(recording, of, at_us, window_us)["peak"]
    order = recording.runs[-1].traces[of].neurons.tolist()
    first, second = (abs(found[order.index(neuron)]) for neuron in neurons)
    return float(second / first)


@measurement
def weight_unit(
    recording: Recording, of: str, at_us: float, window_us: float, weight: float, span_cadc: float, neuron: int = 0
) -> float:
    """The weight that stands for 1 in a model with the time constants of this neuron and a threshold at 1 above rest.

    There an event of weight 1 gives a potential with a peak of 1 / e, where both time constants are equal.
    """
    peak = shape(recording, of, at_us, window_us, neuron)["peak_cadc"]
    return float(weight * span_cadc / math.e / peak)


@measurement
def voltage_dependence(
    recording: Recording, of: str, at_us: float, window_us: float, groups: dict[str, list[int]]
) -> dict[str, float]:
    """How much the amplitude of potentials falls or rises for each volt at which the membrane lies.

    An entry for each of the `groups` of neurons [first, last], whose neurons rest at different potentials.
    """
    found = peaks(recording, of, at_us, window_us)
    order = recording.runs[-1].traces[of].neurons
    slopes = {}
    for name, (first, last) in groups.items():
        own = (order >= first) & (order <= last)
        slopes[name] = float(np.polyfit(found["start"][own], np.abs(found["peak"][own]), 1)[0])
    return slopes


def _piece(run: Run, of: str, neuron: int, at_us: float, window_us: float) -> tuple[Array, Array]:
    trace = run.traces[of].between(at_us, at_us + window_us)
    place = trace.neurons.tolist().index(neuron)
    return trace.times_us, trace.values[:, place].astype(np.float64)


def _time_constants(times: Array, values: Array) -> tuple[float, float]:
    """Both time constants of a difference of two exponentials, the shorter one first."""
    steps = np.diff(times, prepend=times[0])
    once = np.cumsum(steps * (values + np.concatenate([values[:1], values[:-1]])) / 2)
    twice = np.cumsum(steps * (once + np.concatenate([once[:1], once[:-1]])) / 2)
    columns = np.stack([np.ones_like(times), times - times[0], once, twice], axis=1)
    solution = np.linalg.lstsq(columns, values, rcond=None)[0]
    total, product = -float(solution[2]), -float(solution[3])
    root = math.sqrt(max(total**2 / 4 - product, 0.0))
    return 1 / (total / 2 + root), 1 / (total / 2 - root)


@measurement
def matrix(recording: Recording, of: str, at_us: list[float], window_us: float) -> dict[str, Array]:
    """Events in one neuron after the other, seen in all: `peak_madc` and its `delay_us`, shape [events, neurons].

    Event k of `at_us` excites the k-th neuron recorded. `later` is 1 if all peaks are later and lower the further away
    their neuron is in the order of recording.
    """
    trace = recording.runs[-1].traces[of]
    heights, delays = [], []
    for begin in at_us:
        piece = trace.between(begin, begin + window_us, begin)
        rise = as_madc(piece.values) - as_madc(piece.values[0])
        heights.append(rise.max(axis=0))
        delays.append(piece.times_us[rise.argmax(axis=0)])
    peak, delay = np.array(heights), np.array(delays)
    ways = [(peak[k, k::side], delay[k, k::side]) for k in range(len(peak)) for side in (1, -1)]
    in_order = all(bool((np.diff(one) < 0).all() and (np.diff(other) > 0).all()) for one, other in ways)
    return {"peak_madc": peak, "delay_us": delay, "later": np.array(float(in_order))}
