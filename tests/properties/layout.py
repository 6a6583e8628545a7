"""Where a random program stands in memory, and which registers point to its data at the beginning."""

from __future__ import annotations

from functools import cache

from hicannx.asm.assemble import assemble
from hicannx.emu.machine import sram_bytes
from hicannx.isa.load import load_isa
from hicannx.source import SourceFile

program, data, data_bytes = 0x200, 0x1000, 0x400
bases, indices = range(24, 32), range(16, 24)
ends = (0, data - 4, sram_bytes - 0x40, sram_bytes, 0xFFFFFFC0)  # where memory or numbers end

# Register 13 is theirs. What raises an exception itself is skipped; a timer's request is taken back, or comes again.
_skipping = "mfspr 13, 26\naddi 13, 13, 4\nmtspr 26, 13\nrfi\n"
_returning = {"clear": "addis 13, 0, 0x0c00\nmtspr 336, 13\nrfi\n", "return": "rfi\n"}
manners = tuple(_returning)


@cache
def handlers(manner: str) -> bytes:
    """What handles interrupts in one of the manners, assembled; the program stands behind it."""
    return bytes(assemble(SourceFile("handlers.s", handler_text(manner, hex(program)))).image())


def handler_text(manner: str, begin: str) -> str:
    """The beginning of the memory: a branch to where the program begins and at every vector, and the handlers."""
    lines = [f"b {begin}"]
    for name, one in load_isa().registers.interrupts.items():
        if one.raised and one.vector:
            lines += [f".org {one.vector:#x}", f"b {'asked' if one.enabled_by else 'raised'}  # {name}"]
    return "\n".join([*lines, ".org 0x100", f"raised: {_skipping}", f"asked: {_returning[manner]}"])
