"""A queue of future events: a binary heap over preallocated arrays, ordered by tick and then by the order of pushing.

queue = new_queue(capacity)          # Python; grow(queue, capacity) copies into a larger one
push(queue, tick, kind, payload)     # False when full: nothing was stored
push_behind(queue, ...)              # the same, quick where such events come in the order of their ticks
next_tick(queue)                     # tick of the first event, NEVER when empty
pop(queue) -> (tick, kind, payload)  # the queue must not be empty
room(queue)                          # how many more events fit

Events that come in order stand in a ring beside the heap, so that many of them do not make the heap deep.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import merged, njit
from hicannx.emu.state import NEVER

_SIZE, _SEQUENCE, _FIRST, _IN_ORDER = 0, 1, 2, 3
_TICK, _NUMBER, _KIND, _PAYLOAD = range(4)  # columns of the ring


class EventQueue(NamedTuple):
    """Heap of `counts[0]` events; `counts[1]` is the number of the next push and decides between equal ticks.

    `ring` [event, column] holds `counts[3]` more, from row `counts[2]` on.
    """

    tick: NDArray[np.int64]
    sequence: NDArray[np.int64]
    kind: NDArray[np.int64]
    payload: NDArray[np.int64]
    ring: NDArray[np.int64]
    counts: NDArray[np.int64]


def new_queue(capacity: int) -> EventQueue:
    """An empty queue."""
    tick, sequence, kind, payload = (np.zeros(capacity, np.int64) for _ in range(4))
    return EventQueue(tick, sequence, kind, payload, np.zeros((capacity, 4), np.int64), np.zeros(4, np.int64))


def grow(queue: EventQueue, capacity: int) -> EventQueue:
    """A copy with room for `capacity` events; order and contents stay."""
    larger = new_queue(max(capacity, len(queue.tick)))
    for source, target in zip(queue[:4], larger[:4], strict=True):
        target[: len(source)] = source
    waiting = int(queue.counts[_IN_ORDER])
    larger.ring[:waiting] = np.roll(queue.ring, -int(queue.counts[_FIRST]), 0)[:waiting]
    larger.counts[:] = queue.counts
    larger.counts[_FIRST] = 0
    return larger


@merged
def room(queue: EventQueue) -> int:
    """How many more events fit."""
    return len(queue.tick) - max(int(queue.counts[_SIZE]), int(queue.counts[_IN_ORDER]))


@njit
def next_tick(queue: EventQueue) -> int:
    """The tick of the first event, NEVER when there is none."""
    tick = int(queue.tick[0]) if queue.counts[_SIZE] > 0 else NEVER
    return min(tick, int(queue.ring[queue.counts[_FIRST], _TICK])) if queue.counts[_IN_ORDER] > 0 else tick


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


@merged
def _in_ring(queue: EventQueue, place: int) -> int:
    """A place less than two rounds from the beginning; a division would take longer than all else."""
    return place if place < len(queue.tick) else place - len(queue.tick)


@merged
def push_behind(queue: EventQueue, tick: int, kind: int, payload: int) -> bool:
    """Add an event, which is quick if none that was added so is later; False, and nothing stored, when it is full."""
    waiting, behind = int(queue.counts[_IN_ORDER]), int(queue.counts[_FIRST] + queue.counts[_IN_ORDER])
    if waiting == len(queue.tick) or (waiting and tick < queue.ring[_in_ring(queue, behind - 1), _TICK]):
        return push(queue, tick, kind, payload)
    row = queue.ring[_in_ring(queue, behind)]
    row[_TICK], row[_NUMBER], row[_KIND], row[_PAYLOAD] = tick, queue.counts[_SEQUENCE], kind, payload
    queue.counts[_IN_ORDER] += 1
    queue.counts[_SEQUENCE] += 1
    return True


@merged
def next_kind(queue: EventQueue) -> int:
    """The kind of the next event where that was not added in order."""
    return int(queue.kind[0])


@merged
def tick_in_order(queue: EventQueue) -> int:
    """The tick of the next event if it is one that was added by `push_behind` in order; else NEVER."""
    return int(queue.ring[queue.counts[_FIRST], _TICK]) if _ring_is_first(queue) else NEVER


@merged
def _ring_is_first(queue: EventQueue) -> bool:
    """Whether the next event stands in the ring."""
    if queue.counts[_IN_ORDER] == 0:
        return False
    row = queue.ring[queue.counts[_FIRST]]
    if queue.counts[_SIZE] == 0 or row[_TICK] != queue.tick[0]:
        return bool(queue.counts[_SIZE] == 0 or row[_TICK] < queue.tick[0])
    return bool(row[_NUMBER] < queue.sequence[0])


@merged
def pop_in_order(queue: EventQueue) -> int:
    """Remove the event that `tick_in_order` has told of: its payload."""
    payload = int(queue.ring[queue.counts[_FIRST], _PAYLOAD])
    queue.counts[_FIRST] = _in_ring(queue, int(queue.counts[_FIRST]) + 1)
    queue.counts[_IN_ORDER] -= 1
    return payload


@njit
def pop(queue: EventQueue) -> tuple[int, int, int]:
    """Remove the first event of a queue that is not empty: its tick, kind and payload."""
    if _ring_is_first(queue):
        row = queue.ring[queue.counts[_FIRST]]
        tick, kind = int(row[_TICK]), int(row[_KIND])
        return tick, kind, pop_in_order(queue)
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
