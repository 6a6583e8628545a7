"""Networks: which link of a chain fires when, and what a network of excluding neurons has decided."""

from __future__ import annotations

from typing import Any

import numpy as np

from hicannx.tools.experiments.registry import measurement
from hicannx.tools.experiments.units import Array
from hicannx.tools.recording import Recording


@measurement
def chain(recording: Recording, links: int, size: int) -> dict[str, Any]:
    """A chain, open in the first run and closed in the last; group p stands as in the chip configuration `synfire`.

    Of the open one: `first_us` of each link, the mean time at which its excitatory neurons fire first; `spread_us` of
    these; `links_reached`, links whose neurons have all fired; `in_order`, those that fire behind the one before;
    `neurons_fired`; `spikes_each` of a neuron on average; `delay_us` from link to link. `last_open_us` and
    `last_closed_us`: the last spikes.
    """
    run, closed = recording.runs[0], recording.runs[-1]
    groups = [32 * (p // 4) + size * (p % 4) + np.arange(size) for p in range(links)]
    trains = [[run.spikes_of(int(neuron)) for neuron in group] for group in groups]
    first = np.array([[one[0] if len(one) else np.nan for one in group] for group in trains])
    times = first.mean(axis=1)
    return {
        "first_us": times,
        "spread_us": first.std(axis=1),
        "links_reached": int(np.isfinite(times).sum()),
        "in_order": int((np.diff(times) > 0).sum()),
        "neurons_fired": int(np.isfinite(first).sum()),
        "spikes_each": float(np.mean([len(one) for group in trains for one in group])),
        "delay_us": float(np.diff(times).mean()),
        "last_open_us": float(run.spike_times_us.max(initial=0)),
        "last_closed_us": float(closed.spike_times_us.max(initial=0)),
    }


@measurement
def sudoku(recording: Recording, size: int, given: list[list[int]], from_us: float = 0.0) -> dict[str, Any]:
    """The numbers whose neurons have fired most in each cell: `grid` [row, column], 0 where none has.

    `broken`: how many numbers are missing in rows, columns and blocks; `changed`: how many `given` numbers (0: none)
    the grid does not have; `certainty`: the smallest share that the spikes of a winner have in its cell.
    """
    run = recording.runs[-1]
    fired = run.spike_neurons[run.spike_times_us >= from_us]
    counts = np.bincount(fired[fired >= 0], minlength=size**3)[: size**3].reshape(size, size, size)
    total = counts.sum(axis=2)
    grid = np.where(total > 0, counts.argmax(axis=2) + 1, 0)
    wanted = np.array(given)
    shares = counts.max(axis=2) / np.maximum(total, 1)
    return {
        "grid": grid,
        "broken": _missing(grid, size),
        "changed": int(((wanted > 0) & (grid != wanted)).sum()),
        "certainty": float(shares.min()),
    }


def _missing(grid: Array, size: int) -> int:
    """Numbers that rows, columns and blocks lack."""
    side = round(size**0.5)
    blocks = grid.reshape(side, side, side, side).swapaxes(1, 2).reshape(size, size)
    return sum(size - len(set(line.tolist()) - {0}) for part in (grid, grid.T, blocks) for line in part)
