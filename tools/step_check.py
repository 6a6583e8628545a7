"""Whether an analog step is short enough: an experiment with this step and with half of it, spike by spike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.tools.chip_choice import ChipChoice, nominal

if TYPE_CHECKING:
    from hicannx.configs.experiment import Experiment
    from hicannx.emu.executor import Result

Ticks = npt.NDArray[np.int64]

_window_us = 2.0  # spikes that are further apart are not the same
_shown = 5
_output_shift = 16


@attrs.frozen
class NeuronShift:
    """Spikes of one neuron: how many there are with both steps, only with the longer, only with the shorter one."""

    output: int
    address: int
    matched: int
    extra: int
    missing: int
    largest_shift_us: float
    mean_shift_us: float


@attrs.frozen
class StepCheck:
    """The comparison; shifts are spike times with the longer step minus those with half of it, the largest by size."""

    step_us: float
    half_step_us: float
    matched: int
    extra: int
    missing: int
    largest_shift_us: float
    neurons: tuple[NeuronShift, ...]

    def as_text(self) -> str:
        """A table for the terminal: all in all, and the neurons that are furthest off."""
        lines = [
            f"steps of {self.step_us * 1e3:g} ns and of {self.half_step_us * 1e3:g} ns",
            f"{'spikes':<14} {self.matched:,} in both, {self.extra:,} only with the longer step,"
            f" {self.missing:,} only with the shorter one",
            f"{'largest shift':<14} {self.largest_shift_us * 1e3:+.0f} ns",
        ]
        order = sorted(self.neurons, key=lambda one: (one.extra + one.missing, abs(one.largest_shift_us)), reverse=True)
        for one in order[:_shown]:
            lines.append(
                f"{f'neuron {one.address}':<14} {one.largest_shift_us * 1e3:+.0f} ns, {one.mean_shift_us * 1e3:+.1f} ns"
                f" on average of {one.matched:,} spikes, {one.extra} extra, {one.missing} missing (output {one.output})"
            )
        return "\n".join(lines)


def check_step(experiment: Experiment, choice: ChipChoice = nominal) -> StepCheck:
    """Run an experiment twice, with its step and with half of it (in whole ticks of 2 ns)."""
    from hicannx.emu.machine import tick_us
    from hicannx.emu.stepsize import step_ticks
    from hicannx.tools.recording import record

    steps = [step_ticks(experiment.step), step_ticks(experiment.step) // 2]
    longer, shorter = ([run.result for run in record(experiment, step=step, choice=choice).runs] for step in steps)
    return compare(list(zip(longer, shorter)), steps[0] * tick_us, steps[1] * tick_us, tick_us)


def compare(pairs: Sequence[tuple[Result, Result]], step_us: float, half_step_us: float, tick_us: float) -> StepCheck:
    """Compare the spikes of results with the longer and with the shorter step, source by source."""
    window = round(_window_us / tick_us)
    neurons = []
    for source, (many, few) in [found for pair in pairs for found in _by_source(*pair).items()]:
        left, right, matched = match(many, few, window)
        shifts = (left - right) * tick_us
        largest = float(shifts[np.abs(shifts).argmax()]) if matched else 0.0
        mean = float(shifts.mean()) if matched else 0.0
        neurons.append(NeuronShift(*source, matched, len(many) - matched, len(few) - matched, largest, mean))
    return StepCheck(
        step_us,
        half_step_us,
        sum(one.matched for one in neurons),
        sum(one.extra for one in neurons),
        sum(one.missing for one in neurons),
        max((one.largest_shift_us for one in neurons), key=abs, default=0.0),
        tuple(neurons),
    )


def _by_source(longer: Result, shorter: Result) -> dict[tuple[int, int], tuple[Ticks, Ticks]]:
    """Spike ticks of each (event output, address) with both steps."""
    first, second = _keys(longer), _keys(shorter)
    trains = {}
    for key in np.union1d(first, second).tolist():
        both = np.sort(longer.spike_ticks[first == key]), np.sort(shorter.spike_ticks[second == key])
        trains[key >> _output_shift, key & (1 << _output_shift) - 1] = both
    return trains


def _keys(result: Result) -> Ticks:
    from hicannx.tools.result import spike_sources

    address, output = spike_sources(result)
    return np.asarray(output << _output_shift | address, np.int64)


def match(first: Ticks, second: Ticks, window: int) -> tuple[Ticks, Ticks, int]:
    """The spikes of two sorted trains that belong together, at most `window` apart, each at most once; how many.

    Where a train has more spikes than the other, it is those that are further from their neighbours that have none.
    """
    left, right = [], []
    i = j = 0
    while i < len(first) and j < len(second):
        apart = int(first[i] - second[j])
        to_come = (len(first) - i) - (len(second) - j)
        if apart > window or (to_come < 0 and abs(int(first[i] - second[j + 1])) < abs(apart)):
            j += 1
        elif apart < -window or (to_come > 0 and abs(int(first[i + 1] - second[j])) < abs(apart)):
            i += 1
        else:
            left.append(i)
            right.append(j)
            i, j = i + 1, j + 1
    return first[left], second[right], len(left)
