"""Samples of the neurons' state while the chip advances: a ring that Python empties when it is full.

A row holds the watched values behind a step, and for how many samples they stay so: neurons at rest take no step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner

# Entries of `MonitorRing.control`: ticks from a sample to the next, 0 while nothing is watched; rows in use.
EVERY, USED = 0, 1
SPARE_ROWS = 4  # of a turn of `advance`: the step that it ends, and rest behind it


class MonitorRing(NamedTuple):
    """The ring and what it watches.

    `place`: which of `NeuronState.values`; `stamp`: first sample and number of samples of each row of `value`, [row,
    place]. Sample k is the state at tick k * EVERY.
    """

    control: NDArray[np.int64]
    place: NDArray[np.int64]
    stamp: NDArray[np.int64]
    value: NDArray[np.float32]


def new_ring(every: int = 0, places: NDArray[np.int64] | None = None, rows: int = 0) -> MonitorRing:
    """An empty ring; without arguments one that watches nothing."""
    place = np.zeros(0, np.int64) if places is None else places.astype(np.int64)
    control = np.array([every, 0], np.int64)
    return MonitorRing(control, place, np.zeros((rows, 2), np.int64), np.zeros((rows, len(place)), np.float32))


@inner
def is_full(ring: MonitorRing) -> bool:
    """Whether Python has to empty the ring before time goes on."""
    return bool(ring.control[EVERY] and ring.control[USED] + SPARE_ROWS > len(ring.stamp))


@inner
def sample(ring: MonitorRing, values: NDArray[np.float32], begin: int, end: int) -> None:
    """Keep the values of all samples after tick `begin`, up to tick `end`."""
    every = ring.control[EVERY]
    if every == 0:
        return
    first, last = begin // every + 1, end // every
    if first > last:
        return
    row = ring.control[USED]
    ring.stamp[row, 0], ring.stamp[row, 1] = first, last - first + 1
    for k in range(len(ring.place)):
        ring.value[row, k] = values[ring.place[k]]
    ring.control[USED] = row + 1
