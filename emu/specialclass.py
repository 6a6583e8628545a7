"""What is special of classes of instructions to the processor's loop; see statetable.py."""

from __future__ import annotations

import numpy as np

from hicannx.emu.score import Row
from hicannx.emu.statetable import ACCESSES, BRANCHES, BUS_VECTORS, SYNCHRONISES, VECTORS, WAITS_FOR_INTERRUPT
from hicannx.isa.timing import load_model, timing_classes


def _special(name: str) -> int:
    model = load_model()
    if name in model.vector:
        return BUS_VECTORS if model.vector[name].unit == "bus" else VECTORS
    if name.startswith(("load", "store")):
        return ACCESSES
    synchronises = SYNCHRONISES if name in model.scalar.least else 0
    return {"branch": BRANCHES, "wait": WAITS_FOR_INTERRUPT}.get(name, synchronises)


specials: Row = np.array([_special(name) for name in timing_classes()], np.int64)  # by number of class
