"""What a processor executes, instruction by instruction, as numpy arrays: started, drained, stopped.

`start_trace` hands everything to a sink, chunk by chunk; `record_last` only remembers the last instructions, for when
something goes wrong. Neither changes what the processor does, nor when.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.emu import state as st
from hicannx.emu import tracering as tr
from hicannx.emu.machine import ppu_cycle_ticks

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip

_low, _high = (0, 4) if sys.byteorder == "little" else (4, 0)  # halves of a column
_bytes = 8  # of a column
_fields: dict[str, tuple[str, int, int]] = {
    "cycle": ("i8", tr.CYCLE, 0),
    "pc": ("u4", tr.PLACE, _high),
    "word": ("u4", tr.PLACE, _low),
    "rt": ("u4", tr.FIRST, _low),
    "ra": ("u4", tr.SECOND, _low),
    "address": ("u4", tr.ADDRESS, _low),
    "cr": ("u4", tr.CONDITIONS, _low),
    "flags": ("u4", tr.CONDITIONS, _high),
    "lr": ("u4", tr.LINKS, _high),
    "ctr": ("u4", tr.LINKS, _low),
    "row": ("i8", tr.ROW, 0),
}
record_type: np.dtype[np.void] = np.dtype(
    {
        "names": list(_fields),
        "formats": [kind for kind, _, _ in _fields.values()],
        "offsets": [_bytes * column + half for _, column, half in _fields.values()],
        "itemsize": _bytes * tr.TRACE_COLUMNS,
    }
)
SO, OV, CA = 2, 1, 0  # bits of `flags`
Records = NDArray[np.void]


@attrs.frozen(eq=False)
class Chunk:
    """Successive instructions of a processor: `records` [n] of `record_type`, and `rows` [m, 128] of bytes.

    Of an instruction there are `cycle` of issue (4 ns, from power-up), `pc` and `word`; then as it left them `rt` and
    `ra`, the general registers that these fields of the word number, `cr`, `lr`, `ctr`, and SO, OV and CA in `flags`;
    `address`, the effective address of the last access to memory. The rows from `row` up to that of the next
    instruction (`len(rows)` after the last) are what it wrote in the vector unit: a register, the accumulator in two
    rows, the conditions. A negative `row` is one that is kept no more.

    Sinks get views that last until the processor goes on: they copy what they keep.
    """

    ppu: int
    records: Records
    rows: NDArray[np.uint8]

    def copy(self) -> Chunk:
        """The same in arrays of its own."""
        return Chunk(self.ppu, as_records(as_numbers(self.records).copy()), self.rows.copy())


Sink = Callable[[Chunk], None]


def as_records(numbers: NDArray[np.int64]) -> Records:
    """Rows of the ring [n, 8], in one piece, as records [n]: the same memory."""
    return numbers.view(record_type)[:, 0]


def as_numbers(records: Records) -> NDArray[np.int64]:
    """The opposite; numpy copies plain numbers several times as fast as records."""
    return records.view(np.int64).reshape(-1, tr.TRACE_COLUMNS)


def start_trace(chip: Chip, ppu: int, sink: Sink) -> None:
    """Hand all that a processor executes from now on to a sink; what `record_last` has kept is forgotten."""
    stop_trace(chip, ppu)
    chip.sinks[ppu] = sink
    _begin(chip, ppu, tr.DRAINED)


def record_last(chip: Chip, ppu: int) -> None:
    """Remember the last 65536 instructions of a processor, and of those of the vector unit about 8192 results."""
    stop_trace(chip, ppu)
    _begin(chip, ppu, tr.ROUND)


def stop_trace(chip: Chip, ppu: int) -> None:
    """Hand over the rest, and let the processor go on without a trace."""
    drain(chip, ppu)
    chip.sinks.pop(ppu, None)
    _begin(chip, ppu, tr.OFF)


def drain(chip: Chip, ppu: int) -> None:
    """Hand what has been executed to the sink of a processor, if it has one, without waiting for more."""
    core = chip.world.chip.core[ppu]
    if ppu in chip.sinks and core[st.TRACED]:
        _drain(chip.world.chip, ppu, chip.sinks[ppu])


def drain_full(chip: st.ChipState, sinks: Mapping[int, Sink]) -> None:
    """Make room where the ring of a processor is full."""
    for ppu, sink in sinks.items():
        core = chip.core[ppu]
        if core[st.TRACED] >= tr.CAPACITY or core[st.TRACED_ROWS] > tr.ROW_CAPACITY - tr.SPARE_ROWS:
            _drain(chip, ppu, sink)


def last_records(chip: Chip, ppu: int, count: int = tr.CAPACITY) -> Chunk:
    """Up to `count` instructions that a processor executed last, since `record_last`."""
    state = chip.world.chip
    executed, written = int(state.core[ppu, st.TRACED]), int(state.core[ppu, st.TRACED_ROWS])
    first, first_row = max(0, executed - tr.CAPACITY, executed - count), max(0, written - tr.ROW_CAPACITY)
    records = as_records(state.trace_ring[ppu, np.arange(first, executed) % tr.CAPACITY])
    records["row"] -= first_row
    return Chunk(ppu, records, state.trace_row[ppu, np.arange(first_row, written) % tr.ROW_CAPACITY])


@contextmanager
def traced(chip: Chip, ppu: int) -> Iterator[list[Chunk]]:
    """A list to which the chunks of everything that a processor executes inside the block are added."""
    chunks: list[Chunk] = []
    start_trace(chip, ppu, lambda chunk: chunks.append(chunk.copy()))
    try:
        yield chunks
    finally:
        stop_trace(chip, ppu)


def present(chip: Chip, ppu: int) -> Records:
    """A record [1] of the present: cycle and `pc` of what comes next, and the registers; no `word`."""
    core, raw = chip.world.chip.core[ppu], np.zeros((1, tr.TRACE_COLUMNS), np.int64)
    found = as_records(raw)
    found["cycle"], found["pc"] = core[st.TICK] // ppu_cycle_ticks, core[st.PC]
    found["cr"], found["lr"], found["ctr"] = core[st.CR], core[st.LR], core[st.CTR]
    found["flags"] = core[st.SO] << SO | core[st.OV] << OV | core[st.CA] << CA
    return found


def _begin(chip: Chip, ppu: int, mode: int) -> None:
    chip.world.chip.core[ppu, [st.TRACING, st.TRACED, st.TRACED_ROWS]] = mode, 0, 0


def _drain(chip: st.ChipState, ppu: int, sink: Sink) -> None:
    core = chip.core[ppu]
    used, rows = int(core[st.TRACED]), int(core[st.TRACED_ROWS])
    core[[st.TRACED, st.TRACED_ROWS]] = 0
    sink(Chunk(ppu, as_records(chip.trace_ring[ppu, :used]), chip.trace_row[ppu, :rows]))
