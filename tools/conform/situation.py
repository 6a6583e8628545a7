"""Everything of a processor that golden records tell: registers, vectors, memory, rows of the parallel bus."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from hicannx.isa.load import load_isa
from hicannx.isa.semantics.facts import load_facts
from hicannx.isa.semantics.state import load_state
from hicannx.tools.conform.memory import Memory

plain = {"cr": "CR", "lr": "LR", "ctr": "CTR", "msr": "MSR"}  # names of records, and of the semantics
_acc_digits, _lane_digits = 8, 3


def special_names() -> dict[str, int]:
    """Special registers that are plain storage, by the names of records."""
    registers = load_isa().registers.special_registers
    return {name.lower(): one.number for name, one in registers.items() if name not in ("XER", "LR", "CTR")}


@attrs.define
class Situation:
    """A processor and its surroundings at one time; `special` has pc, cr, xer, lr, ctr, msr and special registers.

    `acc` has a word a half lane, `vcr` a code a byte as the semantics have it; `accesses` of the parallel bus are told
    by one executor only. With `power` the processor does what the Power ISA says where silicon is not known.
    """

    special: dict[str, int] = attrs.field(factory=dict)
    gpr: list[int] = attrs.field(factory=lambda: [0] * load_state().arrays["GPR"].count)
    vr: list[bytes] = attrs.field(
        factory=lambda: [bytes(load_facts().vector_bytes) for _ in range(load_state().vector_registers)]
    )
    acc: list[int] = attrs.field(factory=lambda: [0] * load_state().lanes["half"].count)
    vcr: bytes = attrs.field(factory=lambda: bytes(load_state().lanes["byte"].count))
    memory: Memory = attrs.field(factory=Memory)
    rows: dict[int, bytes] = attrs.field(factory=dict)
    accesses: list[tuple[str, int, bytes]] = attrs.field(factory=list)
    sleeping: bool = False
    power: bool = False
    instructions: int = 0


def set_state(situation: Situation, told: Mapping[str, Any]) -> None:
    """Take over what a record tells in `pre` or `post`."""
    numbered = told.get("gpr", {})
    for number, value in numbered.items() if isinstance(numbered, dict) else enumerate(numbered):
        situation.gpr[int(number)] = int(value, 16)
    for name in ("pc", "xer", *plain, *special_names()):
        if name in told:
            situation.special[name] = int(told[name], 16)
    for number, row in told.get("vr", {}).items():
        situation.vr[int(number)] = bytes.fromhex(row)
    if told.get("acc"):
        text = told["acc"]
        situation.acc = [int(text[at : at + _acc_digits], 16) for at in range(0, len(text), _acc_digits)]
    if "vcr" in told:
        situation.vcr = conditions(told["vcr"])
    for address, content in told.get("mem", {}).items():
        situation.memory.put(int(address, 16), bytes.fromhex(content))
    situation.rows.update({int(address, 16): bytes.fromhex(row) for address, row in told.get("pbus", {}).items()})


def conditions(digits: str) -> bytes:
    """Codes of the bytes from nibbles eq, gt, lt of every half lane; the upper two bits are those of the first byte."""
    places = load_state().condition
    codes = bytearray()
    for at in range(0, len(digits), _lane_digits):
        nibbles = dict(
            zip(("eq", "gt", "lt"), (int(digit, 16) for digit in digits[at : at + _lane_digits]), strict=True)
        )
        for shift in (2, 0):
            codes.append(sum((nibble >> shift & 1) << places[name] - 1 for name, nibble in nibbles.items()))
    return bytes(codes)


def copy_of(situation: Situation) -> Situation:
    """Another situation with the same content."""
    return attrs.evolve(
        situation,
        special=dict(situation.special),
        gpr=list(situation.gpr),
        vr=list(situation.vr),
        acc=list(situation.acc),
        memory=situation.memory.copy(),
        rows=dict(situation.rows),
        accesses=list(situation.accesses),
    )
