"""Cost of the analog core: ns per neuron and step, silent and driven, and per synapse row event.

Run from the root of the checkout: python tests/bench/bench_neuron.py
"""

from __future__ import annotations

import platform
import time
from functools import partial
from typing import Any

import numpy as np

from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.neuron import step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import EXC, SPIKES, STEP_TICKS, NeuronState, new_neurons
from hicannx.emu.kernelcache import njit
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.random import draw_below
from hicannx.emu.routing import padi_event
from hicannx.emu.routingtables import new_tables, set_drivers
from hicannx.emu.state import ChipState, new_state
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import neuron_quantities, preset

_steps = 100_000


def build(**cells: int) -> NeuronState:
    fields, own = preset("spiking")
    state = new_neurons()
    columns = {name: np.full(neurons, value) for name, value in {**own, **cells}.items()}
    update_parameters(state, neuron_quantities(fields, columns))
    return state


@njit
def drive(state: NeuronState, clock: Any, steps: int, events: int) -> int:
    """Steps with `events` synaptic events each; all spikes."""
    spikes = 0
    for k in range(clock[0], clock[0] + steps):
        for event in range(events):
            inject(state, EXC, draw_below(1, event, k, neurons), 63, 7)
        spikes += step(state, k * state.counts[STEP_TICKS])
        state.counts[SPIKES] = 0
    clock[0] += steps
    return spikes


@njit
def deposit(chip: ChipState, tables: Any, count: int, label: int) -> None:
    """`count` events on bus 0, one row each."""
    for _ in range(count):
        padi_event(chip, tables, 0, 3, 0, label)


def best(call: Any, repeats: int = 5) -> float:
    call()
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return min(times)


def main() -> None:
    """Print the figures."""
    print(f"{platform.machine()} {platform.processor()}, one core, {neurons} neurons")
    quiet, busy, firing = build(), build(), build(v_leak=760)
    for name, state, events in (("silent", quiet, 0), ("2 events a step", busy, 2), ("all firing", firing, 0)):
        clock = np.zeros(1, np.int64)
        seconds = best(partial(drive, state, clock, _steps, events))
        chip_s = _steps * state.counts[STEP_TICKS] * tick_us * 1e-6
        rate = drive(state, clock, _steps, events) / chip_s / neurons
        cost = seconds / _steps / neurons * 1e9
        print(
            f"{name:16} {cost:6.3f} ns/neuron-step  {seconds / chip_s:6.2f} x real time  {rate * 1e-3:6.1f} kHz a neuron"
        )
    tables = new_tables()
    fields = {"enable_receiver": [1], "row_address_compare_mask": [31], "enable_address_out": [1]}
    set_drivers(tables, [0], {**fields, "row_mode_top": [0], "row_mode_bottom": [1]})
    chip = new_state(omnibus_table())
    chip.weights[:] = 1
    chip.labels[0, 0, 7] = 1
    for name, label in (("no match", 2), ("one match", 1), ("255 matches", 0)):
        seconds = best(partial(deposit, chip, tables, _steps, label))
        print(f"row event, {name:12} {seconds / _steps * 1e9:7.1f} ns")


if __name__ == "__main__":
    main()
