"""Cost of a whole chip at work: wall seconds for a second of its time, and how it grows.

Run from the root of the checkout: python tests/bench/bench_chip.py [--ms 50] [--only NAME ...]

512 neurons of which each fires at 6 kHz, 131 072 synapses, eight background sources whose events make 62 million synaptic
events a second, both processors with homeostasis.s every 10 ms (plasticity_load.yaml, plasticity_load.s). Seconds are
those of the process.
"""

from __future__ import annotations

import argparse
import platform
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from hicannx.configs.chip import load_config
from hicannx.emu.analog.state import NOISY
from hicannx.emu.background import PERIOD_TICKS, RATE
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibustable import row_of
from hicannx.emu.ppu import load_image
from hicannx.emu.refresh import fields_of, refresh_all
from hicannx.emu.wiring import columns, hemispheres
from hicannx.regmodel.codec import encode
from hicannx.regmodel.geometry import neuron_cell
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.tools.program import Program, load_program

_here = Path(__file__).parent
_omnibus = 0x80000000  # where processors see it, in bytes
_adex = {
    "NeuronConfig": {"enable_exponential": 1, "enable_adaptation": 1},
    "NeuronBackendConfig": {"enable_adaptation_pulse": 1},
}
_adex_cells = {"v_exp": 700, "i_bias_exp": 300, "i_bias_adapt_tau": 100, "i_bias_adapt_a": 100, "v_adapt_leak": 570}
_adex_cells |= {"v_adapt_ref": 500}
_rows_an_event = 16  # a source's event reaches both rows of eight drivers


def program(ppu: int) -> Program:
    """The kernel with the addresses of the counters of a processor's hemisphere."""
    places = []
    for name in ("SpikeCounterRead", "SpikeCounterReset"):
        container = load_registers().containers[name]
        views = container.numbering.views()
        own = container.all_addresses()[:, 0]
        for block in range(2):
            is_own = (views["neuron_row"] == ppu) & (views["backend_block"] == block)
            places.append(_omnibus + 4 * int(own[is_own].min()))
    return load_program(_here / "plasticity_load.s").with_data("counters", np.array(places, ">u4").tobytes())


@cache
def configured() -> Chip:
    """A chip with the load, which nobody changes."""
    chip, builder = Chip(), ProgramBuilder()
    load_config(_here / "plasticity_load.yaml").write_to(builder)
    builder.barrier()
    builder.halt()
    run_playback(chip, builder.to_bytes())
    return chip


def build(
    adex: bool = False,
    plastic: bool = True,
    weight: int | None = None,
    rate: int | None = None,
    noise: bool = False,
    **options: Any,
) -> Chip:
    """A chip with the load, its processors released; other weights and rates of the sources than the usual ones."""
    chip, ready = Chip(**options), configured()
    for name in ("register", "weights", "labels", "even_msb2", "odd_msb2"):
        getattr(chip.world.chip, name)[:] = getattr(ready.world.chip, name)
    if adex:
        _make_adaptive(chip)
    refresh_all(chip.world)
    chip.world.neurons.counts[NOISY] = noise
    if weight is not None:
        chip.world.chip.weights[:] = weight
    if rate is not None:
        chip.world.background.source[RATE] = rate
    for ppu in range(hemispheres if plastic else 0):
        load_image(chip, program(ppu).image, ppu)
        chip.release_ppu(ppu)
    return chip


def _make_adaptive(chip: Chip) -> None:
    """Turn on exponential current and adaptation of all neurons."""
    registers, state = load_registers(), chip.world.chip
    for name, changed in _adex.items():
        config = registers.containers[name]
        fields = fields_of(state, name, np.arange(config.instances))
        for n in range(config.instances):
            words = encode(config, {field: int(value[n]) for field, value in fields.items()} | changed)
            for address, word in zip(config.addresses(n), words, strict=True):
                state.register[row_of(int(address))] = word
    addresses = registers.containers["CapMemCell"].all_addresses()[:, 0]
    for name, code in _adex_cells.items():
        for cell in neuron_cell(name):
            state.register[row_of(int(addresses[cell]))] = code


def measure(chip: Chip, ms: float, settle_ms: float = 1.0) -> tuple[float, float, float]:
    """Process seconds, spikes of neurons and events along rows, of a second of chip time."""
    chip.advance(chip.now_tick + round(settle_ms * 1e3 / tick_us))
    before, seconds = _counts(chip), time.process_time()
    chip.advance(chip.now_tick + round(ms * 1e3 / tick_us))
    seconds = time.process_time() - seconds
    spikes, events = (_counts(chip) - before) / (ms * 1e-3)
    return seconds / (ms * 1e-3), float(spikes), float(events)


def _counts(chip: Chip) -> Any:
    """Spikes of all neurons, and events along rows: each event of a source goes along 16."""
    source = chip.world.background.source
    clocks = chip.now_tick / source[PERIOD_TICKS]
    return np.array([chip.world.neurons.spike_count.sum(), _rows_an_event * (clocks * (source[RATE] + 1) / 256).sum()])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ms", type=float, default=50.0, help="chip time of each")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    print(f"{platform.machine()}, one core, {options.ms:g} ms of chip time")
    for name, keywords in loads.items():
        if not options.only or name in options.only:
            seconds, spikes, events = measure(build(**keywords), options.ms)
            print(
                f"{name:24} {seconds:7.2f} s a second   {spikes / 512e3:6.2f} kHz a neuron   "
                f"{events * columns * 1e-6:6.1f} million synaptic events a second"
            )


loads: dict[str, dict[str, Any]] = {
    "LIF": {},
    "LIF, noise": {"noise": True},
    "AdEx": {"adex": True},
    "LIF, precise": {"step": "precise"},
    "LIF, fast": {"step": "fast"},
    "LIF, no plasticity": {"plastic": False},
    "LIF, silent": {"plastic": False, "weight": 0},
    "LIF, firing more": {"plastic": False, "weight": 40},
    "LIF, 4 times the events": {"plastic": False, "weight": 3, "rate": 7},
}

if __name__ == "__main__":
    main()
