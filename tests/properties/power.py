"""The same case on unicorn, QEMU's processor of the Power ISA, as far as both do the same by design."""

from __future__ import annotations

from functools import cache
from typing import Any

from hicannx.emu import state as st
from hicannx.emu.machine import sram_bytes
from hicannx.emu.special import alignment_vector, program_vector
from hicannx.isa.codec import decode
from hicannx.isa.example import encode_text
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa
from hicannx.tools.conform.memory import Memory
from hicannx.tools.conform.on_kernel import OnKernel, shared_chip
from hicannx.tools.conform.situation import Situation
from properties import layout
from properties.case import Case
from properties.exclusion import excluded

_ppu = 0
_compared = ("pc", "cr", "xer", "lr", "ctr")


def by_kernel(case: Case) -> tuple[Situation, int]:
    """What the kernel makes of it up to the first instruction that is not alike in both, and how many there are."""
    count = _alike(case)
    kernel = OnKernel(case.situation())
    kernel.advance(count)
    return kernel.finish(), count


def _alike(case: Case) -> int:
    kernel, state = OnKernel(case.situation()), shared_chip().world.chip
    core = state.core[_ppu]
    for count in range(3 * len(case.words) + 24):
        if core[st.PC] >= sram_bytes:
            return count
        word = int(state.sram[_ppu, core[st.PC] // 4])
        row = decode(load_isa(), word)
        if row is None or excluded(row, word, state.gpr[_ppu].tolist()):
            return count
        kernel.step()
        has_raised = core[st.PC] in (alignment_vector, program_vector)
        if has_raised or (row.family in ("load", "store") and _is_misplaced(row, word, int(core[st.EFFECTIVE]))):
            return count
    return count + 1


def _is_misplaced(row: Instruction, word: int, last: int) -> bool:
    """Partly outside the memory, or a store to the program: the Power ISA wants `isync` behind it."""
    first = last - 4 * (len(Situation().gpr) - 1 - _first_register(row, word)) if _is_multiple(row) else last
    return not 0 <= first <= last < sram_bytes or (row.family == "store" and first < layout.data)


def _is_multiple(row: Instruction) -> bool:
    return row.timing in ("load_multiple", "store_multiple")


def _first_register(row: Instruction, word: int) -> int:
    return next(field.extract(word) for name, field in row.fields.items() if name in ("RT", "RS"))


_moves, _spare = 0x10000, 0x1000  # a page for two instructions: unicorn itself sets and gets XER without its flags
_set_xer, _get_xer = _moves, _moves + 4


@cache
def _unicorn() -> Any:
    from unicorn import UC_ARCH_PPC, UC_MODE_32, UC_MODE_BIG_ENDIAN, Uc

    machine = Uc(UC_ARCH_PPC, UC_MODE_32 | UC_MODE_BIG_ENDIAN)
    machine.mem_map(0, sram_bytes)
    machine.mem_map(_moves, _spare)
    moves = (encode_text(load_isa(), text) for text in ("mtspr 1, 0", "mfspr 0, 1"))
    machine.mem_write(_moves, b"".join(word.to_bytes(4, "big") for word in moves))
    return machine


def _numbers() -> tuple[list[int], dict[str, int]]:
    """What unicorn calls the general and the other registers."""
    from unicorn import ppc_const

    general = [getattr(ppc_const, f"UC_PPC_REG_{number}") for number in range(len(Situation().gpr))]
    return general, {name: getattr(ppc_const, f"UC_PPC_REG_{name.upper()}") for name in _compared if name != "xer"}


def by_unicorn(case: Case, count: int) -> Situation:
    """What unicorn makes of so many instructions."""
    begin, machine, (general, special) = case.situation(), _unicorn(), _numbers()
    image = _image(begin.memory)
    machine.mem_write(0, image)
    machine.reg_write(general[0], begin.special.get("xer", 0))
    machine.emu_start(_set_xer, _get_xer)
    for number, value in zip(general, begin.gpr, strict=True):
        machine.reg_write(number, value)
    for name, number in special.items():
        machine.reg_write(number, begin.special.get(name, 0))
    if count:
        machine.emu_start(begin.special["pc"], sram_bytes, count=count)
    left = Situation(
        {name: machine.reg_read(number) for name, number in special.items()},
        [machine.reg_read(number) for number in general],
        memory=begin.memory,
    )
    for place, (old, new) in enumerate(zip(image, machine.mem_read(0, sram_bytes), strict=True)):
        if old != new:
            left.memory.content[place] = new
    machine.emu_start(_get_xer, _get_xer + 4)
    left.special["xer"] = machine.reg_read(general[0])
    return left


def _image(memory: Memory) -> bytes:
    image = bytearray(memory.filler * (sram_bytes // len(memory.filler)))
    for address, byte in memory.content.items():
        if address < sram_bytes:
            image[address] = byte
    return bytes(image)


def compared(one: Situation) -> Situation:
    """What both have of a situation."""
    return Situation({name: one.special.get(name, 0) for name in _compared}, one.gpr, memory=one.memory)
