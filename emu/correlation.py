"""The stored traces of the correlation sensors: they grow with pairs of spikes, and a reset takes them back to zero.

`add_trace(chip.correlation, hemisphere, branch, row, column, v)` is for whatever models the sensors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.facts import load_facts
from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.state import BRANCHES, ChipState

_saturation_v = np.float32(load_facts("cadc")["sensor"]["saturation_v"])
ALL_BRANCHES = (1 << BRANCHES) - 1  # bit 0 for the causal, bit 1 for the acausal sensor


@njit
def add_trace(
    correlation: NDArray[np.float32], hemisphere: int, branch: int, row: int, column: int, amount_v: float
) -> None:
    """Add to the trace of the CAUSAL or ACAUSAL sensor of a synapse, until it is full."""
    trace = correlation[hemisphere, branch, row, column] + np.float32(amount_v)
    correlation[hemisphere, branch, row, column] = min(trace, _saturation_v)


@inner
def reset_trace(chip: ChipState, hemisphere: int, row: int, column: int, branches: int) -> None:
    """Reset the sensors of a synapse whose bits are set."""
    for branch in range(BRANCHES):
        if branches >> branch & 1:
            chip.correlation[hemisphere, branch, row, column] = 0
