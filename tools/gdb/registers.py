"""Registers by gdb's numbers, as bytes in the order of the processor's memory."""

from __future__ import annotations

import numpy as np

from hicannx.emu import registerfile
from hicannx.emu import state as st
from hicannx.tools.gdb.description import Register, registers


def read(state: st.ChipState, ppu: int, one: Register) -> bytes:
    """The content of a register."""
    match one.kind, one.source:
        case "general", int(number):
            value = registerfile.general(state, ppu)[number]
        case "scalar", str(name):
            value = registerfile.read_register(state, ppu, name)
        case "vector", int(number):
            return bytes(state.vr[ppu, number])
        case "accumulator", _:
            return registerfile.accumulator(state, ppu)
        case _:
            return bytes(state.vcr[ppu])
    return value.to_bytes(one.bits // 8, "big")


def write(state: st.ChipState, ppu: int, one: Register, content: bytes) -> None:
    """Replace the content of a register; a ValueError where it has another length."""
    if len(content) != one.bits // 8:
        raise ValueError(f"{len(content)} bytes for {one.name}")
    match one.kind, one.source:
        case "general", int(number):
            state.gpr[ppu, number] = int.from_bytes(content, "big")
        case "scalar", str(name):
            registerfile.write_register(state, ppu, name, int.from_bytes(content, "big"))
        case "vector", int(number):
            state.vr[ppu, number] = np.frombuffer(content, np.uint8)
        case "accumulator", _:
            registerfile.set_accumulator(state, ppu, content)
        case _:
            state.vcr[ppu] = np.frombuffer(content, np.uint8)


def general_set() -> list[Register]:
    """The registers of which gdb wants all at once: those of a word."""
    return [one for one in registers() if one.kind in ("general", "scalar")]
