"""The address space of a processor as a debugger sees it: bytes are looked at and changed without time passing.

Where instructions and data of different memories share an address, the memory of the instructions is meant: loads and
stores reach the Omnibus there, which nobody wants to disassemble.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.emu import omnibus
from hicannx.emu import state as st
from hicannx.emu.behaviour import CADC_SAMPLE, NOT_EMULATED
from hicannx.emu.machine import facts
from hicannx.emu.observe import DRAM, FPGA_MEMORY, SRAM

_spaces, _code = facts["ppu"]["data_spaces"], facts["ppu"]["code_spaces"]
_plain = {"sram": SRAM, "fpga_memory": FPGA_MEMORY, "dram": DRAM}
_fpga_words = int(facts["ppu"]["fpga_words"]["base"])
_own_master = -1
_untouched = (NOT_EMULATED, CADC_SAMPLE)  # a look must not start a conversion


@attrs.frozen
class Window:
    """`size` bytes from an address on, which show a memory from its first word on, or Omnibus words from `word` on."""

    origin: int
    size: int
    memory: int = -1
    word: int = 0


def _windows() -> list[Window]:
    found = []
    for spaces in (_code, _spaces):
        for name, memory in _plain.items():
            found.append(Window(int(spaces[name]["base"]), int(_spaces[name]["bytes"]), memory))
    for name, word in {"omnibus": 0, "fpga": _fpga_words}.items():
        found.append(Window(int(_spaces[name]["base"]), int(_spaces[name]["bytes"]), word=word))
    return found


_all_windows = _windows()


def window_at(address: int) -> Window | None:
    """The window that an address is in; that of instructions comes first."""
    return next((one for one in _all_windows if one.origin <= address < one.origin + one.size), None)


def words_of(chip: st.ChipState, ppu: int, memory: int) -> NDArray[np.uint32]:
    """The words of one of the plain memories."""
    if memory == SRAM:
        own: NDArray[np.uint32] = chip.sram[ppu]
        return own
    return chip.fpga_memory if memory == FPGA_MEMORY else chip.dram


def read_bytes(chip: st.ChipState, ppu: int, address: int, length: int) -> bytes:
    """Bytes from an address on; fewer where there is nothing more to be read."""
    found = bytearray()
    while len(found) < length and (window := window_at(address + len(found))) is not None:
        start = address + len(found) - window.origin
        part = _read(chip, ppu, window, start, min(length - len(found), window.size - start))
        found += part
        if not part:
            break
    return bytes(found)


def write_bytes(chip: st.ChipState, ppu: int, address: int, content: bytes) -> bool:
    """Put bytes at an address; False, and perhaps only the first ones written, where there is nothing to be written."""
    done = 0
    while done < len(content):
        window = window_at(address + done)
        if window is None:
            return False
        start = address + done - window.origin
        part = content[done : done + window.size - start]
        if not _write(chip, ppu, window, start, part):
            return False
        done += len(part)
    return True


def watch_rows(chip: st.ChipState, ppu: int, address: int, length: int) -> list[tuple[int, int, int, int]]:
    """The rows that `observe` watches for these bytes; none where no plain memory is."""
    rows: dict[tuple[int, int], int] = {}
    for one in range(address, address + length):
        window = window_at(one)
        if window is None or window.memory < 0:
            return []
        place = one - window.origin
        key = window.memory, place >> 2
        rows[key] = rows.get(key, 0) | 0xFF << 8 * (3 - place % 4)
    return [
        (memory, word, mask, int(words_of(chip, ppu, memory)[word]) & mask) for (memory, word), mask in rows.items()
    ]


def _read(chip: st.ChipState, ppu: int, window: Window, start: int, length: int) -> bytes:
    first, last = start // 4, (start + length + 3) // 4
    if window.memory >= 0:
        content = words_of(chip, ppu, window.memory)[first:last].astype(">u4").tobytes()
    else:
        content = b"".join(_register(chip, window.word + one) for one in range(first, last))
    return content[start % 4 :][:length]


def _register(chip: st.ChipState, word: int) -> bytes:
    """What an Omnibus word holds; nothing where it cannot be read."""
    if not _has_access(chip, word, 1):
        return b""
    return int(omnibus.read(chip, word, _own_master, int(chip.clock[st.NOW]))).to_bytes(4, "big")


def _has_access(chip: st.ChipState, word: int, bit: int) -> bool:
    row = int(np.searchsorted(chip.address, word))
    if row >= len(chip.address) or chip.address[row] != word:
        return False
    return bool(chip.access[row] & bit) and int(chip.behaviour[row]) not in _untouched


def _write(chip: st.ChipState, ppu: int, window: Window, start: int, content: bytes) -> bool:
    if window.memory >= 0:
        _put(words_of(chip, ppu, window.memory), start, content)
        return True
    for place, byte in enumerate(content, start):
        word = window.word + place // 4
        if not _has_access(chip, word, 2):
            return False
        shift = 3 - place % 4
        omnibus.write(chip, word, byte << 8 * shift, 1 << shift, _own_master, int(chip.clock[st.NOW]))
    return True


def _put(words: NDArray[np.uint32], start: int, content: bytes) -> None:
    first, last = start // 4, (start + len(content) + 3) // 4
    old = bytearray(words[first:last].astype(">u4").tobytes())
    old[start % 4 : start % 4 + len(content)] = content
    words[first:last] = np.frombuffer(bytes(old), ">u4")
