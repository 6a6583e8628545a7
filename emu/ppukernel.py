"""The processor's kernel: its text becomes a module in the kernel folder, compiled in parts that are called by address.

numba cannot cache functions of executed text, therefore the text is a real file beside the compiled code.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

from hicannx.cache import write_atomically
from hicannx.emu.entry import call_now, make_entry
from hicannx.emu.kernelcache import compiled_before, kernel_dir
from hicannx.emu.machine import ppu_count
from hicannx.emu.state import DECODE, FIRST_FAMILY, LINKS, OUTSIDE, PACE, RUN, SAMPLES, ChipState


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


_addresses: dict[int, int] = {}  # by place


def entries() -> dict[int, tuple[Callable[..., int], int]]:
    """What is compiled on its own: by place in `ChipState.entry` the function and how many numbers it takes."""
    from hicannx.emu.outside import outside
    from hicannx.emu.pace import pace

    module = kernel_module()
    families = {FIRST_FAMILY + number: (family, 5) for number, family in enumerate(module.VECTOR_FAMILIES)}
    return {RUN: (module.run, 2), OUTSIDE: (outside, 6), PACE: (pace, 5), DECODE: (module.decode, 3), **families}


def _later_entries() -> dict[int, tuple[Callable[..., int], int]]:
    """What is compiled when a chip needs it first."""
    from hicannx.emu.backend import link
    from hicannx.emu.madc import take_samples

    return {SAMPLES: (take_samples, 2), LINKS: (link, 1)}


def _function(place: int) -> tuple[Callable[..., int], int]:
    later = _later_entries()
    return later[place] if place in later else entries()[place]


def enter_later(chip: ChipState, place: int) -> None:
    """Tell a state where a function is that few need, and compile it if that is to be done."""
    if not chip.entry[place]:
        compile_entries(chip, [place])
        chip.entry[place] = _addresses[place]


def compile_entries(chip: ChipState, places: Iterable[int]) -> None:
    """Compile some of them, for states of this layout."""
    for place in places:
        if place not in _addresses:
            _addresses[place] = make_entry(f"entry-{place}", partial(_function, place), chip)


def enter_known(chip: ChipState) -> None:
    """Tell a state where everything is that has been compiled."""
    for place, address in _addresses.items():
        chip.entry[place] = address


def settle(chip: ChipState) -> None:
    """Bring all that the timing model knows into the scoreboards, which alone tell then what time the rest takes."""
    from hicannx.emu.pace import SETTLE

    for ppu in range(ppu_count):
        call_now(chip.entry[PACE], chip, ppu, SETTLE, 0, 0, 0)


def enter_kernel(chip: ChipState) -> None:
    """Tell a state where its compiled kernel is: `call_entry(chip.entry[RUN], chip, ppu, limit)` runs a processor."""
    compile_entries(chip, compiled_before() or entries())
    enter_known(chip)
    call_now(chip.entry[DECODE], chip, 0, 0, 0)
    chip.decoded[:] = chip.decoded[0, 0]  # nothing is decoded yet, but zeros are right where zeros are
