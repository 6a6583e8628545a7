"""What the timing model has to know of an instruction word: its class, what it waits for, and what it gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.kernelcache import inner
from hicannx.isa.decodetable import decode_table, siblings
from hicannx.isa.effect import unknown_timing
from hicannx.isa.field import swap_halves
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.load import load_programs
from hicannx.isa.semantics.usage import Use, When, uses
from hicannx.isa.timing import load_model, timing_classes

# Numbers of what is waited for: general registers, condition fields, and these; NOTHING stands where there is none.
_isa = load_isa()
CONDITION = _isa.registers.counts["general"]
LR, CTR, OTHER, CONDITIONS, NOTHING = 40, 41, 43, 44, 63

# Columns of a demand. SOURCE and TARGET stand for 4 and 2 columns; vector registers are VA, VB and, if written, VT;
# PLAIN is 1 for what only waits for at most three registers and gives its results after the shortest time.
WORD, CLASS, SOURCE, TARGET, VA, VB, VT, FLAGS, PLAIN = 0, 1, 2, 6, 8, 9, 10, 11, 12
COLUMNS, SOURCES, TARGETS = 13, 4, 2
# Bits of FLAGS.
READS_ACC, WRITES_ACC, READS_VCR, WRITES_VCR, WRITES_XER, REACHES = 1, 2, 4, 8, 16, 32

_programs = load_programs(_isa.instructions)
_rows = list(_isa.instructions.values())
_classes = timing_classes()
_table = decode_table(_isa)
_special = _isa.registers.special_registers

opcode_shift = _isa.opcode.lsb
bases, shifts, masks, entries = (np.array(_table[name], np.int64) for name in ("BASE", "SHIFT", "MASK", "TABLE"))
unknown_class = _classes.index(unknown_timing())
idle = np.array(load_model().scalar.idle_words, np.int64)
idle_class = _classes.index("absent")

# By the number as the word holds it, with its halves exchanged.
_spr = next(field for row in _rows for field in row.fields.values() if field.swapped)
special_resources: NDArray[np.int64] = np.full(_isa.registers.counts["special"], OTHER, np.int64)
special_resources[swap_halves(_special["LR"].number, _spr.width)] = LR
special_resources[swap_halves(_special["CTR"].number, _spr.width)] = CTR
xer_bits = swap_halves(_special["XER"].number, _spr.width)

# Kinds of uses, and columns of `_use_table`.
_NONE, _SCALAR, _SPECIAL, _VECTOR, _FLAG = range(5)
_KIND, _BASE, _SHIFT, _MASK, _WRITE, _OR_ZERO, _WHEN, _MATCH = range(8)
_most_uses = 16
_fixed = {"LR": LR, "CTR": CTR, "MSR": OTHER, "CRS": CONDITIONS}
_flags = {("ACC", False): READS_ACC, ("ACC", True): WRITES_ACC, ("VCR", False): READS_VCR, ("VCR", True): WRITES_VCR}
_flags[("XER", True)] = WRITES_XER


def _entry(row: Instruction, use: Use) -> list[int]:
    """A row of `_use_table`; condition bits stand four to a field."""
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


def _uses_of(row: Instruction) -> list[Use]:
    """General registers first; RT is written and others are read where the semantics names none, or a counter does."""
    found = list(uses(_programs[row.name])) if row.name in _programs else []
    told = {use.field for use in found}
    for name, field in row.fields.items():
        if field.kind in ("gpr", "gpr_or_zero") and name not in told:
            found.append(Use("GPR", name, name == "RT", field.kind == "gpr_or_zero", When()))
    return sorted(found, key=lambda use: use.what != "GPR")


_use_table: NDArray[np.int64] = np.zeros((len(_rows), _most_uses, 8), np.int64)
row_classes = np.array([_classes.index(row.timing) for row in _rows], np.int64)
for _number, _row in enumerate(_rows):
    for _place, _use in enumerate(_uses_of(_row)):
        _use_table[_number, _place] = _entry(_row, _use)

plain_classes = np.array([name in load_model().scalar.plain for name in _classes], np.bool_)
# Where a store of several registers has the first one.
first_register = next(one.fields["RS"] for one in _rows if one.timing == "store_multiple").lsb

# Rows that share an entry of the decode table with an earlier one: the bits that tell them.
_shared = [(_rows.index(_isa.instructions[name]), one) for name, group in siblings(_isa).items() for one in group]
_shared_table: NDArray[np.int64] = np.array(
    [(first, one.mask, one.match, _rows.index(one)) for first, one in _shared] or [(-1, 0, 0, 0)], np.int64
)


@inner
def find_row(word: int) -> int:
    """The row of a word, -1 for none."""
    primary = word >> opcode_shift
    row = entries[bases[primary] + (word >> shifts[primary] & masks[primary])]
    for number in range(len(_shared_table)):
        if _shared_table[number, 0] == row and word & _shared_table[number, 1] == _shared_table[number, 2]:
            return int(_shared_table[number, 3])
    return int(row)


@inner
def demand(word: int, out: NDArray[np.int64]) -> None:
    """Fill in the columns for a word."""
    row = find_row(word)
    out[WORD], out[CLASS], out[FLAGS], out[PLAIN] = word, unknown_class, 0, 0
    out[SOURCE:FLAGS] = NOTHING
    if row < 0:
        return
    out[CLASS] = row_classes[row]
    for number in idle:
        if word == number:
            out[CLASS] = idle_class
            return
    for place in range(_most_uses):
        use = _use_table[row, place]
        value = word >> use[_SHIFT] & use[_MASK]
        if word & use[_WHEN] != use[_MATCH] or (use[_OR_ZERO] and value == 0):
            continue
        if use[_KIND] == _FLAG:
            out[FLAGS] |= use[_BASE]
        elif use[_KIND] == _VECTOR:
            _add_vector(out, value, use[_WRITE])
        elif use[_KIND] != _NONE:
            _add_scalar(out, use[_KIND], use[_BASE] + value, use[_WRITE])
    out[PLAIN] = _is_plain(out)


@inner
def _is_plain(out: NDArray[np.int64]) -> bool:
    plain = plain_classes[out[CLASS]] and not out[FLAGS] and out[SOURCE + SOURCES - 1] == NOTHING
    for place in range(SOURCE, VA):
        plain = plain and out[place] != CONDITIONS
    return plain and out[TARGET + 1] >= CONDITION  # only the first target can be a general register


@inner
def _add_vector(out: NDArray[np.int64], value: int, write: int) -> None:
    if write:
        out[VT] = value
    elif out[VA] == NOTHING:
        out[VA] = value
    else:
        out[VB] = value


@inner
def _add_scalar(out: NDArray[np.int64], kind: int, value: int, write: int) -> None:
    resource = value
    if kind == _SPECIAL:
        resource = special_resources[value]
        if value == xer_bits:
            if write:
                out[FLAGS] |= WRITES_XER
            return
    first, count = (TARGET, TARGETS) if write else (SOURCE, SOURCES)
    for place in range(first, first + count):
        if out[place] == resource:
            return
        if out[place] == NOTHING:
            out[place] = resource
            return
