"""A bare program on one processor, without a playback program around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs
import numpy as np
from numpy.typing import NDArray

from hicannx.diagnostic import Diagnostic, DiagnosticError
from hicannx.emu import state as st
from hicannx.emu.chip import Chip
from hicannx.emu.fault import Locate, nowhere, unknown_words
from hicannx.emu.machine import ppu_cycle_ticks, sram_bytes
from hicannx.emu.observer import Observer
from hicannx.emu.registerfile import accumulator, machine_names, read_register, special_names


@attrs.frozen(eq=False)
class PPUResult:
    """Where a program stopped and what it left.

    `stop` is `sleep`, `limit` or `breakpoint`; `memory` the SRAM as bytes, `vr` [32, 128], `vcr` [128]; `acc` the
    accumulator, 32 bits a lane; `registers` the special registers, CR and MSR by name. `warnings` tell of words that
    were no instructions, and of races.
    """

    stop: str
    pc: int
    cycles: int
    instructions: int
    gpr: NDArray[np.int64]
    vr: NDArray[np.uint8]
    memory: bytes
    warnings: tuple[Diagnostic, ...] = ()
    registers: Mapping[str, int] = attrs.field(factory=dict)
    acc: bytes = b""
    vcr: bytes = b""

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
    until = chip.now_tick + max_cycles * ppu_cycle_ticks
    races: list[Diagnostic] = []
    if check_races:
        from hicannx.emu.races import run_checking

        races = run_checking(chip, 0, until, locate)
    stop = Observer(chip, locate=locate).run(until)
    return final_state(chip, 0, stop.reason, locate, races)


def final_state(
    chip: Chip, ppu: int, stop: str, locate: Locate = nowhere, races: Iterable[Diagnostic] = ()
) -> PPUResult:
    """What a processor holds now; `races` are warnings of the run."""
    state = chip.world.chip
    core = state.core[ppu]
    return PPUResult(
        stop,
        int(core[st.PC]),
        int(core[st.CYCLES]),
        int(core[st.INSTRUCTIONS]),
        state.gpr[ppu].copy(),
        state.vr[ppu].copy(),
        state.sram[ppu].astype(">u4").tobytes(),
        (*unknown_words(state, locate), *races),
        {name: read_register(state, ppu, name) for name in [*machine_names(), *special_names()]},
        accumulator(state, ppu),
        state.vcr[ppu].tobytes(),
    )


def load_image(chip: Chip, image: bytes, ppu: int = 0) -> None:
    """Put a flat image at address 0 of a processor's SRAM; a DiagnosticError (E112) if it does not fit."""
    if len(image) > sram_bytes:
        title = f"the image of {len(image)} bytes does not fit into the {sram_bytes} bytes of the PPU's SRAM"
        raise DiagnosticError([Diagnostic("E112", title, help="link for external memory what need not be fast")])
    words = np.frombuffer(image.ljust(-(-len(image) // 4) * 4, b"\0"), ">u4")
    chip.world.chip.sram[ppu, : len(words)] = words
