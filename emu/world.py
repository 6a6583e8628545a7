"""Everything that advances together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.state import STEP_TICKS, NeuronState
from hicannx.emu.background import BackgroundState, new_background
from hicannx.emu.eventqueue import EventQueue, new_queue
from hicannx.emu.machine import analog_step_ticks
from hicannx.emu.monitorring import MonitorRing, new_ring
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.routing import SpikeRecord, new_record
from hicannx.emu.routingtables import RoutingTables, new_tables
from hicannx.emu.state import ChipState, new_state
from hicannx.emu.wiring import inputs, outputs

_queue_capacity = 1 << 16
_record_capacity = 1 << 17
_sample_capacity = 1 << 15


class World(NamedTuple):
    """The digital chip, neurons, routing, background sources, events to come, recorded spikes, monitored values.

    `samples` are those of the MADC; `recording[0]` tells whether the FPGA forwards spikes and samples; `neurons` are
    those of `chip`.
    """

    chip: ChipState
    neurons: NeuronState
    routing: RoutingTables
    background: BackgroundState
    queue: EventQueue
    record: SpikeRecord
    recording: NDArray[np.uint8]
    samples: SpikeRecord
    monitor: MonitorRing


def new_world(step_ticks: int = analog_step_ticks) -> World:
    """A chip after power-up; its derived tables are not made yet (`refresh.refresh_all`)."""
    chip = new_state(omnibus_table())
    chip.neurons.counts[STEP_TICKS] = step_ticks
    return World(
        chip,
        chip.neurons,
        new_tables()._replace(
            drops=chip.counters[:inputs],
            events=chip.counters[inputs : inputs + outputs],
            spikes=chip.counters[inputs + outputs :],
        ),
        new_background(),
        new_queue(_queue_capacity),
        new_record(_record_capacity),
        np.ones(1, np.uint8),
        new_record(_sample_capacity),
        new_ring(),
    )
