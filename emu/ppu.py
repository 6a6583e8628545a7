"""A bare program on one processor, without a playback program around it."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.fault import Locate, nowhere, unknown_words
from hicannx.emu.machine import ppu_cycle_ticks, sram_bytes
from hicannx.emu.races import run_checking


@attrs.frozen(eq=False)
class PPUResult:
    """Where a program stopped: `stop` is `sleep` or `limit`; `memory` is the SRAM as bytes, `vr` [32, 128].

    `warnings` tell of words that were no instructions, and of races.
    """

    stop: str
    pc: int
    cycles: int
    instructions: int
    gpr: NDArray[np.int64]
    vr: NDArray[np.uint8]
    memory: bytes
    warnings: tuple[Diagnostic, ...] = ()

    def word(self, address: int) -> int:
        """The big-endian word at a byte address."""
        return int.from_bytes(self.memory[address : address + 4], "big")


def run_image(
    image: bytes,
    max_cycles: int = 1_000_000_000,
    *,
    locate: Locate = nowhere,
    chip: Chip | None = None,
    isa: str | None = None,
    check_races: bool = False,
) -> PPUResult:
    """Load a flat image at address 0, release the processor and run it until it sleeps or the cycles are used up.

    `isa` is `rtl` or `power`, see `Chip.set_isa`. With `check_races` warnings tell of what silicon may do otherwise,
    and the run takes a thousand times as long. A DiagnosticError tells of an image that is too large (E112) or of an
    access to nothing (E101 to E109).
    """
    chip = chip or Chip()
    load_image(chip, image)
    if isa:
        chip.set_isa(0, isa)
    chip.release_ppu(0)
    state = chip.world.chip
    start = chip.now_tick
    until = start + max_cycles * ppu_cycle_ticks
    races: list[Diagnostic] = []
    if check_races:
        races = run_checking(chip, 0, until, locate)
    else:
        chip.advance_until_asleep(0, until, locate)
    core = state.core[0]
    return PPUResult(
        "sleep" if core[st.SLEEPING] else "limit",
        int(core[st.PC]),
        int(core[st.CYCLES]),
        int(core[st.INSTRUCTIONS]),
        state.gpr[0].copy(),
        state.vr[0].copy(),
        state.sram[0].astype(">u4").tobytes(),
        (*unknown_words(state, locate), *races),
    )


def load_image(chip: Chip, image: bytes, ppu: int = 0) -> None:
    """Put a flat image at address 0 of a processor's SRAM; a DiagnosticError (E112) if it does not fit."""
    if len(image) > sram_bytes:
        title = f"the image of {len(image)} bytes does not fit into the {sram_bytes} bytes of the PPU's SRAM"
        raise DiagnosticError([Diagnostic("E112", title, help="link for external memory what need not be fast")])
    words = np.frombuffer(image.ljust(-(-len(image) // 4) * 4, b"\0"), ">u4")
    chip.world.chip.sram[ppu, : len(words)] = words
