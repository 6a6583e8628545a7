"""Correlation sensors make pairs late: the same as those that are made at once, one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hicannx.emu.analog.sensor import ACAUSAL, CAUSAL, note_event, note_pulse, settle, settle_row, traces
from hicannx.emu.behaviour import SYNRAM_EVEN_MSB2, SYNRAM_LABELS, SYNRAM_ODD_MSB2
from hicannx.emu.machine import tick_us
from hicannx.emu.omnibustable import omnibus_table
from hicannx.emu.state import new_state
from hicannx.emu.synram import write_cell

_long_ago = -(10**12)
_saturation_v = 0.72
_last_row = 20  # of those in use


class AtOnce:
    """One hemisphere whose sensors grow with each event and pulse."""

    def __init__(self, chip: Any) -> None:
        self.chip = chip
        self.stored = np.zeros((2, 256, 256))
        self.events = np.full((256, 64), _long_ago)
        self.pulses = np.full(256, _long_ago)

    def event(self, row: int, label: int, tick: int) -> None:
        before, self.events[row, label] = self.events[row, label], tick
        for column in np.flatnonzero((self.chip.labels[0, row] == label) & (self.pulses > before)):
            self._grow(ACAUSAL, row, column, tick - self.pulses[column])

    def pulse(self, column: int, tick: int) -> None:
        before, self.pulses[column] = self.pulses[column], tick
        for row in range(_last_row):
            event = self.events[row, self.chip.labels[0, row, column]]
            if event > tick:
                self._grow(ACAUSAL, row, column, event - tick)
            elif event > before:
                self._grow(CAUSAL, row, column, tick - event)

    def _grow(self, branch: int, row: int, column: int, ticks: int) -> None:
        sensors, variation = self.chip.sensors, self.chip.variation
        time_bits, amplitude_bits = (array[0, row, column] for array in (self.chip.even_msb2, self.chip.odd_msb2))
        rate = sensors.rate[0, column // 128, time_bits] / variation.sensor_tau[0, branch, row, column]
        gain = sensors.amplitude[0, column // 128, amplitude_bits] * variation.sensor_amplitude[0, branch, row, column]
        stored = self.stored[branch, row, column] + gain * np.exp(-rate * ticks * tick_us)
        self.stored[branch, row, column] = min(stored, _saturation_v)


@pytest.mark.parametrize("seed", range(12))
def test_late_pairs_are_those_made_at_once(seed: int) -> None:
    """In odd runs many events and pulses fall on the same ticks."""
    generator, chip = np.random.default_rng(seed), new_state(omnibus_table())
    labels = [1, 4, 64][seed % 3]
    for cells, most in ((chip.labels, labels), (chip.even_msb2, 4), (chip.odd_msb2, 4)):
        cells[:] = generator.integers(0, most, cells.shape)
    chip.sensors.rate[:], chip.sensors.amplitude[:] = generator.uniform(0.05, 0.5, (2, 2, 2, 4))
    chip.sensors.amplitude[:] *= 0.2
    for array in (chip.variation.sensor_tau, chip.variation.sensor_amplitude):
        array[:] = generator.uniform(0.7, 1.4, array.shape)
    expected, tick, most = AtOnce(chip), 1000, [60, 3][seed % 2]
    windows = SYNRAM_LABELS, SYNRAM_EVEN_MSB2, SYNRAM_ODD_MSB2
    for _ in range(3000):
        tick += int(generator.integers(0, most))
        row, column = int(generator.integers(0, _last_row)), int(generator.integers(96, 136))
        what = generator.uniform()
        if what < 0.35:
            label = int(generator.integers(0, labels))
            note_event(chip, 0, row, label, tick)
            expected.event(row, label, tick)
        elif what < 0.9:
            when = max(tick - int(generator.integers(0, 26)), int(expected.pulses[column]))
            note_pulse(chip, column, when)
            expected.pulse(column, when)
        elif what < 0.97:
            value = int(generator.integers(0, labels))
            write_cell(chip, windows[int(generator.integers(0, 3))], 0, row, column, value)
        else:
            settle_row(chip, 0, row)
    settle(chip)
    assert np.count_nonzero(expected.stored[CAUSAL]) > 100
    assert np.count_nonzero(expected.stored[ACAUSAL]) > 100
    assert traces(chip.sensors)[0] == pytest.approx(expected.stored, rel=1e-5, abs=1e-9)
    assert not traces(chip.sensors)[1].any()
