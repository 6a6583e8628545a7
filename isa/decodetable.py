"""Decoding as table look-up: `table[base[p] + (word >> shift[p] & mask[p])]` with p the primary opcode."""

from __future__ import annotations

from hicannx.isa.instruction import Instruction
from hicannx.isa.instructionset import InstructionSet

DecodeTable = dict[str, list[int]]


def decode_table(isa: InstructionSet) -> DecodeTable:
    """`BASE`, `SHIFT`, `MASK` with an entry for each primary opcode, and `TABLE` with row numbers, -1 for no row.

    Rows that differ outside the extended opcode share an entry, which names the first of them: see `siblings`.
    """
    result: DecodeTable = {"BASE": [], "SHIFT": [], "MASK": [], "TABLE": []}
    numbers = {name: number for number, name in enumerate(isa.instructions)}
    for opcode in range(1 << isa.opcode.width):
        rows = isa.by_opcode.get(opcode, ())
        shift, mask = _window(rows)
        result["BASE"].append(len(result["TABLE"]))
        result["SHIFT"].append(shift)
        result["MASK"].append(mask)
        for value in range(mask + 1):
            chosen = [one for one in rows if _fits(one, value << shift, mask << shift)]
            result["TABLE"].append(numbers[chosen[0].name] if chosen else -1)
    return result


def siblings(isa: InstructionSet) -> dict[str, list[Instruction]]:
    """For the first row of a shared entry of the decode table the other rows of that entry."""
    shared: dict[str, list[Instruction]] = {}
    for rows in isa.by_opcode.values():
        shift, mask = _window(rows)
        for index, one in enumerate(rows):
            inside = mask << shift & one.mask
            later = [two for two in rows[index + 1 :] if two.mask & inside and (two.match ^ one.match) & inside == 0]
            if later and not any(one in group for group in shared.values()):
                shared[one.name] = later
    return shared


def _fits(one: Instruction, bits: int, window: int) -> bool:
    return bits & one.mask & window == one.match & window


def _window(rows: tuple[Instruction, ...]) -> tuple[int, int]:
    """The smallest run of bits that holds all extended opcodes."""
    together = 0
    for one in rows:
        if "xo" in one.format.fields:
            together |= one.format.fields["xo"].mask
    if not together:
        return 0, 0
    shift = (together & -together).bit_length() - 1
    return shift, (1 << (together >> shift).bit_length()) - 1
