"""Whether the link between FPGA and chip works: it does while a pair of transceivers is configured and enabled."""

from __future__ import annotations

import numpy as np

from hicannx.emu.kernelcache import inner
from hicannx.emu.mappedword import find
from hicannx.emu.state import LINK_UP, ONLINE_SINCE, RESET_LEVEL, ChipState
from hicannx.regmodel.load import load_registers

_containers = load_registers().containers
_fpga_word, _chip_word = (
    int(_containers[name].addresses(0)[0]) for name in ("CommonPhyConfigFPGA", "CommonPhyConfigChip")
)
_fpga_configs = _containers["PhyConfigFPGA"].all_addresses()[:, 0]


def _enable_bits(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The bit of each link."""
    return np.array([parts[0].lsb for parts in _containers[name].by_name["enable_phy"].elements], np.int64)


_fpga_bits, _chip_bits = _enable_bits("CommonPhyConfigFPGA"), _enable_bits("CommonPhyConfigChip")
_chip_configs = _containers["PhyConfigChip"].all_addresses()[:, 0]  # numbers of JTAG registers


@inner
def _word(chip: ChipState, address: int) -> int:
    """A register that there is."""
    return int(chip.register[find(chip, address)])


@inner
def refresh_link(chip: ChipState, tick: int) -> None:
    """Find out whether the link works after something that it depends on has changed at a tick."""
    fpga, on_fpga, on_chip, up = chip.fpga, _word(chip, _fpga_word), _word(chip, _chip_word), 0
    for link in range(len(_fpga_configs)):
        enabled = on_fpga >> _fpga_bits[link] & on_chip >> _chip_bits[link] & 1
        if enabled and _word(chip, _fpga_configs[link]) and chip.phy[_chip_configs[link]]:
            up = 1
    if fpga[RESET_LEVEL]:
        up = 0
    if up and not fpga[LINK_UP]:
        fpga[ONLINE_SINCE] = tick
    fpga[LINK_UP] = up
