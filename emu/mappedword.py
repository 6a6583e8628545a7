"""Where a mapped word stands in the arrays of a state."""

from __future__ import annotations

from hicannx.emu.kernelcache import inner
from hicannx.emu.state import ChipState


@inner
def find(chip: ChipState, address: int) -> int:
    """The row of a mapped word, or -1."""
    low, high = 0, len(chip.address) - 1
    while low < high:
        middle = low + high >> 1
        if chip.address[middle] < address:
            low = middle + 1
        else:
            high = middle
    return low if chip.address[low] == address else -1
