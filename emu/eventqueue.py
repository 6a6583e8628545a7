"""A queue of future events: a binary heap over preallocated arrays, ordered by tick and then by the order of pushing.

queue = new_queue(capacity)          # Python; grow(queue, capacity) copies into a larger one
push(queue, tick, kind, payload)     # False when full: nothing was stored
next_tick(queue)                     # tick of the first event, NEVER when empty
pop(queue) -> (tick, kind, payload)  # the queue must not be empty
room(queue)                          # how many more events fit
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import njit
from hicannx.emu.state import NEVER

_SIZE, _SEQUENCE = 0, 1


class EventQueue(NamedTuple):
    """Heap of `counts[0]` events; `counts[1]` is the number of the next push and decides between equal ticks."""

    tick: NDArray[np.int64]
    sequence: NDArray[np.int64]
    kind: NDArray[np.int64]
    payload: NDArray[np.int64]
    counts: NDArray[np.int64]


def new_queue(capacity: int) -> EventQueue:
    """An empty queue."""
    tick, sequence, kind, payload = (np.zeros(capacity, np.int64) for _ in range(4))
    return EventQueue(tick, sequence, kind, payload, np.zeros(2, np.int64))


def grow(queue: EventQueue, capacity: int) -> EventQueue:
    """A copy with room for `capacity` events; order and contents stay."""
    larger = new_queue(max(capacity, len(queue.tick)))
    for source, target in zip(queue[:4], larger[:4], strict=True):
        target[: len(source)] = source
    larger.counts[:] = queue.counts
    return larger


@njit
def room(queue: EventQueue) -> int:
    """How many more events fit."""
    return len(queue.tick) - int(queue.counts[_SIZE])


@njit
def next_tick(queue: EventQueue) -> int:
    """The tick of the first event, NEVER when there is none."""
    return int(queue.tick[0]) if queue.counts[_SIZE] > 0 else NEVER


@njit
def _before(queue: EventQueue, left: int, right: int) -> bool:
    if queue.tick[left] != queue.tick[right]:
        return bool(queue.tick[left] < queue.tick[right])
    return bool(queue.sequence[left] < queue.sequence[right])


@njit
def _swap(queue: EventQueue, left: int, right: int) -> None:
    queue.tick[left], queue.tick[right] = queue.tick[right], queue.tick[left]
    queue.sequence[left], queue.sequence[right] = queue.sequence[right], queue.sequence[left]
    queue.kind[left], queue.kind[right] = queue.kind[right], queue.kind[left]
    queue.payload[left], queue.payload[right] = queue.payload[right], queue.payload[left]


@njit
def push(queue: EventQueue, tick: int, kind: int, payload: int) -> bool:
    """Add an event; False, and nothing stored, when the queue is full."""
    place = int(queue.counts[_SIZE])
    if place == len(queue.tick):
        return False
    queue.tick[place] = tick
    queue.sequence[place] = queue.counts[_SEQUENCE]
    queue.kind[place] = kind
    queue.payload[place] = payload
    queue.counts[_SIZE] += 1
    queue.counts[_SEQUENCE] += 1
    while place > 0 and _before(queue, place, (place - 1) // 2):
        _swap(queue, place, (place - 1) // 2)
        place = (place - 1) // 2
    return True


@njit
def pop(queue: EventQueue) -> tuple[int, int, int]:
    """Remove the first event of a queue that is not empty: its tick, kind and payload."""
    first = int(queue.tick[0]), int(queue.kind[0]), int(queue.payload[0])
    queue.counts[_SIZE] -= 1
    size = int(queue.counts[_SIZE])
    _swap(queue, 0, size)
    place = 0
    while 2 * place + 1 < size:
        child = 2 * place + 1
        if child + 1 < size and _before(queue, child + 1, child):
            child += 1
        if not _before(queue, child, place):
            break
        _swap(queue, child, place)
        place = child
    return first
