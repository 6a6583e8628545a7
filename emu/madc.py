"""The fast converter (MADC): samples of what its input shows, also while nothing else happens.

    take_samples(chip, is_recording, until)   # those due before a tick, which analog steps have reached

It is compiled when a converter is woken first, and called by its address (`chip.entry[SAMPLES]`).

Between the ends of two analog steps the input is taken to change linearly.
"""

from __future__ import annotations

import math

from hicannx.emu.analog.state import NOISY, SEED
from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import NEVER, tick_us
from hicannx.emu.random import MADC_UNIT, draw_normal
from hicannx.emu.readout import line_v
from hicannx.emu.readoutstate import (
    BEGIN_TICK,
    CONTINUOUS,
    COUNT,
    DUMMY,
    FIRST_INPUT,
    HELD,
    LEVEL_TICK,
    MADC_LINES,
    NEXT_TICK,
    PER_V,
    PERIOD,
    READY_TICK,
    SLEEPS,
    SWITCHING,
    TAKEN,
    ZERO,
)
from hicannx.emu.state import ChipState
from hicannx.regmodel.playback.labels import load_labels

_facts = load_facts("readout")["madc"]
_largest = float(_facts["largest_value"])
_noise_lsb, _settling_us = float(_facts["noise_lsb"]), float(_facts["settling_us"])
_invalid_us = float(_facts["invalid_us"])
_channel_shift = int(load_labels()["madc_sample"].fields["channel"].bits[1])
# A sample as it is recorded: value and channel as in messages, and whether it was taken before the input had settled.
invalid_mark = 1 << 16


def take_samples(chip: ChipState, is_recording: int, until: int) -> int:
    """Record the samples that are due before a tick; how many wait."""
    readout = chip.readout
    madc, level = readout.madc, readout.level
    if madc[NEXT_TICK] == NEVER:
        return int(readout.samples[0])
    first, second = line_v(chip, MADC_LINES), line_v(chip, MADC_LINES + 1)
    span = max(int(until - madc[LEVEL_TICK]), 1)
    while madc[NEXT_TICK] < until:
        tick = int(madc[NEXT_TICK])
        share = max(tick - int(madc[LEVEL_TICK]), 0) / span
        source = _input(chip)
        v = level[1] + share * (second - level[1]) if source else level[0] + share * (first - level[0])
        sample = _sample(chip, v, tick) | source << _channel_shift
        if is_recording:
            row = readout.sample[readout.samples[0]]
            row[0], row[1] = tick, sample
            readout.samples[0] += 1
        _go_on(chip, tick)
    level[0], level[1], madc[LEVEL_TICK] = first, second, until
    return int(readout.samples[0])


@inner
def _input(chip: ChipState) -> int:
    """The input whose turn it is."""
    madc = chip.readout.madc
    turns = madc[TAKEN] // madc[SWITCHING] if madc[SWITCHING] else 0
    return int(madc[FIRST_INPUT] + turns) & 1


@inner
def _sample(chip: ChipState, v: float, tick: int) -> int:
    """The count of a potential, marked while the input settles."""
    madc, scale = chip.readout.madc, chip.readout.scale
    since_us = (tick - madc[BEGIN_TICK]) * tick_us
    mark = invalid_mark if since_us < _invalid_us else 0
    if madc[DUMMY]:
        return int(madc[TAKEN] & int(_largest)) | mark
    if since_us < 4 * _invalid_us:
        v *= 1 - math.exp(-since_us / _settling_us)
    count = v * scale[PER_V] + scale[ZERO]
    if chip.neurons.counts[NOISY]:
        count += _noise_lsb * draw_normal(chip.neurons.counts[SEED], MADC_UNIT, tick)
    return int(min(max(math.floor(count + 0.5), 0.0), _largest)) | mark


@inner
def _go_on(chip: ChipState, tick: int) -> None:
    """What follows a sample: the next one, of this recording or of a new one, or sleep."""
    madc = chip.readout.madc
    madc[TAKEN] += 1
    madc[NEXT_TICK] = tick + madc[PERIOD]
    if madc[CONTINUOUS] or madc[TAKEN] < madc[COUNT]:
        return
    madc[TAKEN], madc[BEGIN_TICK] = 0, tick
    if madc[SLEEPS]:
        madc[READY_TICK] = NEVER
    if madc[SLEEPS] or not madc[HELD]:
        madc[NEXT_TICK] = NEVER
