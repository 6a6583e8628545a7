"""configs/kernels/library/stdp.s against numpy: rows in memory, and rows of the parallel bus."""

import numpy as np
import pytest

from hicannx.emu.chip import Chip
from hicannx.emu.state import BENCH, BENCH_ROWS

draw = np.random.default_rng(2)
causal_base, acausal_base, buffered = 0x80000, 0xC0000, 0x200000


def updated(weights, causal, acausal, rule):
    """The formula of stdp.s; the last byte of saturation is that of the accumulator, twice the sum."""
    x = np.clip(rule[0] - causal.astype(int), -128, 127)
    y = np.clip(rule[1] - acausal.astype(int), -128, 127)
    doubled = np.clip(2 * x * rule[2], -32768, 32767) + 128
    doubled = np.clip(doubled, -32768, 32767)
    doubled = np.clip(doubled + np.clip(2 * y * rule[3], -32768, 32767), -32768, 32767)
    return np.clip(np.clip(weights.astype(int) + (doubled >> 8), -128, 127), 0, 63).astype(np.uint8)


def readings(shape=256):
    """Readings of sensors, mostly anything, often an edge."""
    edges = np.array([0, 1, 127, 128, 129, 254, 255])
    return np.where(draw.random(shape) < 0.3, draw.choice(edges, shape), draw.integers(0, 256, shape)).astype(np.uint8)


def weights(shape=256):
    edges = np.array([0, 1, 31, 32, 62, 63])
    return np.where(draw.random(shape) < 0.3, draw.choice(edges, shape), draw.integers(0, 64, shape)).astype(np.uint8)


def encoded(rule):
    return bytes(one & 0xFF for one in rule)


rules = [
    (0, 0, 127, -128), (255, 255, -128, 127), (128, 128, 127, 127), (128, 128, -128, -128), (0, 255, 127, 127),
    (100, 90, 16, -20), (100, 90, 0, 0), (3, 250, 1, -1), (120, 130, -1, 0), (120, 130, 0, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    "rule", rules + [tuple(draw.integers((0, 0, -128, -128), (256, 256, 128, 128))) for _ in range(20)]
)
def test_a_row_in_memory(run, at, rule):
    rule = tuple(map(int, rule))
    for _ in range(3):
        w, c, a = weights(), readings(), readings()
        data = w.tobytes() + c.tobytes() + a.tobytes() + encoded(rule)
        found = run("stdp", "stdp_update", [(at(0), at(256), at(512), at(768))], data).data
        expected = updated(w, c, a, rule)
        assert found == expected.tobytes() + data[256:]
        assert expected.max() <= 63


def test_the_exact_sum_where_nothing_saturates():
    """The model above is the documented formula: rounded, not cut off."""
    c, a, w = readings(4096), readings(4096), weights(4096)
    exact = (np.minimum(128 - c.astype(int), 127) * 30 + np.minimum(128 - a.astype(int), 127) * -50) / 128
    expected = np.clip(w + np.floor(exact + 0.5), 0, 63)
    assert (updated(w, c, a, (128, 128, 30, -50)) == expected).all()


def test_bits_above_the_weight_are_of_no_account(run, at):
    w, c, a = weights(), readings(), readings()
    rule = (128, 128, 100, -100)
    dirty = w | draw.integers(0, 4, 256).astype(np.uint8) << 6
    data = dirty.tobytes() + c.tobytes() + a.tobytes() + encoded(rule)
    found = run("stdp", "stdp_update", [(at(0), at(256), at(512), at(768))], data).data
    assert found[:256] == updated(w, c, a, rule).tobytes()


def test_again_and_again_without_races(run, at):
    w, c, a = weights(), readings(), readings()
    rule = (128, 128, 60, -70)
    data = w.tobytes() + c.tobytes() + a.tobytes() + encoded(rule)
    arguments = (at(0), at(256), at(512), at(768))
    found = run("stdp", "stdp_update", [arguments] * 2, data, check_races=True).data
    assert found[:256] == updated(updated(w, c, a, rule), c, a, rule).tobytes()


class Bench:
    """A parallel bus of plain rows: what is written can be read back, and every address that was used is there."""

    def __init__(self, rows):
        self.chip = Chip()
        self.state = self.chip.world.chip
        self.state.bench[BENCH], self.state.bench[BENCH_ROWS] = 1, len(rows)
        for place, (address, row) in enumerate(rows.items()):
            self.state.bench_row_address[place], self.state.bench_row[place] = address, row

    def rows(self):
        count = int(self.state.bench[BENCH_ROWS])
        return {int(self.state.bench_row_address[one]): self.state.bench_row[one].copy() for one in range(count)}


def test_rows_of_the_array_by_their_addresses(run, at):
    """Two rows: read once unbuffered, then buffered; new weights; a reset of both sensors of every synapse."""
    rule, first = (128, 128, 70, -50), 9
    w, c, a = weights((4, 128)), readings((4, 128)), readings((4, 128))
    unread = np.full(128, 77, np.uint8)
    rows = {}
    for line in range(4):
        index = 2 * first + line
        rows[index] = w[line]
        rows[causal_base + index + (buffered if line % 2 else 0)] = c[line]
        rows[causal_base + index + (0 if line % 2 else buffered)] = unread
        rows[acausal_base + index + buffered] = a[line]
    bench = Bench(rows)
    run("stdp", "stdp_synapses", [(first, 2, at(0))], encoded(rule), chip=bench.chip)
    found = bench.rows()
    assert found.keys() == rows.keys()
    for line in range(4):
        index = 2 * first + line
        assert (found[index] == updated(w[line], c[line], a[line], rule)).all()
        assert (found[causal_base + index] == 3).all()
        assert (found[acausal_base + index + buffered] == a[line]).all()
        assert (found[causal_base + index + buffered] == (c[line] if line % 2 else unread)).all()


def test_nothing_to_do_on_no_rows(run, at):
    bench = Bench({})
    run("stdp", "stdp_synapses", [(9, 0, at(0))], encoded((0, 0, 1, 1)), chip=bench.chip)
    run("stdp", "stdp_reset", [(9, 0)], chip=bench.chip)
    assert bench.rows() == {}


def test_reading_and_resetting_by_their_addresses(run, at):
    c, a = readings((2, 128)), readings((2, 128))
    rows = {causal_base + 40: c[0], causal_base + 41 + buffered: c[1]}
    rows |= {acausal_base + 40 + buffered: a[0], acausal_base + 41 + buffered: a[1]}
    bench = Bench(rows)
    found = run("stdp", "stdp_read", [(at(0), 20)], bytes(512), chip=bench.chip).data
    assert found == c.tobytes() + a.tobytes() and bench.rows().keys() == rows.keys()
    bench = Bench({})
    run("stdp", "stdp_reset", [(20, 3)], chip=bench.chip)
    assert sorted(bench.rows()) == [causal_base + 40 + line for line in range(6)]
    assert all((row == 3).all() for row in bench.rows().values())
