"""configs/kernels/library/exponential.s against Python's decimal numbers, within the errors that it is documented with."""

from decimal import Decimal, getcontext

import numpy as np

getcontext().prec = 40
draw = np.random.default_rng(4)
one, limit = 1 << 16, 0xFFFFFFFF


def batches(values, size=400):
    return [values[start : start + size] for start in range(0, len(values), size)]


def found(run, function, values):
    return [result for some in batches(values) for result in run("exponential", function, [(one,) for one in some]).results]


def exact(x, scale):
    return (Decimal(x) / one).exp() * scale


def inputs():
    """Signed, 16 bits behind the point: edges, a grid over everything that has a result, random ones."""
    edges = [0, 1, -1, one, -one, 11 * one, 726817, 726818, 726819, -772243, -772244, -(1 << 31), (1 << 31) - 1]
    grid = list(range(-13 * one, 12 * one, 2111))
    return edges + grid + draw.integers(-12 * one, 726818, 1500).tolist()


def test_exponential(run):
    values = inputs()
    worst = Decimal(0)
    for x, result in zip(values, found(run, "exponential", values)):
        right = exact(x, one) if x < 12 * one else Decimal(limit + 1)
        if right >= limit:
            assert result == limit
            continue
        error = abs(result - right)
        assert error <= Decimal("0.5") + right * Decimal(2) ** -30, (x, result, right)
        worst = max(worst, (error - Decimal("0.5")) / right)
    print("exponential: beyond half a bit by", float(worst * 2**31), "* 2^-31 of the result")


def test_whole_results_are_exact(run):
    values = [0, 1, -1, 726818 - 1]
    assert found(run, "exponential", values)[:3] == [65536, 65537, 65535]


def test_decay(run):
    values = [0, 1, 2, 23 * one - 1, 23 * one, 1 << 31, limit, *range(0, 24 * one, 1999)]
    values += draw.integers(0, 23 * one, 800).tolist()
    worst = Decimal(0)
    for x, result in zip(values, found(run, "exponential_decay", values)):
        right = exact(-x, 1 << 31)
        error = abs(result - right)
        assert error <= 2, (x, result, right)
        worst = max(worst, error)
    print("exponential_decay: at most", float(worst), "* 2^-31")
    assert found(run, "exponential_decay", [0]) == [0x80000000]


def test_decay_never_rises(run):
    results = found(run, "exponential_decay", list(range(0, 3 * one, 331)))
    assert results == sorted(results, reverse=True)
