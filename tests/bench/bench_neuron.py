"""Cost of the analog core beside the same loops in C, and beside Brian2 where it is installed: ns a neuron and step.

Run from the root of the checkout: python tests/bench/bench_neuron.py

Also what an event along a row of synapses and a post pulse of a column cost. The C loops (neuron.c, gcc -O3
-march=native) neither spike nor look for who does; Brian2 (C++ standalone, one thread, exact integration or exponential
Euler) spikes and resets. Everything is measured in turns, the best turn counts; seconds are those of the process.
"""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.charge import inject
from hicannx.emu.analog.neuron import step
from hicannx.emu.analog.parameters import update_parameters
from hicannx.emu.analog.sensor import note_event, note_pulse
from hicannx.emu.analog.state import (
    DECAY_EXC,
    EXC,
    FALLS,
    I_EXC,
    LIVE,
    NOISY,
    SPIKES,
    STEP_TICKS,
    NeuronState,
    V,
    new_neurons,
    pitch,
    row,
)
from hicannx.emu.kernelcache import njit
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.random import draw_below
from hicannx.emu.routing import padi_event
from hicannx.emu.routingtables import new_tables, set_drivers
from hicannx.emu.state import ChipState, new_state
from hicannx.emu.wiring import neurons
from hicannx.regmodel.transfer import neuron_quantities, preset

_steps, _turns = 20_000, 9
_adex = {"enable_exponential": 1, "enable_adaptation": 1, "enable_adaptation_pulse": 1}
_adex_cells = {"v_exp": 700, "i_bias_exp": 300, "i_bias_adapt_tau": 100, "i_bias_adapt_a": 100, "v_adapt_leak": 570}


def build(
    fields: Mapping[str, int] = {}, noise: bool = False, limits: bool = False, currents: bool = False, **cells: int
) -> NeuronState:
    """Neurons at their leak potential; `currents` are small ones of the excitatory lines that never decay."""
    own, codes = preset("spiking")
    state = new_neurons()
    columns = {name: np.full(neurons, value) for name, value in {**codes, "v_adapt_ref": 500, **cells}.items()}
    quantities = neuron_quantities({**own, **fields}, columns)
    update_parameters(state, quantities)
    row(state, V)[:] = quantities["v_leak_v"]
    state.counts[NOISY] = noise
    state.block[LIVE] |= FALLS * limits
    if currents:
        row(state, I_EXC)[:], row(state, DECAY_EXC)[:] = 1e-9, 1
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


@njit
def correlate(chip: ChipState, clock: Any, count: int, rows: int, pulses: int) -> None:
    """`count` times an event on each of some rows, followed by `pulses` pulses of a column."""
    for k in range(count):
        clock[0] += 100
        for place in range(rows):
            note_event(chip, 0, place, 0, clock[0])
        for column in range(pulses):
            note_pulse(chip, (7 * k + column) % 256, clock[0] + 50)


class Costs:
    """Process seconds of calls, measured in turns."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[Callable[[], Any], float]] = {}
        self._best: dict[str, float] = {}

    def add(self, name: str, call: Callable[[], Any], count: float) -> None:
        """A call that does something `count` times."""
        self._calls[name] = call, count

    def measure(self) -> dict[str, float]:
        """ns of each by name."""
        for turn in range(_turns + 1):
            for name, (call, count) in self._calls.items():
                begin = time.process_time()
                call()
                cost = (time.process_time() - begin) / count * 1e9
                if turn:
                    self._best[name] = min(cost, self._best.get(name, cost))
        return self._best


def add_c(costs: Costs, folder: Path) -> None:
    """The loops in C; none where there is no gcc."""
    gcc = shutil.which("gcc")
    if gcc is None:
        return
    library, source = folder / "neuron.so", Path(__file__).with_name("neuron.c")
    subprocess.run([gcc, "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library, "-lm"], check=True)
    loops = ctypes.CDLL(str(library))
    values = _at_cache_line(23 * pitch).reshape(23, pitch)
    values[:] = 0.01
    values[12], values[13], values[21:] = 1e9, -1e9, 1e3
    for name in ("leaking", "exciting", "linear", "curved"):
        call = partial(getattr(loops, name), ctypes.c_void_p(values.ctypes.data), ctypes.c_long(_steps))
        costs.add(f"C, {name}", lambda call=call, values=values: call(), _steps * neurons)


def _at_cache_line(count: int) -> NDArray[np.float32]:
    """Zeros that begin where ours do, without which C would be a third slower in some runs."""
    memory = np.zeros(count + 16, np.float32)
    start = -memory.ctypes.data % 64 // memory.itemsize
    return memory[start : start + count]


_brian_models = {
    "LIF": ("dv/dt = (E - v + R*I) / (10*us) : volt\ndI/dt = -I / (10*us) : amp\nE : volt", "exact", {}),
    "AdEx": (
        """dv/dt = (0.4*uS * (E - v) + 0.4*uS * 15*mV * exp((v - 610*mV) / (15*mV)) + I - w) / (2.64*pF) : volt
        dI/dt = -I / (10*us) : amp
        dw/dt = (0.02*uS * (v - E) - w) / (100*us) : amp
        E : volt""",
        "exponential_euler",
        {},
    ),
}


def in_brian(folder: Path, leak_v: float) -> dict[str, float]:
    """ns a neuron and step of 512 neurons without synapses in Brian2; none where it is not installed."""
    if importlib.util.find_spec("brian2") is None:
        return {}
    try:
        import brian2 as b2
    except AttributeError as error:  # a release that does not know this numpy
        print(f"Brian2 cannot be imported: {error}")
        return {}
    found = {}
    for name, (equations, method, _) in _brian_models.items():
        b2.device.reinit()
        b2.set_device("cpp_standalone", directory=str(folder / f"brian-{name}"), build_on_run=False)
        b2.defaultclock.dt = 50 * b2.nsecond
        options: dict[str, Any] = {"namespace": {"R": 1 / (0.26 * b2.uS)}, "method": method}
        group = b2.NeuronGroup(
            neurons, equations, threshold="v > 622*mV", reset="v = 375*mV", refractory=2 * b2.us, **options
        )
        group.v, group.E = 420 * b2.mV, leak_v * b2.volt
        b2.run(_steps * 50 * b2.nsecond)
        b2.device.build(directory=str(folder / f"brian-{name}"), compile=True, run=False, debug=False)
        seconds = []
        for _ in range(3):
            b2.device.run(str(folder / f"brian-{name}"), with_output=False, run_args=[])
            seconds.append(float(b2.device._last_run_time))
        found[f"Brian2, {name}"] = min(seconds) / _steps / neurons * 1e9
    return found


# What is measured: state, events a step, the loop in C and the model of Brian2 that do the same.
def cases() -> dict[str, tuple[NeuronState, int, str, str]]:
    return {
        "LIF, silent": (build(), 0, "leaking", "LIF"),
        "LIF, silent, noise": (build(noise=True), 0, "leaking", "LIF"),
        "LIF, silent, currents": (build(currents=True), 0, "exciting", "LIF"),
        "LIF, silent, at limits": (build(limits=True), 0, "linear", "LIF"),
        "LIF, a spike a step": (build(v_leak=726), 0, "leaking", "LIF"),
        "LIF, a spike a step, noise": (build(noise=True, v_leak=726), 0, "leaking", "LIF"),
        "LIF, a spike a step, currents": (build(currents=True, v_leak=726), 0, "exciting", "LIF"),
        "LIF, 2 events a step": (build(), 2, "exciting", "LIF"),
        "AdEx, silent": (build(_adex, **_adex_cells), 0, "curved", "AdEx"),
        "AdEx, silent, noise": (build(_adex, True, **_adex_cells), 0, "curved", "AdEx"),
        "AdEx, a spike a step": (build(_adex, v_leak=726, **_adex_cells), 0, "curved", "AdEx"),
    }


def add_events(costs: Costs) -> None:
    """Events along a row, and pulses of a column after events on none, some or all of its rows."""
    tables = new_tables()
    fields = {"enable_receiver": [1], "row_address_compare_mask": [31], "enable_address_out": [1]}
    set_drivers(tables, [0], {**fields, "row_mode_top": [0], "row_mode_bottom": [1]})
    chip = new_state(omnibus_table())
    chip.weights[:] = 1
    chip.labels[0, 0, 7] = 1
    for name, label in (("no match", 2), ("one match", 1), ("255 matches", 0)):
        costs.add(f"row event, {name}", partial(deposit, chip, tables, _steps, label), _steps)
    for rows in (0, 20, 256):
        for pulses in (0, 16, 256):
            chip, clock = new_state(omnibus_table()), np.zeros(1, np.int64)
            chip.sensors.rate[:], chip.sensors.amplitude[:] = 0.1, 1e-6
            costs.add(f"{pulses} pulses, {rows} rows", partial(correlate, chip, clock, 200, rows, pulses), 200)


def main() -> None:
    """Print the figures."""
    print(f"{platform.machine()} {platform.processor()}, one core, {neurons} neurons")
    costs, spikes = Costs(), {}
    with tempfile.TemporaryDirectory() as folder:
        brian = in_brian(Path(folder), 0.65)
        add_c(costs, Path(folder))
        for name, (state, events, _, _) in cases().items():
            clock = np.zeros(1, np.int64)
            costs.add(name, partial(drive, state, clock, _steps, events), _steps * neurons)
            spikes[name] = state, clock
        add_events(costs)
        found = costs.measure()
    for name, (_, _, loop, model) in cases().items():
        state, clock = spikes[name]
        chip_ns = state.counts[STEP_TICKS] * tick_us * 1e3
        beside = "".join(
            f"  {found[name] / other[key]:5.2f} x {key}"
            for other, key in ((found, f"C, {loop}"), (brian, f"Brian2, {model}"))
            if key in other
        )
        rate = state.spike_count.sum() / clock[0]
        print(
            f"{name:30}{found[name]:6.3f} ns{beside}  {found[name] * neurons / chip_ns:6.2f} x real time  {rate:.2f} spikes/step"
        )
    for name, cost in {**found, **brian}.items():
        if name.startswith(("C,", "Brian2", "row")):
            print(f"{name:30}{cost:6.3f} ns")
    for rows in (0, 20, 256):
        for pulses in (16, 256):
            cost = (found[f"{pulses} pulses, {rows} rows"] - found[f"0 pulses, {rows} rows"]) / pulses
            print(f"post pulse, {pulses:3} between events on {rows:3} rows {cost:6.1f} ns")


if __name__ == "__main__":
    main()
