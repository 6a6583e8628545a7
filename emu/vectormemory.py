"""The FPGA's memories behind the parallel bus: a vector lies there with its words in reversed order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import facts
from hicannx.emu.state import ChipState
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.state import word_bytes

_windows, _spaces = facts["ppu"]["vector_memory"], facts["ppu"]["data_spaces"]
_unit_words = int(_windows["unit_bytes"]) // 4
_memory_base, _dram_base = int(_windows["fpga_memory"]["base"]), int(_windows["dram"]["base"])
_memory_words, _dram_words = int(_spaces["fpga_memory"]["bytes"]) // 4, int(_spaces["dram"]["bytes"]) // 4
_vector_words = load_facts().vector_bytes // word_bytes()
memory_windows = min(_memory_base, _dram_base)  # parallel-bus addresses from here on are memory


@inner
def _place(address: int, base: int, words: int) -> int:
    """The first word of a vector behind a window, or -1."""
    first = (address - base) * _unit_words
    return first if 0 <= first <= words - _vector_words else -1


@inner
def _move(memory: NDArray[np.uint32], first: int, row: NDArray[np.uint8], on: NDArray[np.uint8], is_read: bool) -> None:
    for byte in range(4 * _vector_words):
        word, shift = first + _vector_words - 1 - byte // 4, 8 * (3 - byte % 4)
        held = int(memory[word])
        if is_read:
            row[byte] = held >> shift & 255
        elif on[byte]:
            memory[word] = (held & ~(255 << shift)) | int(row[byte]) << shift


@inner
def move_vector(chip: ChipState, address: int, row: NDArray[np.uint8], on: NDArray[np.uint8], is_read: bool) -> bool:
    """Read a vector, or write its enabled bytes; False where there is no memory."""
    first = _place(address, _memory_base, _memory_words)
    if first >= 0:
        _move(chip.fpga_memory, first, row, on, is_read)
        return True
    first = _place(address, _dram_base, _dram_words)
    if first >= 0:
        _move(chip.dram, first, row, on, is_read)
    return first >= 0
