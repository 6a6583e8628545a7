"""The processor's kernel: its text becomes a module in the kernel folder, compiled in parts that are called by address.

numba cannot cache functions of executed text, therefore the text is a real file beside the compiled code.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from typing import Any

from hicannx.cache import write_atomically
from hicannx.emu.entry import call_now, make_entry
from hicannx.emu.kernelcache import kernel_dir
from hicannx.emu.machine import ppu_count
from hicannx.emu.outside import outside
from hicannx.emu.pace import SETTLE, pace
from hicannx.emu.state import DECODE, FIRST_FAMILY, OUTSIDE, PACE, RUN, ChipState


@cache
def kernel_module() -> Any:
    """The module of the kernel, generated when this content has none yet."""
    path = kernel_dir() / "ppu_kernel.py"
    if not path.exists():
        from hicannx.emu.kerneltext import kernel_source

        write_atomically(path, kernel_source().encode())
    name = f"hicannx_kernel_{kernel_dir().name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_entries: dict[int, Any] = {}  # by place; their addresses are good while they live


def compile_run(chip: ChipState) -> None:
    """Compile the loop with the scalar instructions, for states of this layout."""
    if RUN not in _entries:
        _entries[RUN] = make_entry(kernel_module().run, chip, 2)


def compile_outside(chip: ChipState) -> None:
    """Compile what the instructions seldom need: other memory, the timing model, decoding."""
    if OUTSIDE not in _entries:
        _entries[OUTSIDE] = make_entry(outside, chip, 6)
        _entries[PACE] = make_entry(pace, chip, 5)
        _entries[DECODE] = make_entry(kernel_module().decode, chip, 3)


def compile_families(chip: ChipState, which: slice = slice(None)) -> None:
    """Compile families of vector instructions, each on its own."""
    for number, family in list(enumerate(kernel_module().VECTOR_FAMILIES))[which]:
        if FIRST_FAMILY + number not in _entries:
            _entries[FIRST_FAMILY + number] = make_entry(family, chip, 5)


def settle(chip: ChipState) -> None:
    """Bring all that the timing model knows into the scoreboards, which alone tell then what time the rest takes."""
    for ppu in range(ppu_count):
        call_now(chip.entry[PACE], chip, ppu, SETTLE, 0, 0, 0)


def enter_kernel(chip: ChipState) -> None:
    """Tell a state where its compiled kernel is: `call_entry(chip.entry[RUN], chip, ppu, limit)` runs a processor."""
    compile_run(chip)
    compile_outside(chip)
    compile_families(chip)
    for place, one in _entries.items():
        chip.entry[place] = one.address
    call_now(chip.entry[DECODE], chip, 0, 0, 0)
    chip.decoded[:] = chip.decoded[0, 0]  # nothing is decoded yet, but zeros are right where zeros are
