"""configs/kernels/library/homeostasis.s against numpy."""

import numpy as np
import pytest

from hicannx.emu.chip import Chip

draw = np.random.default_rng(3)
edges = np.array([0, 1, 127, 128, 129, 254, 255])


def updated(weights, rates, targets, step):
    """The formula of homeostasis.s."""
    sign = np.sign(targets.astype(int) - rates.astype(int))
    return np.clip(weights.astype(int) + step * sign, 0, 63).astype(np.uint8)


def rates():
    """All pairs of edges and random ones, in random order."""
    pairs = np.concatenate(
        [np.array(np.meshgrid(edges, edges)).reshape(2, -1), draw.integers(0, 256, (2, 207))], axis=1
    )
    return draw.permutation(pairs, axis=1).astype(np.uint8)


def weights(shape=256):
    found = draw.integers(0, 64, shape)
    return np.where(draw.random(shape) < 0.4, draw.choice([0, 1, 2, 61, 62, 63], shape), found).astype(np.uint8)


@pytest.mark.parametrize("step", [0, 1, 2, 31, 63, 64, 126, 127])
def test_a_row_in_memory(run, at, step):
    for _ in range(4):
        w, (r, t) = weights(), rates()
        data = w.tobytes() + r.tobytes() + t.tobytes()
        found = run("homeostasis", "homeostasis_update", [(at(0), at(256), at(512), step)], data).data
        assert found == updated(w, r, t, step).tobytes() + data[256:]


def test_rows_of_the_array(run, at):
    chip, step, first, count = Chip(), 5, 250, 3
    cells = chip.world.chip.weights[0]
    cells[:] = weights(cells.shape)
    before = cells.copy()
    r, t = rates()  # in the order of columns
    data = b"".join(one[start::2].tobytes() for one in (r, t) for start in (0, 1))
    run("homeostasis", "homeostasis_synapses", [(first, count, at(0), at(256), step)], data, chip=chip)
    expected = before.copy()
    expected[first : first + count] = updated(before[first : first + count], r, t, step)
    assert (cells == expected).all()
    run("homeostasis", "homeostasis_synapses", [(first, 0, at(0), at(256), step)], data, chip=chip)
    assert (cells == expected).all()


def test_bits_above_the_weight_are_of_no_account(run, at):
    w, (r, t) = weights(), rates()
    dirty = w | draw.integers(0, 4, 256).astype(np.uint8) << 6
    data = dirty.tobytes() + r.tobytes() + t.tobytes()
    found = run("homeostasis", "homeostasis_update", [(at(0), at(256), at(512), 5)], data).data
    assert found[:256] == updated(w, r, t, 5).tobytes()


def test_weights_settle_where_the_rate_is_right(run, at):
    """Rates that are twice the weights: every weight goes to half its target, and stays."""
    goal = draw.integers(0, 64, 256)
    w = np.clip(goal + draw.integers(-5, 6, 256), 0, 63).astype(np.uint8)
    for _ in range(6):
        data = b"".join(one.astype(np.uint8).tobytes() for one in (w, 2 * w, 2 * goal))
        found = run("homeostasis", "homeostasis_update", [(at(0), at(256), at(512), 1)], data).data
        w = np.frombuffer(found[:256], np.uint8)
    assert (w == goal).all()


def test_again_without_races(run, at):
    w, (r, t) = weights(), rates()
    data = w.tobytes() + r.tobytes() + t.tobytes()
    arguments = (at(0), at(256), at(512), 3)
    found = run("homeostasis", "homeostasis_update", [arguments] * 2, data, check_races=True).data
    assert found[:256] == updated(updated(w, r, t, 3), r, t, 3).tobytes()
