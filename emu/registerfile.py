"""The registers of a processor by their names in the description of the instruction set, as they are right now."""

from __future__ import annotations

import numpy as np

from hicannx.emu import state as st
from hicannx.emu.kernelcache import njit
from hicannx.emu.special import timers
from hicannx.emu.timer import read_timer, write_timer
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import load_state

_word = 0xFFFFFFFF
_described = load_isa().registers
_numbers = {name: one.number for name, one in _described.special_registers.items()}
# Scalar state of the semantics that stands in the core's record, `XER.SO` and its like as parts of a register.
_columns = {
    name: getattr(st, one.variable.upper())
    for name, one in load_state().registers.items()
    if hasattr(st, one.variable.upper())
}
_program_counter = next(name for name, one in load_state().registers.items() if one.variable == "pc")
_flags = {
    "XER": {bit: _columns[f"XER.{name}"] for name, bit in _described.xer.items()},
}
_masks = {name: one.keep for name, one in _described.special_registers.items()} | {
    "MSR": _described.machine_state.keep,
    _program_counter: _word & ~3,
}


def special_names() -> list[str]:
    """The special registers in the order of their numbers."""
    return sorted(_numbers, key=lambda name: _numbers[name])


def machine_names() -> list[str]:
    """Scalar registers that are no special ones."""
    return [name for name in _columns if "." not in name and name not in _numbers and name != "POWER"]


def read_register(state: st.ChipState, ppu: int, name: str) -> int:
    """The value of a special register or of CIA, CR and MSR, unsigned; a KeyError for another name."""
    core = state.core[ppu]
    if name in _flags:
        return sum(int(core[column]) << bit for bit, column in _flags[name].items())
    if name in _columns:
        return int(core[_columns[name]]) & _word
    number = _numbers[name]
    return int(_read_timer(state, ppu, number) if number in timers else state.spr[ppu, number]) & _word


def write_register(state: st.ChipState, ppu: int, name: str, value: int) -> None:
    """Let a register hold a value, under the mask of its bits; a KeyError for an unknown name."""
    core = state.core[ppu]
    value &= _masks.get(name, _word)
    if name in _flags:
        for bit, column in _flags[name].items():
            core[column] = value >> bit & 1
    elif name in _columns:
        core[_columns[name]] = value
    elif _numbers[name] in timers:
        _write_timer(state, ppu, _numbers[name], value)
    else:
        state.spr[ppu, _numbers[name]] = value


def general(state: st.ChipState, ppu: int) -> list[int]:
    """The general registers, unsigned."""
    return [int(one) & _word for one in state.gpr[ppu]]


def scalars(state: st.ChipState, ppu: int) -> dict[str, int]:
    """Scalar state of the semantics by its name there, unsigned."""
    return {name: int(state.core[ppu, column]) & _word for name, column in _columns.items()}


def accumulator(state: st.ChipState, ppu: int) -> bytes:
    """The accumulator as the processor would lay it out in memory: 32 bits a half lane, the first lane first."""
    return bytes(state.acc[ppu].astype(">i4").tobytes())


def set_accumulator(state: st.ChipState, ppu: int, content: bytes) -> None:
    """Replace the accumulator, in the layout of `accumulator`."""
    state.acc[ppu, :] = np.frombuffer(content, ">i4")


@njit
def _read_timer(state: st.ChipState, ppu: int, number: int) -> int:
    core = state.core[ppu]
    return int(read_timer(core, state.spr[ppu], number, core[st.TICK]))


@njit
def _write_timer(state: st.ChipState, ppu: int, number: int, value: int) -> None:
    core = state.core[ppu]
    write_timer(core, state.spr[ppu], number, value, core[st.TICK])
