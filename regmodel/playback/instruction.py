"""The playback instruction set and the FPGA's messages as objects, from `instructions.yaml`."""

from __future__ import annotations

from functools import cache, cached_property
from importlib.resources import files

import attrs

from hicannx.cache import cached


@attrs.frozen
class Field:
    """Bits `lsb` to `lsb + width - 1` of a payload; `values` names some of its values, `hex`: read as such."""

    name: str
    lsb: int
    width: int
    default: int | None = None
    values: dict[str, int] = attrs.field(factory=dict)
    doc: str = ""
    hex: bool = False

    @property
    def highest(self) -> int:
        """The largest value that fits."""
        return (1 << self.width) - 1

    @property
    def mask(self) -> int:
        """The field's bits in the payload."""
        return self.highest << self.lsb

    def extract(self, payload: int) -> int:
        """The field's value in a payload."""
        return payload >> self.lsb & self.highest

    def text(self, value: int) -> str:
        """A value to be read: its name, or hexadecimal with all digits, or decimal."""
        for name, number in self.values.items():
            if number == value:
                return name
        return f"0x{value:0{-(-self.width // 4)}x}" if self.hex else str(value)


@attrs.frozen(slots=False)
class Instruction:
    """An instruction to the FPGA or a message from it; `events` spikes or samples are packed into a message.

    `response`: the message that answers it, only if the field `responds_if` is set where one is named. `official` is
    the name of its type in hxcomm; the host keeps answers in one `queue` a kind.
    """

    name: str
    code: int
    payload_bits: int
    fields: tuple[Field, ...]
    source: str
    doc: str
    official: str
    alias: str = ""
    queue: str | None = None
    response: str | None = None
    responds_if: str | None = None
    events: int = 0

    def field(self, name: str) -> Field:
        """The field of that name; KeyError when there is none."""
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def payload_mask(self) -> int:
        """All bits of the payload that belong to a field."""
        mask = 0
        for field in self.fields:
            mask |= field.mask
        return mask

    def extract(self, payload: int) -> dict[str, int]:
        """All field values of a payload."""
        return {field.name: field.extract(payload) for field in self.fields}


@attrs.frozen
class Packing:
    """Widths in bits: link words, message headers with their comma, and the steps of message widths."""

    word_bits: int
    header_bits: int
    comma_bits: int
    to_fpga_step_bits: int
    from_fpga_step_bits: int
    source: str

    @property
    def code_shift(self) -> int:
        """Place of the header in a message of one word."""
        return self.word_bits - self.header_bits

    @property
    def word_bytes(self) -> int:
        """Bytes of a link word."""
        return self.word_bits // 8

    def message_bits(self, message: Instruction) -> int:
        """Width of a message from the FPGA."""
        step = self.from_fpga_step_bits
        return max(self.word_bits, -(-(self.header_bits + message.payload_bits) // step) * step)


@attrs.frozen
class TimeRule:
    """How messages and events are annotated with time, in FPGA cycles, and when a scheduled access is late."""

    cycle_ns: int
    late_us: int
    systime_bits: int
    message_cycles: int
    stamp_bits: int
    stamps_per_cycle: int
    source: str


@attrs.frozen
class OmnibusRule:
    """The address bit that selects the FPGA's side, and the byte enables of a whole word."""

    fpga_space_bit: int
    full_byte_enables: int
    source: str


@attrs.frozen
class JtagRule:
    """The bit of the Omnibus address register behind JTAG that makes an access a read."""

    omnibus_read_bit: int
    source: str


@attrs.frozen(slots=False)
class InstructionTable:
    """Everything in `instructions.yaml`."""

    packing: Packing
    time: TimeRule
    omnibus: OmnibusRule
    jtag: JtagRule
    to_fpga: tuple[Instruction, ...]
    from_fpga: tuple[Instruction, ...]

    @cached_property
    def instructions(self) -> dict[str, Instruction]:
        """Instructions to the FPGA by name."""
        return {one.name: one for one in self.to_fpga}

    @cached_property
    def messages(self) -> dict[str, Instruction]:
        """Messages from the FPGA by name."""
        return {one.name: one for one in self.from_fpga}

    @cached_property
    def instruction_by_code(self) -> dict[int, Instruction]:
        """Instructions to the FPGA by code."""
        return {one.code: one for one in self.to_fpga}

    @cached_property
    def message_by_code(self) -> dict[int, Instruction]:
        """Messages from the FPGA by code."""
        return {one.code: one for one in self.from_fpga}


@cache
def load_instructions() -> InstructionTable:
    """Read `instructions.yaml`, once in a process and parsed once for an unchanged file."""
    resource = files("hicannx.regmodel.playback") / "instructions.yaml"

    def build() -> InstructionTable:
        from hicannx.structure import structure
        from hicannx.yamlsource import load_resource

        return structure(load_resource(resource), InstructionTable)

    return cached("playback", [resource.read_bytes()], build)
