"""A situation carried on by the reference executor."""

from __future__ import annotations

from hicannx.isa.processor import Processor, ring_doorbell, set_pins, step, tick
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.machine import Machine
from hicannx.tools.conform.situation import Situation, plain, special_names


class OnReference:
    """The reference executor as a test bench has it; `situation` is what it began with until `finish`."""

    def __init__(self, situation: Situation) -> None:
        self._situation = situation
        memory = situation.memory
        machine = Machine(load=memory.load, store=memory.store, bus_read=self._bus_read, bus_write=self._bus_write)
        self._processor = Processor(machine)
        self._begin(machine)

    def _begin(self, machine: Machine) -> None:
        told = self._situation
        machine.gpr[:] = told.gpr
        machine.vr[:] = [bytearray(row) for row in told.vr]
        machine.acc[:], machine.vcr[:] = told.acc, told.vcr
        for name, value in told.special.items():
            if name in plain:
                machine.registers[plain[name]] = value
            elif name in special_names():
                spr = load_facts().sprs[name.upper()]
                machine.spr[spr.number] = value if spr.keep is None else value & spr.keep
        machine.write_spr(load_facts().sprs["XER"].number, told.special.get("xer", 0))
        machine.registers["POWER"] = int(told.power)
        machine.pc = told.special["pc"]

    @property
    def cycle(self) -> int:
        """The cycle reached."""
        return self._processor.cycles

    @property
    def pc(self) -> int:
        """Where it stands."""
        return self._processor.machine.pc

    def idle(self, cycles: int) -> None:
        """Cycles without an instruction."""
        for _ in range(cycles):
            tick(self._processor)

    def step(self) -> None:
        """One instruction."""
        step(self._processor)

    def advance(self, cycle: int) -> None:
        """Go on to a cycle."""
        while self._processor.cycles < cycle:
            step(self._processor)

    def advance_until_asleep(self, cycle: int) -> None:
        """Go on until it sleeps, at most to a cycle."""
        while self._processor.cycles < cycle and not self._processor.machine.sleeping:
            step(self._processor)

    def signal(self, name: str, value: int) -> None:
        """Input pins, or the doorbell."""
        if name == "gin":
            set_pins(self._processor, value)
        elif value:
            ring_doorbell(self._processor)

    def finish(self) -> Situation:
        """The situation as it is now."""
        now, machine = self._situation, self._processor.machine
        now.gpr, now.acc = list(machine.gpr), list(machine.acc)
        now.vr, now.vcr = [bytes(row) for row in machine.vr], bytes(machine.vcr)
        now.special = {name: machine.spr.get(number, 0) for name, number in special_names().items()}
        now.special |= {name: machine.registers[register] for name, register in plain.items()}
        now.special["xer"] = machine.read_spr(load_facts().sprs["XER"].number)
        now.special["pc"], now.sleeping = machine.pc, machine.sleeping
        now.instructions = self._processor.instructions
        return now

    def _bus_read(self, address: int) -> bytes:
        row = self._situation.rows.get(address, bytes(load_facts().vector_bytes))
        self._situation.accesses.append(("rd", address, bytes([1] * len(row))))
        return row

    def _bus_write(self, address: int, row: bytes, enable: bytes) -> None:
        self._situation.accesses.append(("wr", address, enable))
        old = self._situation.rows.get(address, bytes(len(row)))
        pairs = zip(row, enable, old, strict=True)
        self._situation.rows[address] = bytes(new if on else was for new, on, was in pairs)
