"""configs/kernels/library/random.s against the formula of xorshift32."""

import numpy as np
import pytest

from hicannx.emu.chip import Chip
from hicannx.emu.state import BENCH, BENCH_ROWS

draw = np.random.default_rng(5)
mask = 0xFFFFFFFF


def after(state):
    state = state or 0x9E3779B9
    state ^= state << 13 & mask
    state ^= state >> 17
    return state ^ state << 5 & mask


def words(content):
    return np.frombuffer(content, ">u4").tolist()


seeds = [0, 1, 2, 0x80000000, mask, 0x9E3779B9, 2463534242, *draw.integers(0, 1 << 32, 5).tolist()]


@pytest.mark.parametrize("seed", seeds)
def test_the_sequence(run, at, seed):
    count, expected = 300, []
    state = seed
    for _ in range(count):
        state = after(state)
        expected.append(state)
    called = run("random", "random_next", [(at(0),)] * count, seed.to_bytes(4))
    assert called.results == expected and words(called.data) == expected[-1:]


def test_the_sequence_that_was_published(run, at):
    """The seed of Marsaglia's example gives 723471715 first."""
    assert run("random", "random_next", [(at(0),)], (2463534242).to_bytes(4)).results == [723471715]


def test_below(run, at):
    limits = [0, 1, 2, 6, 100, 255, 256, 65537, 0x80000000, mask] * 30
    state, expected = 7, []
    for limit in limits:
        state = after(state)
        expected.append(state * limit >> 32)
    found = run("random", "random_below", [(at(0), limit) for limit in limits], (7).to_bytes(4)).results
    assert found == expected
    assert all(one < limit or one == limit == 0 for one, limit in zip(found, limits))


@pytest.mark.parametrize("count", [0, 1, 50])
def test_fill(run, at, count):
    found = words(run("random", "random_fill", [(at(0), at(8), count)], (5).to_bytes(4) + bytes(8 + 4 * count)).data)
    state, expected = 5, []
    for _ in range(count):
        state = after(state)
        expected.append(state)
    assert found == [state, 0, *expected, 0]


def test_the_rows_by_their_addresses(run, at):
    chip, rows = Chip(), draw.integers(0, 256, (2, 128), np.uint8)
    state = chip.world.chip
    state.bench[BENCH] = 1
    run("random", "random_seed_row", [(at(0),)], rows.tobytes(), chip=chip)
    assert state.bench[BENCH_ROWS] == 2
    assert state.bench_row_address[:2].tolist() == [0xE0000, 0xE0001]
    assert (state.bench_row[:2] == rows).all()
    chip = Chip()
    state = chip.world.chip
    state.bench[BENCH], state.bench[BENCH_ROWS] = 1, 2
    state.bench_row_address[:2], state.bench_row[:2] = [0xE0000, 0xE0001], rows
    assert run("random", "random_row", [(at(0),)], bytes(256), chip=chip).data == rows.tobytes()
    assert state.bench[BENCH_ROWS] == 2
