"""Snapshots of everything that advances: a run that goes on from a restored one is the run that went on from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.ppukernel import enter_known, settle
from hicannx.emu.trace import drain
from hicannx.emu.world import World

_Array = NDArray[Any]
_constant = {"entry", "address", "behaviour", "container", "instance", "access", "decoded"}  # of the chip's state
_apart = {"trace_ring", "trace_row"}  # what was is not what is
_learnt = {"state_count", "state_key", "state_place", "state_next", "lead"}  # and would be learnt again
_tracing = [st.TRACING, st.TRACED, st.TRACED_ROWS]
_sparse = "dram"  # 256 MiB, of which few programs touch any
_chunks = 256


@attrs.frozen(eq=False)
class Snapshot:
    """Copies of all arrays by name; arrays that were equal in the snapshot before are shared with it."""

    arrays: Mapping[str, _Array]
    sparse: Mapping[int, _Array]


def take_snapshot(chip: Chip, before: Snapshot | None = None) -> Snapshot:
    """Keep the present state."""
    settle(chip.world.chip)
    known = before.arrays if before else {}
    arrays = {name: _kept(array, known.get(name)) for name, array in _arrays(chip.world)}
    parts = chip.world.chip.dram.reshape(_chunks, -1)
    return Snapshot(arrays, {int(index): parts[index].copy() for index in _used(parts)})


def restore_snapshot(chip: Chip, snapshot: Snapshot) -> None:
    """Bring a state back; arrays that have grown since get their former length. A trace goes on, with what was."""
    for ppu in chip.sinks:
        drain(chip, ppu)
    world: Any = chip.world
    tracing = world.chip.core[:, _tracing].copy()
    grown = {
        name: part._replace(**found)
        for name, part in zip(World._fields, world, strict=True)
        if name in ("queue", "record", "samples") and (found := _grown(name, part, snapshot))
    }
    chip.world = world = world._replace(**grown)
    for name, array in _arrays(world):
        array[...] = snapshot.arrays[name]
    world.chip.core[:, _tracing] = tracing
    enter_known(world.chip)
    parts = world.chip.dram.reshape(_chunks, -1)
    for index in _used(parts):
        parts[index] = 0
    for index, content in snapshot.sparse.items():
        parts[index] = content


def _arrays(world: World) -> Iterator[tuple[str, _Array]]:
    chip: Any = world.chip
    for name in chip.dtype.names:
        if name not in _constant | _apart | _learnt and name != _sparse:
            yield from _parts(f"chip.{name}", chip[name])
    parts: list[tuple[str, Any]] = list(zip(World._fields, world, strict=True))
    for part, content in parts:
        if part not in ("chip", "neurons", "monitor"):  # neurons are of the chip, and what was is not what is
            yield from _parts(part, content)


def _parts(name: str, content: Any) -> Iterator[tuple[str, _Array]]:
    """The arrays of a part by name, or the part itself if it is one."""
    if isinstance(content, np.ndarray):
        yield name, content
    elif isinstance(content, np.record):
        yield from ((f"{name}.{one}", content[one]) for one in content.dtype.names or ())
    else:
        yield from ((f"{name}.{one}", array) for one, array in zip(content._fields, content, strict=True))


def _grown(part: str, content: Any, snapshot: Snapshot) -> dict[str, _Array]:
    """Arrays of another length than in the snapshot."""
    named = zip(content._fields, content, strict=True)
    return {
        name: snapshot.arrays[f"{part}.{name}"].copy()
        for name, array in named
        if array.shape != snapshot.arrays[f"{part}.{name}"].shape
    }


def _kept(array: _Array, before: _Array | None) -> _Array:
    if before is not None and before.shape == array.shape and before.tobytes() == array.tobytes():
        return before
    return array.copy()


def _used(parts: _Array) -> Iterator[int]:
    return (index for index in range(len(parts)) if parts[index].any())
