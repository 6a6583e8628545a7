"""The memory that the next instruction will read and write, from the reference executor on a copy of the registers."""

from __future__ import annotations

from functools import cache

from hicannx.emu import registerfile
from hicannx.emu import state as st
from hicannx.emu.addressspace import read_bytes, window_at
from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.program import Program
from hicannx.isa.semantics.reference import execute
from hicannx.isa.semantics.state import load_state, word_bytes

_memory = "MEM("


def next_accesses(state: st.ChipState, ppu: int) -> list[tuple[int, int, bool]]:
    """Address, number of bytes, and whether it is a write."""
    word = _load(state, ppu, int(state.core[ppu, st.PC]), word_bytes())
    program = _program(word)
    if program is None:
        return []
    found: list[tuple[int, int, bool]] = []

    def load(address: int, size: int) -> int:
        found.append((address, size, False))
        return _load(state, ppu, address, size)

    def store(address: int, size: int, _: int) -> None:
        found.append((address, size, True))

    machine = _copy(state, ppu)
    machine.load, machine.store = load, store
    execute(program, word, machine)
    return found


def _load(state: st.ChipState, ppu: int, address: int, size: int) -> int:
    """What a load from plain memory gives; the Omnibus is left alone."""
    window = window_at(address)
    is_plain = window is not None and window.memory >= 0
    return int.from_bytes(read_bytes(state, ppu, address, size), "big") if is_plain else 0


@cache
def _program(word: int) -> Program | None:
    """What a word does, if that may have to do with memory."""
    row = decode(load_isa(), word)
    if row is None or not row.semantics or _memory not in row.semantics.text:
        return None
    return programs()[row.name]


def _copy(state: st.ChipState, ppu: int) -> Machine:
    machine = Machine(gpr=registerfile.general(state, ppu))
    for name, one in load_state().registers.items():
        if hasattr(st, one.variable.upper()):
            machine.registers[name] = int(state.core[ppu, getattr(st, one.variable.upper())])
    machine.vr = [bytearray(row.tobytes()) for row in state.vr[ppu]]
    return machine
