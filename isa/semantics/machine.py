"""A plain machine for the reference executor: Python integers and bytearrays."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from hicannx.isa.semantics.facts import Spr, load_facts
from hicannx.isa.semantics.state import load_state


def _bytes(address: int, size: int) -> int:
    raise NotImplementedError(f"no memory is attached: load of {size} at {address:#x}")


def _store(address: int, size: int, value: int) -> None:
    raise NotImplementedError(f"no memory is attached: store of {value:#x} to {size} at {address:#x}")


def _bus_read(address: int) -> bytes:
    raise NotImplementedError(f"no parallel bus is attached: read at {address:#x}")


def _bus_write(address: int, row: bytes, enable: bytes) -> None:
    raise NotImplementedError(f"no parallel bus is attached: write of {len(row)}, {sum(enable)} at {address:#x}")


@attrs.define
class Machine:
    """State of one processor; memory and parallel bus are callbacks.

    `vr` holds what the caller puts there (the chip does not reset it); `acc` one unsigned 32-bit word a half lane;
    `vcr` one code a byte. `exception` is a value of state.yaml's exceptions after an instruction that raised one.
    """

    gpr: list[int] = attrs.field(factory=lambda: [0] * load_state().arrays["GPR"].count)
    registers: dict[str, int] = attrs.field(factory=lambda: dict.fromkeys(load_state().registers, 0))
    spr: dict[int, int] = attrs.field(factory=dict)
    vr: list[bytearray] = attrs.field(
        factory=lambda: [bytearray(load_facts().vector_bytes) for _ in range(load_state().vector_registers)]
    )
    acc: list[int] = attrs.field(factory=lambda: [0] * load_state().lanes["half"].count)
    vcr: bytearray = attrs.field(factory=lambda: bytearray(load_state().lanes["byte"].count))
    load: Callable[[int, int], int] = _bytes
    store: Callable[[int, int, int], None] = _store
    bus_read: Callable[[int], bytes] = _bus_read
    bus_write: Callable[[int, bytes, bytes], None] = _bus_write
    exception: int = 0
    sleeping: bool = False

    @property
    def pc(self) -> int:
        """Address of the instruction, later of the next one."""
        return self.registers["CIA"]

    @pc.setter
    def pc(self, address: int) -> None:
        self.registers["CIA"] = address

    def read_spr(self, number: int) -> int:
        """A special register by number; 0 for one that is not there or cannot be read."""
        name = _by_number().get(number)
        if name == "XER":
            return sum(self.registers[state] << bit for state, bit in load_facts().xer.items())
        if name in self.registers:
            return self.registers[name]
        spr = load_facts().sprs[name] if name else None
        return self.spr.get(number, 0) if spr and spr.readable else 0

    def write_spr(self, number: int, value: int) -> None:
        """Write a special register by number; nothing happens for one that is not there."""
        name = _by_number().get(number)
        if name == "XER":
            self.registers.update({state: value >> bit & 1 for state, bit in load_facts().xer.items()})
        elif name in self.registers:
            self.registers[name] = value
        elif name:
            self._write_plain(load_facts().sprs[name], value)

    def _write_plain(self, spr: Spr, value: int) -> None:
        if spr.clear_on_write:
            self.spr[spr.number] = self.spr.get(spr.number, 0) & ~value
        elif spr.writable:
            self.spr[spr.number] = value if spr.keep is None else value & spr.keep


def _by_number() -> dict[int, str]:
    return {spr.number: name for name, spr in load_facts().sprs.items()}
