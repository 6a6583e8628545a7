"""A program on one processor of a new chip, or on both: loaded, released, run, with breakpoints or without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hicannx.diagnostic import Diagnostic, DiagnosticError, did_you_mean
from hicannx.isa.semantics.state import word_bits, word_bytes
from hicannx.tools.chip_choice import ChipChoice, nominal
from hicannx.tools.place import locator
from hicannx.tools.program import Program

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip
    from hicannx.emu.observer import Observer, Stop


def start(program: Program, ppus: Sequence[int], step: str = "default", choice: ChipChoice = nominal) -> list[Observer]:
    """A new chip with the program on some of its processors, in front of the first instruction."""
    from hicannx.emu.observer import Observer

    chip = choice.make(step)
    for ppu in ppus:
        load(chip, program, ppu)
        chip.release_ppu(ppu)
    locate = locator(dict.fromkeys(ppus, program))
    return [Observer(chip, ppu, locate) for ppu in ppus]


def load(chip: Chip, program: Program, ppu: int) -> None:
    """Put a program into the memories; a DiagnosticError (E112) if it is too large."""
    from hicannx.emu.addressspace import write_bytes
    from hicannx.emu.ppu import load_image

    load_image(chip, program.image, ppu)
    for address, content in program.outside:
        write_bytes(chip.world.chip, ppu, address, content)


def run_all(observers: Sequence[Observer], max_cycles: int) -> list[Stop]:
    """Run until all sleep, one meets a breakpoint, or the cycles are used up; why each stopped."""
    from hicannx.emu.machine import ppu_cycle_ticks

    limit = observers[0].chip.now_tick + max_cycles * ppu_cycle_ticks
    while True:
        stops = []
        for one in observers:
            stops.append(one.run(limit))
            if stops[-1].reason == "breakpoint":
                return stops + stops[-1:] * (len(observers) - len(stops))
        if any(one.reason == "limit" for one in stops) or all(one.is_asleep for one in observers):
            return stops


def breakpoints(texts: Iterable[str], program: Program) -> set[int]:
    """The addresses of breakpoints, which are numbers or symbols; a DiagnosticError (T210) for anything else."""
    return {_address(text, program) for text in texts}


def _address(text: str, program: Program) -> int:
    symbol = program.symbols.get(text)
    try:
        address = symbol.address if symbol else int(text, 0)
        if not 0 <= address < 1 << word_bits():
            raise ValueError
        if address % word_bytes():
            title = f"no instruction stands at {address:#x}, which is no multiple of {word_bytes()}"
            raise DiagnosticError([Diagnostic("T210", title, help="see the addresses with `hicannx dis`")])
        return address
    except ValueError:
        title = f"`{text}` is neither an address nor a symbol of the program"
        help_text = did_you_mean(text, program.symbols) or "write for example `--break main` or `--break 0x40`"
        raise DiagnosticError([Diagnostic("T210", title, help=help_text)]) from None
