"""configs/kernels/library/exponential.s against numpy's exponential, within the errors that it is documented with.

A model repeats its whole numbers; it is compared with numpy for every argument that has a result, and the subroutine
with the model for some of them.
"""

import numpy as np

draw = np.random.default_rng(4)
one, limit = 1 << 16, 0xFFFFFFFF
log2e, log2e_rest = 1549082005, -1374947234
coefficients = [89043, 627479, 5750554, 41301092, 238389752, 1031764902, 2977044473]
lowest, highest = -12 * one, 726817  # results from nearly 0 to nearly 2^32
least_decay = 23 * one


def model(x, scale):
    """e^x with `scale` + 16 bits in front of bit 0, as unsigned words."""
    x = np.asarray(x, np.int64)
    product = x * log2e + (x * log2e_rest >> 32)
    f = (product >> 14 & limit).astype(np.uint64)
    power = np.full(x.shape, coefficients[0], np.uint64)
    for coefficient in coefficients[1:]:
        power = (power * f >> np.uint64(32)) + np.uint64(coefficient)
    mantissa = (power * f >> np.uint64(32) >> np.uint64(1) | np.uint64(1 << 31)).astype(np.int64)
    shift = scale - (product >> 46)
    shifted = np.where(shift > 0, mantissa >> np.clip(shift - 1, 0, 63), mantissa << 1)
    rounded = (shifted >> 1) + (shifted & 1)
    return np.where(shift < 0, limit, np.where(shift > 32, 0, rounded))


def found(run, function, values, size=400):
    batches = [values[start : start + size] for start in range(0, len(values), size)]
    return [one for some in batches for one in run("exponential", function, [(int(x),) for x in some]).results]


def test_the_error_of_every_result():
    x = np.arange(lowest, highest + 1)
    exact = np.exp(x / one) * one
    error = np.abs(model(x, 15) - exact)
    relative = (error - 0.5) / exact * 2**31
    print(f"exponential: beyond half a bit by at most {relative.max():.3f} * 2^-31 of the result")
    assert relative.max() <= 1.77
    assert exact[-1] < limit < np.exp((highest + 1) / one) * one
    x = np.arange(0, least_decay)
    error = np.abs(model(-x, 0) - np.exp(-x / one) * 2**31)
    print(f"exponential_decay: at most {error.max():.3f} * 2^-31")
    assert error.max() <= 1.91
    assert (np.diff(model(-x, 0)) <= 0).all() and (np.diff(model(np.arange(lowest, highest + 1), 15)) >= 0).all()


def test_exponential(run):
    edges = [
        0,
        1,
        -1,
        one,
        -one,
        lowest,
        highest,
        highest + 1,
        highest + 2,
        -772243,
        -772244,
        -(1 << 31),
        (1 << 31) - 1,
    ]
    values = (
        edges + draw.integers(lowest, highest + 1, 6000).tolist() + draw.integers(-(1 << 31), 1 << 31, 400).tolist()
    )
    assert found(run, "exponential", values) == model(values, 15).tolist()


def test_decay(run):
    inside = [0, 1, 2, least_decay - 1, *draw.integers(0, least_decay, 6000).tolist()]
    assert found(run, "exponential_decay", inside) == model(-np.array(inside), 0).tolist()
    outside = [
        least_decay,
        least_decay + 1,
        1 << 31,
        (1 << 31) - 1,
        limit,
        *draw.integers(least_decay, limit, 300).tolist(),
    ]
    assert set(found(run, "exponential_decay", outside)) == {0}


def test_results_at_edges(run):
    assert found(run, "exponential", [0, 1, -1, highest + 1, -(1 << 31)]) == [65536, 65537, 65535, limit, 0]
    assert found(run, "exponential_decay", [0]) == [0x80000000]
