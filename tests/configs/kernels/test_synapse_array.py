"""Subroutines that work on the synapse array, its sensors and its generators, on the emulated chip."""

import numpy as np

from hicannx.emu.analog.sensor import traces
from hicannx.emu.chip import Chip
from hicannx.emu.state import CONVERTS, GAIN, SENSOR, START

draw = np.random.default_rng(8)
first, count = 100, 3
rows = slice(first, first + count)


def updated(weights, causal, acausal, rule):
    """The formula of stdp.s, where the sum does not saturate."""
    x = np.clip(rule[0] - causal.astype(int), -128, 127)
    y = np.clip(rule[1] - acausal.astype(int), -128, 127)
    change = np.floor((x * rule[2] + y * rule[3]) / 128 + 0.5).astype(int)
    return np.clip(weights.astype(int) + change, 0, 63)


def chip_with_sensors():
    """Every channel sees its sensor, every sensor has stored something, every weight is different."""
    chip = Chip()
    state = chip.world.chip
    state.converter[0, CONVERTS] = 1
    state.channel_source[0] = SENSOR
    state.ramp[0, :, START], state.ramp[0, :, GAIN] = 0.06, 222.0
    traces(state.sensors)[0] = draw.uniform(0, 0.7, traces(state.sensors)[0].shape)
    state.weights[0] = draw.integers(0, 64, state.weights[0].shape)
    return chip


def in_columns(content):
    """Readings as `stdp_read` stores them, in the order of columns: causal, acausal."""
    return np.frombuffer(content, np.uint8).reshape(2, 2, 128).transpose(0, 2, 1).reshape(2, 256)


def readings(run, at, chip):
    content = [
        run("stdp", "stdp_read", [(at(0), row)], bytes(512), chip=chip).data for row in range(first, first + count)
    ]
    return np.array([in_columns(one) for one in content])


def test_learning_from_sensors(run, at):
    rule = (180, 175, 40, -50)
    chip = chip_with_sensors()
    state = chip.world.chip
    before, stored = state.weights[0].copy(), traces(state.sensors)[0].copy()
    found = readings(run, at, chip)
    assert found.std() > 20  # they say something
    assert (traces(state.sensors)[0] == stored).all()
    run("stdp", "stdp_synapses", [(first, count, at(0))], bytes(one & 0xFF for one in rule), chip=chip)
    expected = before.copy()
    expected[rows] = updated(before[rows], found[:, 0], found[:, 1], rule)
    assert (expected[rows] != before[rows]).mean() > 0.5
    assert (state.weights[0] == expected).all()
    assert (traces(state.sensors)[0][:, rows] == 0).all()
    stored[:, rows] = 0
    assert (traces(state.sensors)[0] == stored).all()
    baselines = readings(run, at, chip)
    assert (baselines == baselines[0, 0, 0]).all() and baselines.min() >= found.max()


def test_resetting_sensors(run, at):
    chip = chip_with_sensors()
    state = chip.world.chip
    stored = traces(state.sensors)[0].copy()
    run("stdp", "stdp_reset", [(first, count)], chip=chip)
    stored[:, rows] = 0
    assert (traces(state.sensors)[0] == stored).all()


def test_random_rows_begin_with_their_seed(run, at):
    """Both parities are seeded and read: the same seed gives the same bytes, other reads give others."""
    seed, other = (draw.integers(1, 256, 256, np.uint8).tobytes() for _ in range(2))
    chip = Chip()

    def read(seed=None):
        if seed:
            run("random", "random_seed_row", [(at(0),)], seed, chip=chip)
        return run("random", "random_row", [(at(0),)] * 2, bytes(256), chip=chip).data

    one, next_one, again, another = read(seed), read(), read(seed), read(other)
    assert one == again
    assert all(sum(a != b for a, b in zip(one, two)) > 200 for two in (next_one, another))


def test_no_races_on_rows_of_the_array(run, at):
    chip = chip_with_sensors()
    run("stdp", "stdp_synapses", [(first, count, at(0))], bytes((180, 180, 10, 0xF0)), chip=chip, check_races=True)
