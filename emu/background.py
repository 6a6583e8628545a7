"""The eight background sources: regular or random spikes made on the chip, each at its own crossbar input.

    background = new_background()
    set_source(background, source, fields, tick)   # fields of BackgroundSpikeSource as they are after a write at `tick`
    next_due(background)                           # tick of the next spike of any source, NEVER without one
    emit_due(background, queue, tick)              # push the spikes that are due up to `tick`; False: queue is full

A source counts periods from the write that enabled it. A random one spikes at the end of a period with probability
(rate + 1) / 256, never when its rate is 0; the bits that `mask` names are replaced by random ones. The hardware's
shift register is not known: here the seed selects a stream of `random.draw`, so only the statistics are the chip's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.eventqueue import EventQueue, push, room
from hicannx.emu.kernelcache import njit
from hicannx.emu.random import draw
from hicannx.emu.routing import pack
from hicannx.emu.state import NEVER
from hicannx.emu.wiring import (
    CROSSBAR,
    background_clock_ticks,
    background_rate_offset,
    background_rate_range,
    background_sources,
    first_background_input,
)

# Rows of `BackgroundState.source`.
DUE, PERIOD_TICKS, RATE, RANDOM, MASK, LABEL, SEED, PERIODS, ENABLED = range(9)
SOURCE_ROWS = 9
_mask_shift = 32  # the upper half of the draw that decides about the spike gives the random label bits


class BackgroundState(NamedTuple):
    """`source` [row, source]; PERIODS counts periods since the source was enabled, DUE the tick of its next spike."""

    source: NDArray[np.int64]


def new_background() -> BackgroundState:
    """Sources that are off."""
    state = BackgroundState(np.zeros((SOURCE_ROWS, background_sources), np.int64))
    state.source[DUE] = NEVER
    return state


def set_source(background: BackgroundState, source: int, fields: Mapping[str, int], tick: int) -> None:
    """Take over the registers of one source; enabling latches the seed and begins a period, as does a new period."""
    own = background.source[:, source]
    period_ticks = max(int(fields["period"]), 1) * background_clock_ticks
    enabling = bool(fields["enable"]) and not own[ENABLED]
    restarting = enabling or period_ticks != own[PERIOD_TICKS] or bool(fields["enable_random"]) != bool(own[RANDOM])
    own[[PERIOD_TICKS, RATE, RANDOM]] = period_ticks, fields["rate"], fields["enable_random"]
    own[[MASK, LABEL, ENABLED]] = fields["mask"], fields["neuron_label"], fields["enable"]
    if enabling:
        own[SEED], own[PERIODS] = fields["seed"], 0
    if not own[ENABLED]:
        own[DUE] = NEVER
    elif restarting or own[DUE] == NEVER:
        own[DUE] = tick
        _advance(background, source)


@njit
def next_due(background: BackgroundState) -> int:
    """The tick of the next spike of any source."""
    due = NEVER
    for source in range(background_sources):
        due = min(due, background.source[DUE, source])
    return due


@njit
def emit_due(background: BackgroundState, queue: EventQueue, tick: int) -> bool:
    """Push a crossbar event for every spike that is due up to `tick`; False when the queue has no room left for one."""
    own = background.source
    while next_due(background) <= tick:
        for source in range(background_sources):
            if own[DUE, source] <= tick:
                if room(queue) < 1:
                    return False
                label = _label(background, source)
                push(queue, own[DUE, source], CROSSBAR, pack(first_background_input + source, label))
                _advance(background, source)
    return True


@njit
def _label(background: BackgroundState, source: int) -> int:
    """The label of the spike at the end of the present period."""
    own = background.source
    bits = draw(own[SEED, source], source, own[PERIODS, source]) >> np.uint64(_mask_shift)
    mask = own[MASK, source]
    return int((own[LABEL, source] & ~mask) | (np.int64(bits) & mask))


@njit
def _advance(background: BackgroundState, source: int) -> None:
    """Move DUE to the end of the next period with a spike."""
    own = background.source
    if own[RANDOM, source] and own[RATE, source] == 0:
        own[DUE, source] = NEVER
        return
    while True:
        own[PERIODS, source] += 1
        own[DUE, source] += own[PERIOD_TICKS, source]
        number = draw(own[SEED, source], source, own[PERIODS, source]) % np.uint64(background_rate_range)
        if not own[RANDOM, source] or np.int64(number) < own[RATE, source] + background_rate_offset:
            return
