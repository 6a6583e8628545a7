"""The machine around the instructions, as registers.yaml states it."""

from __future__ import annotations

import attrs


@attrs.frozen
class SpecialRegister:
    """A special register: bits that a write keeps, and who may access it.

    `moved` says which of the mnemonics mfNAME (r) and mtNAME (w) exist.
    """

    number: int
    access: str
    source: str
    keep: int = 0xFFFFFFFF
    clear_on_write: bool = False
    moved: str = ""


@attrs.frozen
class MachineState:
    """Masks of MSR: bits that exist, bits that survive an interrupt, the bit that enables external ones."""

    keep: int
    kept_on_interrupt: int
    external_interrupts: int


@attrs.frozen
class Interrupt:
    """Address of the vector; priority 1 is the highest; `raised` is False for those that nothing raises.

    `enabled_by` are the bits (`TCR.DIE`) that all have to be set, `pending` is the bit that asks for it. One that is
    `latched` is asked for from outside, which arrives so many cycles later and is forgotten while MSR.EE is 0.
    """

    vector: int
    priority: int | None = None
    raised: bool = True
    enabled_by: tuple[str, ...] = ()
    pending: str = ""
    latched: int = 0


@attrs.frozen
class FixedInterval:
    """The time base bit that ends an interval, for each value of TCR.FP."""

    source: str
    time_base_bits: tuple[int, ...]


@attrs.frozen
class Reset:
    """Values after reset, and what is undefined then."""

    source: str
    values: dict[str, int]
    undefined: tuple[str, ...]


@attrs.frozen
class VectorGeometry:
    """How a vector register is cut."""

    slices: int
    bytes_of_a_slice: int
    source: str


@attrs.frozen
class Registers:
    """Everything in registers.yaml."""

    special_registers: dict[str, SpecialRegister]
    xer: dict[str, int]
    machine_state: MachineState
    exception_syndrome: dict[str, int]
    interrupts: dict[str, Interrupt]
    alignment: dict[str, list[int] | str]
    vector: VectorGeometry
    register_bits: dict[str, dict[str, int | tuple[int, ...]]]
    fixed_interval: FixedInterval
    reset: Reset
    counts: dict[str, int]

    def mask(self, register: str, name: str) -> int:
        """The bits of a field of a register: `mask("TCR", "FP")`."""
        place = self.register_bits[register][name]
        first = place if isinstance(place, int) else place[0]
        return (1 << first + 1) - (1 << self.last(register, name))

    def last(self, register: str, name: str) -> int:
        """The least significant bit of a field of a register."""
        place = self.register_bits[register][name]
        return place if isinstance(place, int) else place[-1]
