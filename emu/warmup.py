"""Compilation of the kernels ahead of the first run, in two processes, since numba compiles in one thread."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import hicannx
from hicannx.emu.advance import advance
from hicannx.emu.kernelcache import note_compiled
from hicannx.emu.omnibus import control_ppu
from hicannx.emu.play import CURSOR_COLUMNS, REGISTERS, Playback, play
from hicannx.emu.ppukernel import compile_entries, entries
from hicannx.emu.prepared import place_of
from hicannx.emu.state import FIRST_FAMILY, OUTSIDE, PACE, RUN
from hicannx.emu.world import World, new_world

# To take leave of a compiler's objects would take the second process a second.
_other = "import os; from hicannx.emu.warmup import compile_share; compile_share(); os._exit(0)"
# What the second process compiles; both take about the same time.
_share = (RUN, OUTSIDE, PACE, FIRST_FAMILY)


def compile_kernels(world: World) -> None:
    """Compile all that a run needs, and tell on standard error that this takes a while."""
    print("compiling the emulator's kernels, once for this version: some 20 s ...", file=sys.stderr)
    search_path = os.pathsep.join([str(Path(hicannx.__file__).parent.parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": search_path}
    other = subprocess.Popen([sys.executable, "-c", _other], env=environment, stderr=subprocess.DEVNULL)
    try:
        with _keeping_all():
            _compile_events()
            _compile_playback(world)
            compile_entries(world.chip, set(entries()) - set(_share))
    finally:
        other.wait()  # had it failed, its share would be compiled here
    note_compiled(entries())


def compile_share() -> None:
    """The share of the second process: scalar instructions, their time, what they seldom need, families of vectors."""
    chip = new_world().chip
    with _keeping_all():
        compile_entries(chip, _share)


@contextmanager
def _keeping_all() -> Iterator[None]:
    """Without the search for garbage: a compiler's objects live long, and to look at them again takes a fifth more."""
    was_searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # or the first search would look at all of them
        if was_searching:
            gc.enable()


def _compile_playback(world: World) -> None:
    program = Playback(
        np.zeros(0, np.uint8),
        np.zeros(0, np.int64),
        np.zeros(CURSOR_COLUMNS, np.int64),
        np.zeros((1, 3), np.int64),
        np.zeros(REGISTERS, np.int64),
        np.zeros(place_of(3), np.int64),
    )
    play(world, program, 0)


def _compile_events() -> None:
    """Neurons, routing and the lock-step, by using them once on a world of their own."""
    world = new_world()
    advance(world, 0)
    control_ppu(world.chip, 0, 0, 0)
