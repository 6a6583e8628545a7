"""Programs with code outside the processor's own memory, executed instruction by instruction on a plain machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from hicannx.asm.link.link import Linked
from hicannx.isa.codec import decode
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.reference import execute
from hicannx.tools.conform.memory import Memory

_word_bytes = 4


@attrs.frozen
class Stopped:
    """Where a program stopped and what it left: `pc` behind the last instruction, `word` to look at an address."""

    stop: str
    pc: int
    instructions: int
    gpr: Sequence[int]
    word: Callable[[int], int]


def step_through(program: Linked, most: int) -> Stopped:
    """Execute from the entry until the program sleeps, meets no instruction or an exception, or `most` instructions."""
    memory = Memory()
    for segment in program.segments:
        memory.put(segment.address, bytes(segment.data))
    machine = Machine(load=memory.load, store=memory.store)
    machine.pc = program.entry
    stop, count = "", 0
    while not stop and count < most:
        stop = _step(machine, memory)
        count += 1
    return Stopped(stop or "limit", machine.pc, count, machine.gpr, lambda address: memory.load(address, _word_bytes))


def _step(machine: Machine, memory: Memory) -> str:
    """Execute one instruction; why it was the last one."""
    word = memory.load(machine.pc, _word_bytes)
    instruction = decode(load_isa(), word)
    if instruction is None:
        return f"no instruction: {word:#010x}"
    execute(programs()[instruction.name], word, machine)
    if machine.exception:
        return f"exception {machine.exception}"
    return "sleep" if machine.sleeping else ""
