"""One execution under way, and what its places hold."""

from __future__ import annotations

import attrs

from hicannx.isa.semantics import tree
from hicannx.isa.semantics.bits import cut, field_number, field_value, sign_extend, wrap
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.machine import Machine
from hicannx.isa.semantics.names import is_gpr, named_sprs
from hicannx.isa.semantics.program import Program, Role
from hicannx.isa.semantics.state import Lane, Register, load_state, word_bits


class Fault(Exception):  # noqa: N818 - the hardware's word
    """The instruction ends here with an exception of state.yaml."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.code = load_state().exceptions[name]


@attrs.define
class Frame:
    """A program on a word and a machine; vector registers are read as they were `before`."""

    program: Program
    word: int
    machine: Machine
    before: list[bytes]
    locals: dict[str, int] = attrs.field(factory=dict)
    lane: Lane | None = None
    mask: str | None = None

    def number(self, name: str) -> int:
        """The number in a field."""
        return field_number(self.program.fields[name], self.word)

    def enabled(self, mask: str, byte: int) -> bool:
        """True when the condition in field `mask` holds for a byte of the vector."""
        code = self.number(mask)
        return code == load_state().condition["always"] or bool(self.machine.vcr[byte] >> (code - 1) & 1)

    def writable(self, byte: int) -> bool:
        """True when the lane loop around may write this byte."""
        return self.mask is None or self.enabled(self.mask, byte)


def read_name(frame: Frame, node: tree.Name) -> int:
    """The value of a name."""
    name = node.text
    match frame.program.type(node).role:
        case Role.LOCAL:
            return frame.locals[name]
        case Role.GPR:
            return frame.machine.gpr[frame.number(name)]
        case Role.SPR:
            return frame.machine.read_spr(named_sprs()[name])
        case Role.STATE:
            return frame.machine.registers[name]
    return field_value(frame.program.fields[name], frame.word)


def read_cut(frame: Frame, name: str, first: int, last: int) -> int:
    """Bits `first` to `last` of a named word."""
    field = frame.program.fields.get(name)
    if field is not None and not is_gpr(field):
        return cut(frame.number(name), field.msb - field.lsb + 1, first, last)
    if field is not None:
        return cut(frame.machine.gpr[frame.number(name)], word_bits(), first, last)
    return cut(frame.machine.registers[name], load_state().registers[name].width, first, last)


def read_index(frame: Frame, node: tree.Index, index: int) -> int:
    """The value of `name[index]`."""
    found = frame.program.type(node)
    match found.role:
        case Role.ELEMENT if node.name == "GPR":
            return frame.machine.gpr[index]
        case Role.ELEMENT:
            width = found.width or 0
            return cut(frame.machine.registers["CR"], word_bits(), width * index, width * index + width - 1)
        case Role.SPR:
            return frame.machine.read_spr(index)
        case Role.LANE | Role.PIECE:
            width = found.width or 0
            row = frame.before[frame.number(node.name.partition(".")[0])]
            size = width // 8
            return sign_extend(int.from_bytes(row[index * size : (index + 1) * size], "big"), width)
        case Role.ACCUMULATOR:
            return _read_accumulator(frame, index)
        case Role.CONDITION:
            assert frame.lane is not None
            return frame.machine.vcr[index * frame.lane.bytes]
    return read_cut(frame, node.name, index, index)


def _accumulator_place(lane: Lane, index: int) -> tuple[int, int]:
    """The word of the accumulator that holds a lane, and how far to the left; the first lane is leftmost."""
    lanes_per_word = load_state().lanes["half"].accumulator // lane.accumulator
    return index // lanes_per_word, lane.accumulator * (lanes_per_word - 1 - index % lanes_per_word)


def _read_accumulator(frame: Frame, index: int) -> int:
    assert frame.lane is not None
    word, shift = _accumulator_place(frame.lane, index)
    return sign_extend(frame.machine.acc[word] >> shift, frame.lane.accumulator)


def write_name(frame: Frame, node: tree.Name, value: int) -> None:
    """Assign to a name; the value wraps to its width."""
    name = node.text
    match frame.program.type(node).role:
        case Role.LOCAL:
            frame.locals[name] = value
        case Role.GPR:
            frame.machine.gpr[frame.number(name)] = wrap(value, word_bits())
        case Role.SPR:
            frame.machine.write_spr(named_sprs()[name], wrap(value, word_bits()))
        case _:
            register = load_state().registers[name]
            frame.machine.registers[name] = wrap(value, register.width) & kept(register)


def kept(register: Register) -> int:
    """The bits of a register that a write keeps."""
    if register.keep_of:
        return load_facts().machine_state[register.keep_of]
    return (1 << register.width) - 1 if register.keep is None else register.keep


def write_index(frame: Frame, node: tree.Index, index: int, value: int) -> None:
    """Assign to `name[index]`; the value wraps to its width."""
    found = frame.program.type(node)
    match found.role:
        case Role.ELEMENT if node.name == "GPR":
            frame.machine.gpr[index] = wrap(value, found.width or 0)
        case Role.ELEMENT:
            width = found.width or 0
            _write_bits(frame, "CR", word_bits(), word_bits() - width * (index + 1), width, value)
        case Role.BIT:
            width = load_state().registers[node.name].width
            _write_bits(frame, node.name, width, width - 1 - index, 1, value)
        case Role.SPR:
            frame.machine.write_spr(index, wrap(value, word_bits()))
        case Role.LANE | Role.PIECE:
            width = found.width or 0
            row = frame.machine.vr[frame.number(node.name.partition(".")[0])]
            _write_bytes(frame, row, index * width // 8, wrap(value, width).to_bytes(width // 8, "big"))
        case Role.ACCUMULATOR:
            _write_accumulator(frame, index, value)
        case Role.CONDITION:
            assert frame.lane is not None
            for byte in range(frame.lane.bytes):
                frame.machine.vcr[index * frame.lane.bytes + byte] = value


def _write_bits(frame: Frame, name: str, width: int, shift: int, count: int, value: int) -> None:
    mask = (1 << count) - 1 << shift
    old = frame.machine.registers[name]
    frame.machine.registers[name] = wrap(old & ~mask | value << shift & mask, width)


def _write_accumulator(frame: Frame, index: int, value: int) -> None:
    """Each byte of the lane owns an equal part of its accumulator, so the condition acts on parts."""
    lane = frame.lane
    assert lane is not None
    word, shift = _accumulator_place(lane, index)
    part = lane.accumulator // lane.bytes
    for byte in range(lane.bytes):
        if frame.writable(index * lane.bytes + byte):
            at = part * (lane.bytes - 1 - byte)
            mask = (1 << part) - 1 << at + shift
            frame.machine.acc[word] = frame.machine.acc[word] & ~mask | value << shift & mask


def _write_bytes(frame: Frame, row: bytearray, start: int, content: bytes) -> None:
    for offset, byte in enumerate(content):
        if frame.writable(start + offset):
            row[start + offset] = byte
