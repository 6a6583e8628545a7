"""State of the neurons' digital backends: fire lines between neighbours, and the logic that makes events of them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.machine import NEVER, longest_step_ticks
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import needed_names, quantity_values

# Values of `BackendState.operation`, as bits 0 and 1 of the registers name them.
LOCAL, AND, XNOR, MULLER_C = range(4)

# Entries of `BackendState.counts`: how many neurons are not plain, how many wait for the end of an exclusive or,
# and how many events the last step has left.
LINKED, PENDING, EVENTS = 0, 1, 2


class BackendState(Protocol):
    """Arrays of the backends, by neuron.

    `plain`: its spikes are its events and its post pulses, and nobody else's; `operation`; `follows` and `drives`: as
    slave and as master of its fire line; `pulses_by_line`: its post pulses come from the line; `first`, `count`: where
    in `reached` the neurons stand whose line it drives. `local_begin`, `local_end`, `line_begin`, `line_end`: since and
    up to when its own refractory state and its line are high; `pending`: the event at the end of an XOR, or NEVER;
    `is_set`: of a Muller-C element. `event_neuron` and `event_tick`: events on their way to the crossbar.
    """

    plain: NDArray[np.uint8]
    operation: NDArray[np.uint8]
    follows: NDArray[np.uint8]
    drives: NDArray[np.uint8]
    pulses_by_line: NDArray[np.uint8]
    is_set: NDArray[np.uint8]
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    reached: NDArray[np.int16]
    local_begin: NDArray[np.int64]
    local_end: NDArray[np.int64]
    line_begin: NDArray[np.int64]
    line_end: NDArray[np.int64]
    pending: NDArray[np.int64]
    event_neuron: NDArray[np.int64]
    event_tick: NDArray[np.int64]
    counts: NDArray[np.int64]


_fastest = dict.fromkeys(needed_names("refractory_ticks"), 0) | {"enable_clocks": 1}
shortest_state_ticks = int(quantity_values("refractory_ticks", _fastest))  # a count of the fastest refractory clock
# Of a step: in that time a neuron's state and its line rise and fall once; every second change ends an exclusive or.
most_events = neurons * 2 * (2 + longest_step_ticks // shortest_state_ticks)
_bytes = ("plain", "operation", "follows", "drives", "pulses_by_line", "is_set")
_words = ("first", "count", "local_begin", "local_end", "line_begin", "line_end", "pending")
_layout: list[tuple[str, type[np.generic], tuple[int, ...]]] = [
    *((name, np.uint8, (neurons,)) for name in _bytes),
    *((name, np.int64, (neurons,)) for name in _words),
    ("reached", np.int16, (neurons**2,)),
    ("event_neuron", np.int64, (most_events,)),
    ("event_tick", np.int64, (most_events,)),
    ("counts", np.int64, (3,)),
]
backend_kind = np.dtype((np.record, np.dtype(_layout, align=True)))


def power_up(state: BackendState) -> None:
    """Nobody is connected."""
    state.plain[:] = 1
    state.pending[:] = NEVER
