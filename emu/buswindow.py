"""Which window of the parallel bus an address is in, by a table made of `machine.yaml`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import facts
from hicannx.emu.synram import rows

# Kinds of windows: the names of the facts, in this order; the first ones show cells of the synapse memory.
# fmt: off
names = (
    "weights", "labels", "even_msb2", "odd_msb2", "raw", "cadc_causal", "cadc_acausal", "correlation_reset",
    "vreset_acausal", "random",
)
(
    WEIGHTS, LABELS, EVEN_MSB2, ODD_MSB2, RAW, CADC_CAUSAL, CADC_ACAUSAL, CORRELATION_RESET,
    VRESET_ACAUSAL, RANDOM, NOTHING,
) = range(len(names) + 1)
# fmt: on

_page_bits = 16  # a window is an address's upper half
_pages = 256
buffered = int(facts["ppu"]["parallel_bus_bits"]["buffered"])
_test_mask = int(facts["ppu"]["parallel_bus_bits"]["test_mask"])


def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The kind of each page, and how many vectors it has."""
    kinds, vectors = np.full(_pages, NOTHING, np.int64), np.zeros(_pages, np.int64)
    for name, window in facts["ppu"]["parallel_bus"].items():
        kind = names.index(window.get("as", name))
        bits = (0, buffered) if kind in (CADC_CAUSAL, CADC_ACAUSAL) else (0,)
        for extra in (*bits, *(one | _test_mask for one in bits)):
            page = int(window["base"]) + extra >> _page_bits
            kinds[page], vectors[page] = kind, 2 * int(window.get("rows", rows))
    return kinds, vectors


_kinds, _vectors = _tables()


@inner
def line_of(address: int) -> int:
    """The number of a vector in its window: 2 * row + parity."""
    return address & ((1 << _page_bits) - 1)


@inner
def window_of(address: int) -> int:
    """The kind of window that an address is in, or NOTHING."""
    page = address >> _page_bits
    if page >= _pages or line_of(address) >= _vectors[page]:
        return NOTHING
    return int(_kinds[page])
