"""A processor around the reference executor: fetch, time, interrupts, sleep; slow and obvious.

Time goes on cycle by cycle; every instruction takes one.
"""

from __future__ import annotations

from functools import cache

import attrs

from hicannx.isa.codec import decode
from hicannx.isa.effect import Effect, emulated_effects
from hicannx.isa.load import load_isa
from hicannx.isa.registers import Registers
from hicannx.isa.semantics.bits import wrap
from hicannx.isa.semantics.load import load_programs, require_program
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.program import Program
from hicannx.isa.semantics.reference import execute
from hicannx.isa.semantics.state import load_state, word_bits, word_bytes


@attrs.define
class Processor:
    """A machine in time; `requests` are the latched interrupts by name. The time base stands in the machine's `spr`."""

    machine: Machine
    cycles: int = 0
    instructions: int = 0
    requests: set[str] = attrs.field(factory=set)


class NoSemanticsError(Exception):
    """An instruction whose result never arrives on the processor: its row has no semantics."""


def step(processor: Processor) -> None:
    """One instruction, or one cycle of sleep; an interrupt that can be taken goes first.

    A NoSemanticsError leaves the processor in front of an instruction that never ends; an interrupt has been taken.
    """
    machine = processor.machine
    if machine.sleeping:
        if not _wakes(processor):
            tick(processor)
            return
        machine.sleeping = False
        if _is_enabled(machine):  # the interrupt comes, and returns to the wait
            machine.pc -= word_bytes()
    _take_interrupt(processor)
    _execute(processor)
    processor.instructions += 1
    tick(processor)


def _execute(processor: Processor) -> None:
    """Execute the word at the pc, enter the handler of an exception."""
    machine = processor.machine
    pc = machine.pc
    word = machine.load(pc, word_bytes())
    instruction = decode(load_isa(), word)
    before = _interval_bit(machine)
    if instruction is None:
        _execute_unknown(machine, word)
    elif instruction.semantics is None:
        raise NoSemanticsError(f"`{instruction.name}` at {pc:#x} never ends")
    else:
        execute(programs()[instruction.name], word, machine)
    if _interval_bit(machine) > before:
        _set(machine, "TSR", _mask("TSR.FIS"))
    if machine.exception:
        (name,) = (name for name, code in load_state().exceptions.items() if code == machine.exception)
        _enter(processor, name, pc)
        _assign(machine, "ESR", _registers().exception_syndrome["trap" if name == "program" else name])


def _execute_unknown(machine: Machine, word: int) -> None:
    """What words still do that are no instruction."""
    pc, machine.exception = machine.pc, load_state().exceptions["none"]
    for effect, program in _effects():
        if word & effect.mask == effect.match:
            execute(program, word, machine)
            machine.pc = pc
    machine.pc = wrap(pc + word_bytes(), word_bits())


def tick(processor: Processor) -> None:
    """One cycle of the timers."""
    processor.cycles += 1
    machine = processor.machine
    before = _interval_bit(machine)
    low = wrap(_read(machine, "TBL") + 1, word_bits())
    _assign(machine, "TBL", low)
    if low == 0:
        _assign(machine, "TBU", wrap(_read(machine, "TBU") + 1, word_bits()))
    if _interval_bit(machine) > before:
        _set(machine, "TSR", _mask("TSR.FIS"))
    count = _read(machine, "DEC")
    if count == 1:
        _set(machine, "TSR", _mask("TSR.DIS"))
        _assign(machine, "DEC", _read(machine, "DECAR") if _is_set(machine, "TCR.ARE") else 0)
    elif count:
        _assign(machine, "DEC", count - 1)


def _interval_bit(machine: Machine) -> int:
    """The bit of the time base that ends an interval when it rises."""
    place = (_read(machine, "TCR") & _mask("TCR.FP")) >> _registers().last("TCR", "FP")
    return _read(machine, "TBL") >> _registers().fixed_interval.time_base_bits[place] & 1


def set_pins(processor: Processor, value: int) -> None:
    """Set the input pins; an edge that finds MSR.EE = 0 is lost."""
    machine = processor.machine
    changed = value ^ _read(machine, "GIN")
    _assign(machine, "GIN", value)
    if _is_enabled(machine) and _active_pins(machine) & ~_field(machine, "sense_level") & changed:
        processor.requests.add("external_input")


def ring_doorbell(processor: Processor) -> None:
    """Ring the doorbell; that is lost with MSR.EE = 0."""
    if _is_enabled(processor.machine):
        processor.requests.add("doorbell")


def _active_pins(machine: Machine) -> int:
    """Enabled pins that stand at the level that they trigger at."""
    return (_read(machine, "GIN") ^ _field(machine, "trigger_low")) & _field(machine, "pin_enable")


def _field(machine: Machine, name: str) -> int:
    return (_read(machine, "ICCR") & _registers().mask("ICCR", name)) >> _registers().last("ICCR", name)


def _asking(processor: Processor) -> list[str]:
    """The asynchronous interrupts that ask, MSR.EE aside, first things first."""
    machine = processor.machine
    asking = set(processor.requests)
    if _active_pins(machine) & _field(machine, "sense_level"):
        asking.add("external_input")
    for name, one in _registers().interrupts.items():
        enabling = [bit for bit in one.enabled_by if not bit.startswith("MSR.")]
        if one.pending and _is_set(machine, one.pending) and all(_is_set(machine, bit) for bit in enabling):
            asking.add(name)
    return sorted(asking, key=lambda name: _registers().interrupts[name].priority or 0)


def _wakes(processor: Processor) -> bool:
    """Timers wake the processor with MSR.EE = 0, too."""
    asking = _asking(processor)
    if _is_enabled(processor.machine):
        return bool(asking)
    return any(_registers().interrupts[name].pending for name in asking)


def _take_interrupt(processor: Processor) -> None:
    if not _is_enabled(processor.machine):
        processor.requests.clear()
    elif asking := _asking(processor):
        _enter(processor, asking[0], processor.machine.pc)


def _enter(processor: Processor, name: str, back: int) -> None:
    machine = processor.machine
    _assign(machine, "SRR0", back)
    _assign(machine, "SRR1", machine.registers["MSR"])
    machine.registers["MSR"] &= _registers().machine_state.kept_on_interrupt
    machine.pc = _registers().interrupts[name].vector
    processor.requests.clear()


def _is_enabled(machine: Machine) -> bool:
    return bool(machine.registers["MSR"] & _registers().machine_state.external_interrupts)


def _is_set(machine: Machine, bit: str) -> bool:
    return bool(_read(machine, bit.partition(".")[0]) & _mask(bit))


def _mask(bit: str) -> int:
    register, _, name = bit.partition(".")
    return _registers().mask(register, name)


def _read(machine: Machine, name: str) -> int:
    return machine.spr.get(_registers().special_registers[name].number, 0)


def _assign(machine: Machine, name: str, value: int) -> None:
    machine.spr[_registers().special_registers[name].number] = value


def _set(machine: Machine, name: str, bits: int) -> None:
    _assign(machine, name, _read(machine, name) | bits)


def _registers() -> Registers:
    return load_isa().registers


@cache
def programs() -> dict[str, Program]:
    """What each instruction does, by its name."""
    return load_programs(load_isa().instructions)


@cache
def _effects() -> list[tuple[Effect, Program]]:
    return [(effect, require_program(one)) for effect, one in emulated_effects(load_isa())]
