"""Spikes of all neurons in a time, by their counters."""

from __future__ import annotations

import numpy as np

from hicannx.regmodel.codec import decode
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.tools.calibrate.bench import Bench, Codes, cycles

_container = load_registers().containers["SpikeCounterRead"]
_modulus = 1 << _container.by_name["count"].width


def count_spikes(bench: Bench, builder: ProgramBuilder, window_us: float) -> Codes:
    """End a program with a time in which spikes are counted, run it: shape [neurons], modulo 256."""
    every = np.arange(_container.instances)
    first = builder.read_instances(_container, every)
    builder.barrier()
    builder.setup_timer()
    builder.wait_until(cycles(window_us) - len(every))  # reading takes a cycle each, the first time as the second
    second = builder.read_instances(_container, every)
    result = bench.run(builder)
    before, after = (
        decode(_container, [result.reads[one.start : one.stop].astype(np.int64)])["count"] for one in (first, second)
    )
    counts = np.zeros(len(every), np.int64)
    counts[_container.numbering.views()["neuron"]] = (after - before) % _modulus
    return counts
