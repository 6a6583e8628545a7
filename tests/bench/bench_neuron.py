"""Cost of the analog core beside the same loops in C: ns per neuron and step, and per event along a row of synapses.

Run from the root of the checkout: python tests/bench/bench_neuron.py

The C loops (neuron.c, gcc -O3 -march=native) neither spike nor look for who does. Seconds are those of the process.
"""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.neuron import step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.state import EXC, NOISY, SPIKES, STEP_TICKS, NeuronState, V, new_neurons, row
from hicannx.emu.kernelcache import njit
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.random import draw_below
from hicannx.emu.routing import padi_event
from hicannx.emu.routingtables import new_tables, set_drivers
from hicannx.emu.state import ChipState, new_state
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import neuron_quantities, preset

_steps = 40_000
_adex = {"enable_exponential": 1, "enable_adaptation": 1, "enable_adaptation_pulse": 1}
_adex_cells = {"v_exp": 700, "i_bias_exp": 300, "i_bias_adapt_tau": 100, "i_bias_adapt_a": 100, "v_adapt_leak": 570}


def build(fields: dict[str, int] | None = None, noise: bool = False, **cells: int) -> NeuronState:
    own, codes = preset("spiking")
    state = new_neurons()
    columns = {name: np.full(neurons, value) for name, value in {**codes, "v_adapt_ref": 500, **cells}.items()}
    quantities = neuron_quantities({**own, **(fields or {})}, columns)
    update_parameters(state, quantities)
    row(state, V)[:] = quantities["v_leak_v"]
    state.counts[NOISY] = noise
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


def best(call: Callable[[], Any], repeats: int = 7) -> float:
    call()
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        call()
        times.append(time.process_time() - begin)
    return min(times)


def in_c() -> dict[str, float]:
    """ns of the loops in C; none where there is no gcc."""
    gcc = shutil.which("gcc")
    if gcc is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "neuron.so"
        source = Path(__file__).with_name("neuron.c")
        subprocess.run([gcc, "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
        loops = ctypes.CDLL(str(library))
        values = np.full(21 * neurons, 0.01, np.float32)
        values[12 * neurons : 13 * neurons] = 1e9
        values[13 * neurons : 14 * neurons] = -1e9
        place = ctypes.c_void_p(values.ctypes.data)
        calls = {name: partial(getattr(loops, name), place, ctypes.c_long(_steps)) for name in ("linear", "curved")}
        return {name: best(call) / _steps / neurons * 1e9 for name, call in calls.items()}


def main() -> None:
    """Print the figures."""
    print(f"{platform.machine()} {platform.processor()}, one core, {neurons} neurons")
    peers = in_c()
    rows: list[tuple[str, NeuronState, int, str]] = [
        ("LIF, silent", build(), 0, "linear"),
        ("LIF, silent, noise", build(noise=True), 0, "linear"),
        ("LIF, 2 events a step", build(), 2, "linear"),
        ("LIF, all firing", build(v_leak=760), 0, "linear"),
        ("AdEx, silent", build(_adex, **_adex_cells), 0, "curved"),
        ("AdEx, silent, noise", build(_adex, True, **_adex_cells), 0, "curved"),
        ("AdEx, all firing", build(_adex, v_leak=760, **_adex_cells), 0, "curved"),
    ]
    for name, state, events, peer in rows:
        clock = np.zeros(1, np.int64)
        seconds = best(partial(drive, state, clock, _steps, events))
        spikes = drive(state, clock, _steps, events) / _steps
        cost, chip_s = seconds / _steps / neurons * 1e9, _steps * state.counts[STEP_TICKS] * tick_us * 1e-6
        beside = f"{cost / peers[peer]:5.2f} x C" if peers else ""
        print(
            f"{name:22} {cost:6.3f} ns/neuron-step {beside}  {seconds / chip_s:6.2f} x real time  {spikes:.2f} spikes/step"
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
    for name, cost in peers.items():
        print(f"C, {name:19} {cost:6.3f} ns/neuron-step")


if __name__ == "__main__":
    main()
