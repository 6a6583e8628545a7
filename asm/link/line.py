"""Source lines of input sections, where the objects have a DWARF line table."""

from __future__ import annotations

from hicannx.asm.link.inputs import InputSection


def line_of(section: InputSection, offset: int) -> str:
    """`file:line` of the instruction at an offset; empty where nothing is known of it."""
    del section, offset
    return ""
