"""Monitors: what neurons' circuits do, sampled exactly while the chip runs, which no experiment disturbs.

with monitored(chip, [0, 1], ["membrane"], every_us=0.1) as monitor:
    run_playback(chip, data)
monitor.trace("membrane").values                                        # [times, neurons], V
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.emu.analog.state import I_EXC, I_INH, STEP_TICKS, V, W, pitch
from hicannx.emu.machine import tick_us
from hicannx.emu.monitorring import EVERY, USED, new_ring
from hicannx.emu.wiring import neurons

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip

# What can be watched: the row of `NeuronState.values`, and its unit. The currents are those of the synaptic lines
# before their amplifiers limit them; the adaptation is the potential above its reference.
quantities = {
    "membrane": (V, "V"),
    "excitatory_current": (I_EXC, "nA"),
    "inhibitory_current": (I_INH, "nA"),
    "adaptation": (W, "V"),
}
_floats = 1 << 18  # of the ring: 1 MiB


@attrs.frozen(eq=False)
class Trace:
    """Samples of one quantity: `values` [times, neurons] in `unit`, at `times_us` since power-up."""

    quantity: str
    unit: str
    neurons: NDArray[np.int64]
    times_us: NDArray[np.float64]
    values: NDArray[np.float32]

    def between(self, begin_us: float, end_us: float, zero_us: float = 0.0) -> Trace:
        """The samples of a window; times then count from `zero_us`."""
        first, last = np.searchsorted(self.times_us, [begin_us, end_us])
        return attrs.evolve(self, times_us=self.times_us[first:last] - zero_us, values=self.values[first:last])

    def _repr_html_(self) -> str:
        from hicannx.emu.sketch import sketch

        return sketch(self)


class Monitor:
    """Collects samples of chosen neurons and quantities; see `monitored`."""

    def __init__(self, chosen: ArrayLike, names: Sequence[str], every_ticks: int) -> None:
        """Watch these quantities of these neurons (256 * hemisphere + column). DiagnosticError E170, E171."""
        numbers = np.atleast_1d(np.asarray(chosen))
        self.neurons = numbers.astype(np.int64)
        self.names = tuple(names)
        for name in self.names:
            if name not in quantities:
                help_text = did_you_mean(name, quantities)
                raise DiagnosticError([Diagnostic("E170", f"neurons have no quantity `{name}`", help=help_text)])
        is_number = numbers.dtype.kind in "iu" and ((numbers >= 0) & (numbers < neurons)).all()
        if len(numbers) and not is_number:
            help_text = f"give numbers of 0 to {neurons - 1}"
            raise DiagnosticError([Diagnostic("E171", "there is no such neuron to monitor", help=help_text)])
        places = self._places()
        self.ring = new_ring(every_ticks, places, max(16, _floats // max(1, len(places))))
        self._stamps: list[NDArray[np.int64]] = []
        self._values: list[NDArray[np.float32]] = []

    def _places(self) -> NDArray[np.int64]:
        """Where the watched values stand in `NeuronState.values`, quantity by quantity."""
        rows = [quantities[name][0] * pitch + self.neurons for name in self.names]
        return np.concatenate(rows) if rows else np.zeros(0, np.int64)

    def drain(self) -> None:
        """Take what is in the ring."""
        ring, used = self.ring, int(self.ring.control[USED])
        ring.control[USED] = 0
        self._stamps.append(ring.stamp[:used].copy())
        self._values.append(ring.value[:used].copy())

    def trace(self, name: str) -> Trace:
        """All samples of a quantity so far; DiagnosticError E173 if it is not watched."""
        if name not in self.names:
            help_text = did_you_mean(name, self.names)
            raise DiagnosticError([Diagnostic("E173", f"`{name}` is not monitored", help=help_text)])
        self.drain()
        stamps, values = np.concatenate(self._stamps), np.concatenate(self._values)
        width = len(self.neurons)
        first = self.names.index(name) * width
        counts = stamps[:, 1]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        times = (np.repeat(stamps[:, 0], counts) + within) * (int(self.ring.control[EVERY]) * tick_us)
        chosen = np.repeat(values[:, first : first + width], counts, axis=0)
        return Trace(name, quantities[name][1], self.neurons, times, chosen)


@contextmanager
def monitored(chip: Chip, chosen: ArrayLike, names: Sequence[str], every_us: float = 0.0) -> Iterator[Monitor]:
    """Watch neurons inside the block; samples are `every_us` apart, or the next multiple of the analog step.

    A chip has one monitor at a time (DiagnosticError E172).
    """
    if chip.monitor is not None:
        help_text = "give all neurons and quantities to one"
        raise DiagnosticError([Diagnostic("E172", "the chip has a monitor already", help=help_text)])
    step_ticks = int(chip.world.neurons.counts[STEP_TICKS])
    monitor = Monitor(chosen, names, max(1, -(-round(every_us / tick_us) // step_ticks)) * step_ticks)
    chip.monitor = monitor
    chip.world = chip.world._replace(monitor=monitor.ring)
    try:
        yield monitor
    finally:
        monitor.drain()
        chip.monitor = None
        chip.world = chip.world._replace(monitor=new_ring())
