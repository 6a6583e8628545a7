"""Reading the CADC by the host: conversions of both hemispheres, at chosen times, as counts of all neurons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hicannx.regmodel.codec import decode
from hicannx.regmodel.geometry import synapse_columns
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.builder import ProgramBuilder
from hicannx.regmodel.playback.schedule import TimedRead, TimedWrite
from hicannx.tools.calibrate.bench import Bench, Codes, Numbers, cycles, settle
from hicannx.tools.calibrate.settings import load_settings

if TYPE_CHECKING:
    from hicannx.emu.executor import Result

_container = load_registers().containers["CADCSampleQuad"]
_hemispheres = load_registers().coordinates["synram"].size
_quads, _columns_of_quad = synapse_columns().shape


@cache
def _addresses(branch: int, is_buffered: bool) -> Codes:
    """Omnibus addresses of the first row: of a quad a hemisphere that triggers, or of all latched quads."""
    quads = _quads if is_buffered else 1
    hemisphere, quad = np.divmod(np.arange(_hemispheres * quads), quads)
    parts = {
        "synram": hemisphere,
        "cadc_readout": np.full_like(quad, is_buffered),
        "cadc_channel_type": np.full_like(quad, branch),
        "synapse_row": np.zeros_like(quad),
        "synapse_quad_column": quad,
    }
    return np.asarray(_container.addresses_of(_container.numbering.index(parts)).ravel())


def conversion(cycle: int, branches: Sequence[int] = (0,)) -> list[TimedWrite | TimedRead]:
    """Accesses that convert at a cycle, and read what was latched: its answers are in all but the first."""
    late = cycle + cycles(load_settings().measurement.conversion_us)
    return [
        TimedRead(cycle, _addresses(0, False)),
        *(TimedRead(late + 2 * _quads * _hemispheres * branch, _addresses(branch, True)) for branch in branches),
    ]


def decoded(result: Result, answers: range) -> Numbers:
    """Counts of the channels of one branch by what a reading has answered, shape [neurons]."""
    samples = decode(_container, [result.reads[answers.start : answers.stop].astype(np.int64)])["samples"]
    counts = np.zeros((_hemispheres, _columns_of_quad * _quads))
    for entry, values in enumerate(samples):
        counts[:, synapse_columns()[:, entry]] = values.reshape(_hemispheres, _quads)
    return counts.ravel()


def mean_counts(bench: Bench, builder: ProgramBuilder, branches: Sequence[int] = (0,), repeats: int = 0) -> Numbers:
    """End a program with some conversions, run it, and take the mean: shape [neurons], one branch behind the other."""
    settings = load_settings().measurement
    times = [cycles(settings.apart_us) * (one + 1) for one in range(repeats or settings.repeats)]
    accesses = [one for time in times for one in conversion(time, branches)]
    answers = builder.schedule([], [], accesses)
    result = bench.run(builder)
    found = [decoded(result, one) for one in answers if len(one) == _quads * _hemispheres]
    return np.asarray(np.mean(np.reshape(found, (len(times), -1)), axis=0))


def peak_counts(bench: Bench, builder: ProgramBuilder, repeats: int, apart_us: float) -> Numbers:
    """End a program with conversions, run it, and take the highest of each neuron."""
    settle(builder)
    accesses = [one for k in range(repeats) for one in conversion(cycles(apart_us * (k + 1)))]
    answers = builder.schedule([], [], accesses)
    result = bench.run(builder)
    return np.asarray(np.max([decoded(result, one) for one in answers[1::2]], axis=0))
