"""Stimuli: spikes that the FPGA sends at given times, at regular ones, or at random."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.configs.expression import evaluate_number, words_of
from hicannx.configs.selection import select_numbers
from hicannx.configs.spiketrain import poisson_trains
from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.source import Span
from hicannx.yamlsource import Node

Integers = npt.NDArray[np.int64]

_most_spikes = 1 << 24


@attrs.frozen
class Stimulus:
    """Spikes with each of the `labels`, in one of three ways, times in us from the begin of the experiment.

    `times_us`: a time, an expression over the names of the sweep, or a list; `every_us`: regular, `from_us` to
    `until_us`; `rate_hz`: independent Poisson trains. `shift_us`, an expression which may use `label`, moves the train
    of each label.
    """

    labels: Node
    span: Span
    times_us: Node | None = None
    every_us: Node | None = None
    rate_hz: Node | None = None
    from_us: Node | None = None
    until_us: Node | None = None
    shift_us: Node | None = None

    def spikes(
        self, names: Mapping[str, float], size: int, cycle_us: float, end_us: float, seed: list[int]
    ) -> tuple[Integers, Integers]:
        """Times in clock cycles and labels; a DiagnosticError (C104, C105, C231) says what is wrong.

        `size` labels exist; without `until_us` trains last until `end_us`.
        """
        labels = select_numbers(self.labels, size, {})
        ways = [one for one in (self.times_us, self.every_us, self.rate_hz) if one is not None]
        if len(ways) != 1:
            title = "a stimulus has one of `times_us`, `every_us` and `rate_hz`"
            raise DiagnosticError([Diagnostic("C231", title, self.span)])
        begin = _number(self.from_us, names, 0.0)
        end = _number(self.until_us, names, end_us)
        rate = _number(self.rate_hz, names, 0.0)
        if self.times_us is None and (end < begin or rate < 0):
            title = f"a train from {begin:g} to {end:g} us" + f" with {rate:g} Hz" * (rate < 0) + " has no spikes"
            help_text = "let `until_us` be later than `from_us`, and a rate 0 or more"
            raise DiagnosticError([Diagnostic("C231", title, self.span, help=help_text)])
        if self.rate_hz is not None:
            window = round(begin / cycle_us), round(end / cycle_us)
            cycles, chosen = poisson_trains(labels, rate, *window, 1e6 / cycle_us, seed)
        else:
            times = self._times(names, begin, end)
            cycles = np.tile(np.round(times / cycle_us).astype(np.int64), len(labels))
            chosen = np.repeat(labels, len(times))
        cycles = cycles + self._shifts(names, chosen, cycle_us)
        self._check_times(cycles, 0.0 if self.times_us else end, end_us, cycle_us)
        return cycles, chosen

    def _check_times(self, cycles: Integers, until_us: float, end_us: float, cycle_us: float) -> None:
        first, last = cycles.min(initial=0), max(cycles.max(initial=0), round(until_us / cycle_us))
        if first < 0:
            title = f"a spike is wanted {-first * cycle_us:g} us before the experiment begins"
            raise DiagnosticError([Diagnostic("C231", title, self.span, help="let all times be 0 or later")])
        if last > round(end_us / cycle_us):
            last_us = last * cycle_us
            title = f"spikes are wanted up to {last_us:g} us, behind the end of the experiment at {end_us:g} us"
            help_text = f"let them end at {end_us:g} us, or `duration_ms` be {last_us / 1000:g}"
            raise DiagnosticError([Diagnostic("C231", title, self.span, help=help_text)])

    def words(self) -> set[str]:
        """All words that expressions of this stimulus use."""
        nodes = [self.times_us, self.every_us, self.rate_hz, self.from_us, self.until_us, self.shift_us]
        flat = [item for node in nodes if node is not None for item in (node.listed() if node.is_list else [node])]
        return set[str]().union(*(words_of(one) for one in flat))

    def _times(self, names: Mapping[str, float], begin: float, end: float) -> npt.NDArray[np.float64]:
        if self.times_us is not None:
            nodes = self.times_us.listed() if self.times_us.is_list else [self.times_us]
            return np.array([_number(one, names, 0.0) for one in nodes], np.float64)
        step = _number(self.every_us, names, 0.0)
        if step <= 0 or (end - begin) / step > _most_spikes:
            title = f"the time from spike to spike, {step:g} us, is too short"
            raise DiagnosticError([Diagnostic("C231", title, self.span)])
        return np.arange(begin, end, step)

    def _shifts(self, names: Mapping[str, float], labels: Integers, cycle_us: float) -> Integers:
        if self.shift_us is None or not len(labels):
            return np.zeros(len(labels), np.int64)
        shift = evaluate_number(self.shift_us, {**names, "label": labels})
        return np.broadcast_to(np.round(shift / cycle_us).astype(np.int64), labels.shape)


def _number(node: Node | None, names: Mapping[str, float], default: float) -> float:
    return default if node is None else float(evaluate_number(node, names)[()])
