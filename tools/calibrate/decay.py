"""Time constants from decays: a membrane that comes back from a reset, or a line from an event.

What is left of the way is measured at two times behind the stimulus, in trials of their own, since a conversion is read
slowly; when exactly the decay begins cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hicannx.regmodel.codec import encode
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.schedule import TimedRead, TimedWrite
from hicannx.tools.calibrate.bench import Bench, Codes, Numbers, cycles
from hicannx.tools.calibrate.counts import conversion, decoded
from hicannx.tools.calibrate.settings import load_settings

Stimulus = tuple[Codes, Codes]  # addresses and words
_decay = load_settings().decay


def resets() -> Stimulus:
    """Resets of all neurons."""
    container = load_registers().containers["NeuronResetQuad"]
    addresses = container.addresses_of(np.arange(container.instances)).ravel()
    return addresses, np.zeros(len(addresses), np.int64)


def events() -> Stimulus:
    """An event on all buses of both hemispheres."""
    container = load_registers().containers["PADIEvent"]
    words = [encode(container, {"fire_bus": [1] * 4}, hemisphere)[0] for hemisphere in range(container.instances)]
    return container.addresses_of(np.arange(container.instances)).ravel(), np.array(words, np.int64)


def time_constants(
    bench: Bench, builder: ProgramBuilder, stimulus: Stimulus, times_us: tuple[float, float], rest_us: float
) -> Numbers:
    """The time constant of each neuron in us, from what is left at two times behind a stimulus."""
    repeats = load_settings().measurement.decays
    addresses, words = stimulus
    accesses: list[TimedWrite | TimedRead] = []
    begin = cycles(rest_us)
    for trial in range(2 * repeats):
        when = begin + cycles(_decay.pause_us)
        accesses += conversion(begin)
        accesses.append(TimedWrite(when, addresses, words))
        accesses += conversion(when + 2 * len(words) + cycles(times_us[trial % 2]))
        begin = when + cycles(times_us[trial % 2] + rest_us + _decay.pause_us)
    answers = builder.schedule([], [], accesses)
    result = bench.run(builder)
    counts = np.array([decoded(result, one) for one in _of_buffers(answers)]).reshape(repeats, 2, 2, -1)
    rest = counts[:, :, 0].mean(axis=(0, 1))
    left = np.maximum(np.abs(counts[:, :, 1].mean(axis=0) - rest), _decay.least_counts)
    return np.asarray((times_us[1] - times_us[0]) / np.maximum(np.log(left[0] / left[1]), _decay.least_logarithm))


def _of_buffers(answers: Sequence[range]) -> list[range]:
    """Answers that have counts of all channels."""
    most = max(len(one) for one in answers)
    return [one for one in answers if len(one) == most]
