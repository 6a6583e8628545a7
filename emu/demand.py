"""What the timing model has to know of an instruction word: what it waits for and what it gives; see score.py."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hicannx.cache import cached
from hicannx.emu.kernelcache import inner
from hicannx.emu.score import (
    CONDITION,
    CONDITIONS,
    CTR,
    DIVIDER,
    FLAGS_SHIFT,
    GENERAL,
    GIVES,
    JUMPS_ON,
    LR,
    NOTHING,
    OTHER,
    READS_ACC,
    READS_VCR,
    SECOND_SHIFT,
    TARGET_SHIFT,
    VA_SHIFT,
    VB_SHIFT,
    VT_SHIFT,
    WAITS,
    WRITES_ACC,
    WRITES_VCR,
    WRITES_XER,
    Row,
)
from hicannx.isa.decodetable import decode_table, siblings
from hicannx.isa.effect import unknown_timing
from hicannx.isa.load import isa_content, load_isa
from hicannx.isa.timing import load_model, timing_classes

if TYPE_CHECKING:
    from hicannx.isa.instruction import Instruction
    from hicannx.isa.semantics.program import Program
    from hicannx.isa.semantics.usage import Use

# Kinds of uses, and columns of a row of `Demands.uses`.
_NONE, _SCALAR, _SPECIAL, _VECTOR, _FLAG = range(5)
_KIND, _BASE, _SHIFT, _MASK, _WRITE, _OR_ZERO, _WHEN, _MATCH = range(8)
_most_uses = 16
_fixed = {"LR": LR, "CTR": CTR, "MSR": OTHER, "CRS": CONDITIONS}
_flags = {("ACC", False): READS_ACC, ("ACC", True): WRITES_ACC, ("VCR", False): READS_VCR, ("VCR", True): WRITES_VCR}
_flags[("XER", True)] = WRITES_XER


class Demands(NamedTuple):
    """What rows of the instruction tables use, [row, use, column], and their classes; the decode table; rows that share
    an entry of it with an earlier one, as (its row, mask, match, row); the resource of each special register as a word
    numbers them, and the number of XER; where loads and stores of several registers have the first, and the base."""

    uses: NDArray[np.int64]
    classes: NDArray[np.int64]
    bases: NDArray[np.int64]
    shifts: NDArray[np.int64]
    masks: NDArray[np.int64]
    entries: NDArray[np.int64]
    shared: NDArray[np.int64]
    special: NDArray[np.int64]
    xer: int
    first_shift: int
    base_shift: int


@cache
def load_demands() -> Demands:
    """The tables, from the cache if these instructions have been there before."""
    return cached("demands", isa_content(), _build)


def _build() -> Demands:
    from hicannx.isa.field import swap_halves
    from hicannx.isa.semantics.load import load_programs

    isa = load_isa()
    rows, programs = list(isa.instructions.values()), load_programs(isa.instructions)
    uses = np.zeros((len(rows), _most_uses, 8), np.int64)
    for number, row in enumerate(rows):
        for place, use in enumerate(_uses_of(row, programs.get(row.name))):
            uses[number, place] = _entry(row, use)
    groups = siblings(isa).items()
    shared = [(rows.index(isa.instructions[name]), one) for name, group in groups for one in group]
    table = [(first, one.mask, one.match, rows.index(one)) for first, one in shared] or [(-1, 0, 0, 0)]
    field = next(one for row in rows for one in row.fields.values() if one.swapped)
    named = {name: swap_halves(one.number, field.width) for name, one in isa.registers.special_registers.items()}
    special = np.full(isa.registers.counts["special"], OTHER, np.int64)
    special[named["LR"]], special[named["CTR"]] = LR, CTR
    classes = np.array([timing_classes().index(row.timing) for row in rows], np.int64)
    decoding = decode_table(isa)
    base, shift, mask, entry = (np.array(decoding[name], np.int64) for name in ("BASE", "SHIFT", "MASK", "TABLE"))
    several = next(row.fields for row in rows if row.timing == "store_multiple")
    places = named["XER"], several["RS"].lsb, several["RA"].lsb
    return Demands(uses, classes, base, shift, mask, entry, np.array(table, np.int64), special, *places)


def _entry(row: Instruction, use: Use) -> list[int]:
    """A row of `Demands.uses`; condition bits stand four to a field."""
    field = row.fields.get(use.field)
    shift, mask = (field.lsb, (1 << field.msb - field.lsb + 1) - 1) if field else (0, 0)
    kind, base = _SCALAR, _fixed.get(use.what, 0)
    if use.what == "VR":
        kind = _VECTOR
    elif use.what == "SPR":
        kind = _SPECIAL
    elif use.what == "CR":
        base, shift, mask = CONDITION, shift + 2, mask >> 2
    elif use.what == "CRF":
        base = CONDITION
    elif (use.what, use.write) in _flags:
        kind, base = _FLAG, _flags[use.what, use.write]
    elif use.what == "XER":
        kind = _NONE  # the writer has made everything wait
    return [kind, base, shift, mask, use.write, use.or_zero, use.when.mask, use.when.match]


def _uses_of(row: Instruction, program: Program | None) -> list[Use]:
    """General registers first; RT is written and others are read where the semantics names none, or a counter does."""
    from hicannx.isa.semantics.usage import Use, When, uses

    found = list(uses(program)) if program else []
    told = {use.field for use in found}
    for name, field in row.fields.items():
        if field.kind in ("gpr", "gpr_or_zero") and name not in told:
            found.append(Use("GPR", name, name == "RT", field.kind == "gpr_or_zero", When()))
    return sorted(found, key=lambda use: use.what != "GPR")


_classes, opcode_shift = timing_classes(), load_isa().opcode.lsb
_uses, row_classes, bases, shifts, masks, entries, _shared, _special, _xer, first_shift, base_shift = load_demands()
unknown_class = _classes.index(unknown_timing())
idle = np.array(load_model().scalar.idle_words, np.int64)
idle_class, divide_class = _classes.index("absent"), _classes.index("divide")

taken_to_next = np.array([(one.mask, one.match) for one in load_model().branches.taken_to_next], np.int64)
all_conditions = sum(1 << field for field in range(CONDITION, LR))
_nothing = sum(NOTHING << one for one in (TARGET_SHIFT, SECOND_SHIFT, VA_SHIFT, VB_SHIFT, VT_SHIFT))


@inner
def first_row(word: int) -> int:
    """The row of a word as the decode table has it, which is the first of those that share an entry; -1 for none."""
    primary = word >> opcode_shift
    return int(entries[bases[primary] + (word >> shifts[primary] & masks[primary])])


@inner
def find_row(word: int) -> int:
    """The row of a word, -1 for none."""
    row = first_row(word)
    for number in range(len(_shared)):
        if _shared[number, 0] == row and word & _shared[number, 1] == _shared[number, 2]:
            return int(_shared[number, 3])
    return row


@inner
def demand(word: int, d: Row) -> None:
    """Fill in what a word waits for and what it gives."""
    row, kind = find_row(word), unknown_class
    d[WAITS], d[GIVES] = 0, _nothing
    if row >= 0:
        kind = row_classes[row]
        is_idle = False
        for number in idle:
            is_idle = is_idle or word == number
        if is_idle:
            kind = idle_class
        else:
            _add_uses(word, row, d)
    if kind == divide_class:
        d[WAITS] |= np.int64(1) << DIVIDER
    d[GIVES] |= kind


@inner
def _add_uses(word: int, row: int, d: Row) -> None:
    for place in range(_most_uses):
        use = _uses[row, place]
        value = word >> use[_SHIFT] & use[_MASK]
        if word & use[_WHEN] != use[_MATCH] or (use[_OR_ZERO] and value == 0):
            continue
        if use[_KIND] == _FLAG:
            d[GIVES] |= use[_BASE] << FLAGS_SHIFT
        elif use[_KIND] == _VECTOR:
            _add_vector(d, value, use[_WRITE])
        elif use[_KIND] != _NONE:
            _add_scalar(d, use[_KIND], use[_BASE] + value, use[_WRITE])
    for number in range(len(taken_to_next)):
        if word & taken_to_next[number, 0] == taken_to_next[number, 1]:
            d[GIVES] |= np.int64(JUMPS_ON) << FLAGS_SHIFT


@inner
def _add_vector(d: Row, value: int, write: int) -> None:
    if write:
        _put(d, VT_SHIFT, value)
    else:
        _put(d, VA_SHIFT if d[GIVES] >> VA_SHIFT & NOTHING == NOTHING else VB_SHIFT, value)


@inner
def _put(d: Row, shift: int, value: int) -> None:
    """Let a place of GIVES that holds NOTHING hold a number."""
    d[GIVES] ^= np.int64(NOTHING ^ value) << shift


@inner
def _add_scalar(d: Row, kind: int, value: int, write: int) -> None:
    resource = value
    if kind == _SPECIAL:
        resource = _special[value]
        if value == _xer:
            if write:
                d[GIVES] |= np.int64(WRITES_XER) << FLAGS_SHIFT
            return
    if not write or resource < GENERAL:
        d[WAITS] |= all_conditions if resource == CONDITIONS else np.int64(1) << resource
    if write:
        if d[GIVES] >> TARGET_SHIFT & NOTHING == NOTHING:
            _put(d, TARGET_SHIFT, resource)
        elif d[GIVES] >> TARGET_SHIFT & NOTHING != resource and d[GIVES] >> SECOND_SHIFT & NOTHING == NOTHING:
            _put(d, SECOND_SHIFT, resource)
