"""What vector instructions have written, copied into the ring of vector rows; see tracering.py."""

from __future__ import annotations

from typing import Any

from hicannx.emu.kernelcache import inner
from hicannx.emu.score import FLAGS_SHIFT, GIVES, NOTHING, VT_SHIFT, WRITES_ACC, WRITES_VCR
from hicannx.emu.state import TRACED_ROWS
from hicannx.emu.tracering import ROW_CAPACITY, ROWS_OF_ACC


@inner
def note_rows(chip: Any, ppu: int, place: int) -> None:
    """Copy what the vector instruction decoded at a place has written behind the used rows.

    First the register, then the accumulator in two rows, big-endian, then the conditions.
    """
    core, vr, gives = chip.core[ppu], chip.vr[ppu], chip.decoded[ppu, place, GIVES]
    target, flags, rows, used = (
        gives >> VT_SHIFT & NOTHING,
        gives >> FLAGS_SHIFT,
        chip.trace_row[ppu],
        core[TRACED_ROWS],
    )
    width = rows.shape[1]
    if target != NOTHING:
        for byte in range(width):
            rows[used & ROW_CAPACITY - 1, byte] = vr[target, byte]
        used += 1
    if flags & WRITES_ACC:
        for byte in range(ROWS_OF_ACC * width):
            row = used + byte // width & ROW_CAPACITY - 1
            rows[row, byte % width] = chip.acc[ppu, byte // 4] >> 8 * (3 - byte % 4) & 255
        used += ROWS_OF_ACC
    if flags & WRITES_VCR:
        for byte in range(width):
            rows[used & ROW_CAPACITY - 1, byte] = chip.vcr[ppu, byte]
        used += 1
    core[TRACED_ROWS] = used
