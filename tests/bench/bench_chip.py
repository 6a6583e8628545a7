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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hicannx.configs.chip import load_config
from hicannx.emu.chip import Chip
from hicannx.emu.executor import run_playback
from hicannx.emu.machine import tick_us
from hicannx.emu.ppu import load_image
from hicannx.emu.wiring import hemispheres
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.tools.program import Program, load_program

_here = Path(__file__).parent
_omnibus = 0x80000000  # where processors see it, in bytes
_adex = {"enable_exponential": 1, "enable_adaptation": 1, "enable_adaptation_pulse": 1}
_adex_cells = {"v_exp": 700, "i_bias_exp": 300, "i_bias_adapt_tau": 100, "i_bias_adapt_a": 100, "v_adapt_leak": 570}


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


def build(adex: bool = False, plastic: bool = True, registers: Mapping[str, Any] = {}, **options: Any) -> Chip:
    """A chip with the load, its processors released."""
    chip, builder = Chip(**options), ProgramBuilder()
    load_config(_here / "plasticity_load.yaml").write_to(builder)
    if adex:
        load_config(_here / "plasticity_load_adex.yaml").write_to(builder)
    for name, fields in registers.items():
        container = load_registers().containers[name]
        for instance in range(container.instances):
            builder.write(container, instance, fields)
    builder.barrier()
    builder.halt()
    run_playback(chip, builder.to_bytes())
    for ppu in range(hemispheres if plastic else 0):
        load_image(chip, program(ppu).image, ppu)
        chip.release_ppu(ppu)
    return chip


def measure(chip: Chip, ms: float, settle_ms: float = 1.0) -> tuple[float, float, float]:
    """Process seconds for a second of chip time, spikes and row events a second of chip time."""
    chip.advance(chip.now_tick + round(settle_ms * 1e3 / tick_us))
    neurons, begin = chip.world.neurons, chip.now_tick
    spikes, seconds = int(neurons.spike_count.sum()), time.process_time()
    chip.advance(begin + round(ms * 1e3 / tick_us))
    seconds = time.process_time() - seconds
    chip_s = (chip.now_tick - begin) * tick_us * 1e-6
    return seconds / chip_s, (int(neurons.spike_count.sum()) - spikes) / chip_s, chip_s


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ms", type=float, default=50.0, help="chip time of each")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    print(f"{platform.machine()}, one core, {options.ms:g} ms of chip time")
    for name, keywords in loads.items():
        if not options.only or name in options.only:
            seconds, spikes, _ = measure(build(**keywords), options.ms)
            print(f"{name:28} {seconds:7.2f} s / s   {spikes / 512e3:6.2f} kHz a neuron")


loads: dict[str, dict[str, Any]] = {
    "LIF": {},
    "LIF, no plasticity": {"plastic": False},
    "AdEx": {"adex": True},
}

if __name__ == "__main__":
    main()
