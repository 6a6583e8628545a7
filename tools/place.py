"""Where a processor stands, told from its program: for the messages of the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hicannx.tools.program import Program

if TYPE_CHECKING:
    from hicannx.emu.fault import Locate


def locator(programs: Mapping[int, Program]) -> Locate:
    """A function from processor and program counter to symbol and source line; `programs` by processor."""
    from hicannx.emu.fault import Place

    def locate(ppu: int, pc: int) -> Place:
        program = programs.get(ppu)
        return Place(program.describe(pc), program.line_at(pc)) if program else Place()

    return locate
