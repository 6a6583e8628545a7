"""All of a chip that matters for what follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hicannx.emu.chip import Chip
from hicannx.emu.ppukernel import settle

# Kept because it may be needed again, or about what has been; and memory that most programs do not reach.
_aside = {"decoded", "state_count", "state_key", "state_place", "state_next", "lead", "trace_ring", "trace_row", "row"}
_far = {"dram", "neurons", "sensors", "drivers"}


def contents(chip: Chip) -> dict[str, bytes]:
    """The arrays by name, but for the FPGA's DRAM."""
    settle(chip.world.chip)
    return {name: np.ascontiguousarray(array).tobytes() for name, array in _arrays(chip)}


def _arrays(chip: Chip) -> Iterator[tuple[str, Any]]:
    state: Any = chip.world.chip
    yield from ((name, state[name]) for name in state.dtype.names if name not in _aside | _far)
    for part in ("neurons", "sensors", "drivers"):
        yield from ((f"{part}.{name}", state[part][name]) for name in state[part].dtype.names)
    for name in ("routing", "background"):
        part = getattr(chip.world, name)
        yield from ((f"{name}.{field}", array) for field, array in zip(part._fields, part, strict=True))
    for name, record in (("spike", chip.world.record), ("sample", chip.world.samples)):
        used = int(record.used[0])
        yield from ((f"{name} ticks", record.tick[:used]), (f"{name} labels", record.label[:used]))
