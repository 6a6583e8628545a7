"""Where the processor and the Power ISA differ by design, so that emulators of both cannot be compared.

Rows with a `deviation` are left out as the description marks them, but for those that a line here narrows down, and
those that do what the Power ISA says with `isa: power`, which is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import attrs

from hicannx.isa.codec import extract
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa

Fields, Registers = Mapping[str, int], list[int]
_registers = load_isa().registers
_sign = 0x80000000


@attrs.frozen
class Exclusion:
    """Instructions `of` some rows with such fields and general registers, and why."""

    reason: str
    of: Callable[[Instruction], bool]
    when: Callable[[Fields, Registers], bool] | None = None  # always


def _named(*names: str) -> Callable[[Instruction], bool]:
    return lambda row: row.name in names


def _divides_badly(fields: Fields, gpr: Registers) -> bool:
    dividend, divisor = gpr[fields["RA"]], gpr[fields["RB"]]
    return divisor == 0 or (dividend == _sign and divisor == 0xFFFFFFFF)


def _moves_elsewhere(fields: Fields, gpr: Registers) -> bool:
    """To or from a special register that is not alike in both."""
    del gpr
    return fields["SPR"] not in {_registers.special_registers[name].number for name in ("XER", "LR", "CTR")}


def _sets_other_bits(fields: Fields, gpr: Registers) -> bool:
    xer = _registers.special_registers["XER"]
    return fields["SPR"] == xer.number and gpr[fields["RS"]] & ~xer.keep != 0


narrower = (
    Exclusion("shifts by 32 to 63 wrap", _named("slw", "srw", "sraw"), lambda f, gpr: gpr[f["RB"]] & 32 != 0),
    Exclusion("the Power ISA leaves these quotients undefined", _named("divw", "divwu"), _divides_badly),
    Exclusion("an invalid form", _named("bcctr"), lambda f, gpr: f["BO"] & 4 == 0),
    Exclusion("an invalid form: the base is loaded", _named("lmw"), lambda f, gpr: f["RA"] >= f["RT"]),
    Exclusion("the same, and what is not aligned is seen by its exception", _named("stmw"), lambda f, gpr: False),
)
others = (
    Exclusion(
        "the processor compares 32 bits whatever L is", lambda row: "L" in row.fields, lambda f, gpr: f["L"] != 0
    ),
    Exclusion(
        "an invalid form: no base is updated, or one that is loaded as well",
        lambda row: row.timing.endswith("_update"),
        lambda f, gpr: f["RA"] == 0 or f["RA"] == f.get("RT"),
    ),
    Exclusion("the processor's XER has three bits", _named("mtspr"), _sets_other_bits),
    Exclusion("special registers of one alone, or free-running ones", _named("mtspr", "mfspr"), _moves_elsewhere),
    Exclusion("the processor that unicorn imitates lacks them", _named("popcntb", "prtyw")),
    Exclusion("the machine state and interrupts are not alike", _named("mfmsr", "mtmsr", "rfi", "rfci", "rfmci")),
)


@cache
def _of(name: str) -> tuple[Exclusion, ...]:
    row = load_isa().instructions[name]
    narrow = tuple(one for one in narrower if one.of(row))
    found = (*narrow, *(one for one in others if one.of(row)))
    if row.deviation and "`isa: power`" not in row.deviation and not narrow:
        return (*found, Exclusion(row.deviation, _named(row.name)))
    return found


def excluded(row: Instruction, word: int, gpr: Registers) -> str:
    """Why an instruction cannot be compared; nothing where it can."""
    fields = extract(row, word)
    return next((one.reason for one in _of(row.name) if one.when is None or one.when(fields, gpr)), "")


def always_excluded(row: Instruction) -> bool:
    """Whether no word of a row can be compared."""
    return any(one.when is None for one in _of(row.name))
