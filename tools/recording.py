"""Running an experiment on the emulated chip, a run for each point of its sweep, and what is recorded on the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from hicannx.configs.experiment import Experiment
from hicannx.configs.observation import Record
from hicannx.configs.selection import select_instances
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.known import KnownWords
from hicannx.regmodel.playback.words import decode_program
from hicannx.tools.chip_choice import ChipChoice, nominal, with_experiment
from hicannx.tools.execution import Watch, progress_bar
from hicannx.tools.experiment_program import Compiled, compile_experiment
from hicannx.tools.place import locator
from hicannx.tools.result import as_arrays, release_tick

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip
    from hicannx.emu.executor import Result
    from hicannx.emu.monitor import Monitor, Trace

Array = npt.NDArray[Any]


@attrs.frozen(eq=False)
class Run:
    """One run. Times are us from its begin at `start_tick`, neurons are numbered 256 * hemisphere + column.

    It begins with the release of the processors. `point`: values of the swept names; `spike_neurons`: -1 for events
    that no neuron has made; `traces` by the names of the records; `arrays`: spikes and reads as `result.npz` has them.
    """

    point: Mapping[str, float]
    compiled: Compiled
    result: Result
    start_tick: int
    input_times_us: Array
    input_labels: Array
    spike_times_us: Array
    spike_neurons: Array
    traces: Mapping[str, Trace]
    arrays: Mapping[str, Array]
    wall_s: float

    def spikes_of(self, neuron: int) -> Array:
        """The spike times of a neuron in us."""
        times: Array = self.spike_times_us[self.spike_neurons == neuron]
        return times


@attrs.frozen(eq=False)
class Recording:
    """All runs of an experiment, in the order of its sweep."""

    experiment: Experiment
    runs: Sequence[Run]

    @property
    def wall_s(self) -> float:
        """How long the playback programs have taken."""
        return sum(run.wall_s for run in self.runs)

    @property
    def duration_us(self) -> float:
        """How long a run lasts."""
        return 1000.0 * self.experiment.duration_ms

    def swept(self, name: str) -> Array:
        """The value of a name of the sweep in each run."""
        return np.array([run.point[name] for run in self.runs], np.float64)

    def trace(self, record: str) -> Array:
        """The samples of a record, shape [runs, times, neurons]; all runs have equally many."""
        traces = [run.traces[record].values for run in self.runs]
        shortest = min(map(len, traces))
        return np.stack([values[:shortest] for values in traces])


def record(
    experiment: Experiment,
    watch: Watch = nullcontext,
    step: str | int | None = None,
    choice: ChipChoice = nominal,
) -> Recording:
    """Run an experiment; `watch` makes the context in which each chip runs, such as a trace of the processors.

    A `step` is in the place of that of the experiment, see Chip, and what is chosen of the chip likewise.

    A DiagnosticError tells what is wrong with the experiment (C..., A..., T2..., T301) or happened on the way (E...).
    """
    with progress_bar(sys.stderr.isatty()) as progress:
        new_chip = partial(with_experiment(choice, experiment).make, experiment.step if step is None else step)
        runs = list(_runs(experiment, watch, new_chip, progress))
    return Recording(experiment, runs)


def _runs(
    experiment: Experiment, watch: Watch, new_chip: Callable[[], Chip], progress: Callable[[float], None]
) -> Iterator[Run]:
    points = experiment.points
    chip: Chip | None = None
    known: KnownWords | None = None
    for number, point in enumerate(points):
        if chip is None or (experiment.sweep and experiment.sweep.chip == "new"):
            chip = None  # so that there is one at a time
            chip = new_chip()
            known = None if experiment.ppu or len(points) == 1 else KnownWords()
        compiled = compile_experiment(experiment, point, known)
        for ppu, program in compiled.programs.items():
            chip.set_isa(ppu, program.isa)
        with watch(chip):
            yield _run(chip, experiment, point, compiled, partial(_part, progress, number, len(points)))


def _part(progress: Callable[[float], None], number: int, count: int, fraction: float) -> None:
    """Tell what a fraction of one run of several is of all."""
    progress((number + fraction) / count)


def _run(
    chip: Chip,
    experiment: Experiment,
    point: Mapping[str, float],
    compiled: Compiled,
    progress: Callable[[float], None],
) -> Run:
    from hicannx.emu.executor import run_playback
    from hicannx.emu.machine import fpga_cycle_ticks, tick_us

    begin = time.perf_counter()
    with _monitored(chip, experiment.record) as monitor:
        result = run_playback(
            chip, compiled.data, experiment.path, progress=progress, locate=locator(compiled.programs)
        )
    wall_s = time.perf_counter() - begin
    start = release_tick(result) if compiled.programs else _timer_tick(chip)
    neurons = _neurons_of(chip, result.spike_labels)
    return Run(
        point,
        compiled,
        result,
        start,
        compiled.input_cycles * (fpga_cycle_ticks * tick_us),
        compiled.input_labels,
        (result.spike_ticks - start) * tick_us,
        neurons,
        _traces(monitor, experiment, start * tick_us),
        as_arrays(result, decode_program(compiled.data, experiment.path), start),
        wall_s,
    )


def _timer_tick(chip: Chip) -> int:
    """When the program has set up its timer last."""
    from hicannx.emu import state as st
    from hicannx.emu.machine import fpga_cycle_ticks

    return int(chip.world.chip.fpga[st.TIMER_ORIGIN]) * fpga_cycle_ticks


def _neurons_of(chip: Chip, labels: Array) -> Array:
    """The neuron that has made each spike, as the labels are configured now; -1 where none has."""
    from hicannx.emu.wiring import label_mask

    own = chip.world.routing.neuron_label
    table = np.full(label_mask + 1, -1)
    table[own[::-1] & label_mask] = np.arange(len(own))[::-1]
    found: Array = table[labels.astype(np.int64) & label_mask]
    return found


@contextmanager
def _monitored(chip: Chip, records: Mapping[str, Record]) -> Iterator[Monitor | None]:
    """One monitor for all that is recorded, as often as the most frequent record wants it."""
    from hicannx.emu.monitor import monitored

    if not records:
        yield None
        return
    names = list(dict.fromkeys(one.of for one in records.values()))
    neurons = np.unique(np.concatenate([_chosen(one) for one in records.values()]))
    with monitored(chip, neurons, names, min(one.every_us for one in records.values())) as monitor:
        yield monitor


def _chosen(record: Record) -> Array:
    chosen: Array = select_instances(record.neurons, load_registers().coordinates["neuron"])
    return chosen


def _traces(monitor: Monitor | None, experiment: Experiment, start_us: float) -> dict[str, Trace]:
    traces = {}
    for name, row in experiment.record.items():
        assert monitor is not None
        whole = monitor.trace(row.of).between(start_us, start_us + 1000.0 * experiment.duration_ms, start_us)
        places = np.searchsorted(whole.neurons, _chosen(row))
        step = np.diff(whole.times_us[:2])
        stride = max(1, round(row.every_us / float(step[0]))) if len(step) else 1
        traces[name] = attrs.evolve(
            whole,
            neurons=whole.neurons[places],
            times_us=whole.times_us[::stride],
            values=whole.values[::stride, places],
        )
    return traces
