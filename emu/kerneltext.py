"""The text of the processor's kernel, made from the instruction tables: a function an instruction, and the loop.

`make_switch` makes a jump table of the scalar instructions; vector instructions are functions of their families.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import attrs

from hicannx.emu.machine import ppu_count, ppu_cycle_ticks, sram_bytes
from hicannx.emu.ppuloop import loop_text
from hicannx.emu.specialclass import specials
from hicannx.emu.statetable import ACCESSES, BRANCHES, OBSERVED
from hicannx.isa.decodetable import siblings
from hicannx.isa.effect import emulated_effects
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import InstructionSet, load_isa
from hicannx.isa.semantics.lower import lower
from hicannx.isa.semantics.lower_vector import lower_vector
from hicannx.isa.semantics.prelude import kernel_prelude
from hicannx.isa.timing import load_model, timing_classes

# Locals of lowered text that stand in the core's record here.
_in_core = {
    "cr": "CR",
    "so": "SO",
    "ov": "OV",
    "ca": "CA",
    "lr": "LR",
    "ctr": "CTR",
    "msr": "MSR",
    "power": "POWER",
    "sleeping": "SLEEPING",
}
_state = re.compile(rf"\b({'|'.join(_in_core)})\b")
_outside = re.compile(r"\b(exception|SLEEPING|LOOK|\w*(load|store|read|write)\w*)\b")
_address = re.compile(r"( *)(\w+_ea) =")
_checked = re.compile(r"= check_access\((\w+),")
_noticing = "noticed(chip, core)"
_find_row = "    op = chip.decoded[ppu, pc >> 2 & PLACES - 1, GIVES] >> ROW_SHIFT"
_field = re.compile(r"\(word >> (\d+)\) & (\d+)|\(word & (\d+)\)")
_common = "chip, ppu, word, pc, nia, slot, core, gpr"  # what the loop has at hand for every case
# What a function begins with, as far as it needs it. LLVM has to see that vectors lie within their arrays: then it does
# not look at every step whether they overlap.
assert ppu_count & (ppu_count - 1) == 0, "numbers of processors are not those of whole bits"
_views = {
    "core": "chip.core[ppu]",
    "gpr": "chip.gpr[ppu]",
    "spr": "chip.spr[ppu]",
    "vr": f"chip.vr[ppu & {ppu_count - 1}]",
    "acc": f"chip.acc[ppu & {ppu_count - 1}]",
    "vcr": f"chip.vcr[ppu & {ppu_count - 1}]",
    "row": "chip.row[0]",
    "enable": "chip.row[1]",
    "tick": "slot * PPU_CYCLE",
}

_header = '''"""Generated from the instruction tables: the processor's kernel."""

import numpy as np

from hicannx.emu import pace, request
from hicannx.emu.demand import demand, first_row
from hicannx.emu.entry import ask_entry, call_entry, make_switch
from hicannx.emu.interrupt import LOOK, PROGRAM
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.reinterpret import seen_as
from hicannx.emu.nearmemory import check_access, load, store
from hicannx.emu.omnibus import fail
from hicannx.emu.pace import ask_pace
from hicannx.emu.pipestate import lead_place
from hicannx.emu.rarely import rarely
from hicannx.emu.request import ask, pbus_read, pbus_write, read_spr, write_spr
from hicannx.emu.score import (
    ENTRY, GENERAL, GIVES, ISSUE, LEADS, REDIRECTED, ROW_SHIFT, SLOT, STATE, STATE_SHIFT, TRANSFER_END, VECTOR_DONE,
    WORD_MASK,
)
from hicannx.emu.score import places as PLACES
from hicannx.emu.prediction import REDIRECT, is_predicted
from hicannx.emu.scoreboard import DRAIN, EIGHTHS
from hicannx.emu.state import (
    ATTENTION, CA, CR, CTR, CYCLES, DECODE, EFFECTIVE, ENTERED, EXCEPTION, EXTRA_CYCLES, FAULT_CODE, FIRST_FAMILY,
    INSTRUCTIONS, LR, MSR, NO_SEMANTICS, OV, PC, POWER, SLEEPING, SO, TICK, TRACED, TRACED_ROWS, TRACING, UNKNOWN_PC,
    UNKNOWN_WORD, UNKNOWN_WORDS, WAKE_TICK,
)
from hicannx.emu.statetable import (
    ACCESSES, ADVANCE_SHIFT, AFTER_REDIRECT, BRANCHES, BUS_VECTORS, CASE_MASK, CYCLE_MASK, IS_VECTOR, NONE, OUT_MASK,
    SPECIAL_MASK, SPECIAL_SHIFT, STALL_SHIFT, SYNCHRONISES, UNTIMED_STATE, VECTORS, WAITS_FOR_INTERRUPT,
)
from hicannx.emu.tracering import CAPACITY, DRAINED, FLAG_SHIFT, ROW_CAPACITY, SPARE_ROWS
'''

_traced = ("RT", "RA")  # fields of the registers that a record of the trace holds

_decode = """
def decode(chip, ppu, pc, word):
    d = chip.decoded[ppu, pc >> 2 & PLACES - 1]
    row = first_row(word)
    d[ENTRY], d[LEADS] = word, CASES[row]
    demand(word, d)
    d[GIVES] |= row << ROW_SHIFT
    return 0
"""


_noticed = """
@inner
def noticed(chip, core):
    return 1 if core[EXCEPTION] | chip.fault[ATTENTION] else 0
"""

_follow = """
@inner
def follow(chip, ppu, what, pc, state, number):
    return ask_pace(chip, ppu, what, pc, state >> STATE_SHIFT, number) << STATE_SHIFT
"""

_lacking = "    fail(chip, NO_SEMANTICS, word, ppu, slot * PPU_CYCLE)\n    core[EXCEPTION] = LOOK"


def _shift_mask(found: re.Match[str]) -> tuple[int, int]:
    return int(found[1] or 0), int(found[2] or found[3])


def _argument(found: re.Match[str]) -> str:
    """The argument that is a field of the word."""
    return "word_{}_{}".format(*_shift_mask(found))


def _names(name: str, lines: list[str]) -> bool:
    return any(re.search(rf"\b{name}\b", line) for line in lines)


@attrs.frozen
class _Case:
    """A place of the kernel's jump table: its function, the instructions that it is for, its text, and its callee.

    Vector instructions of a family share a function that is compiled on its own and called by address.
    """

    name: str
    rows: tuple[int, ...]
    body: tuple[str, ...]
    kind: int = 0  # what is special of all its rows
    is_vector: bool = False

    @property
    def text(self) -> str:
        """The function."""
        body, head = list(self.body), ["    nia = pc + 4"] * self.is_vector
        if any("exception" in line for line in body):
            head.append("    exception = 0")
            body += ["    if rarely(exception != 0):", "        core[EXCEPTION] = exception", *self._returning("1")]
        body += self._result
        head += [f"    {name} = {view}" for name, view in _views.items() if self._needs(name, body)]
        lines = [*head, *(line if self.is_vector else _field.sub(_argument, line) for line in body)]
        return "\n".join([f"def {self.name}({self._parameters}):", *lines, ""])

    @property
    def _result(self) -> list[str]:
        """Nobody outside the processor sees an access to its own memory."""
        checks = [found for line in self.body if (found := _checked.search(line))]
        if not self.is_vector and len(checks) == 1 and not any(line.lstrip().startswith("for ") for line in self.body):
            far = f"    if rarely({checks[0][1]} >= SRAM_BYTES):"
            return [far, *self._returning(_noticing), *self._returning("0", 4)]
        return self._returning(_noticing if self.is_observed else "0", 4)

    def _returning(self, seen: str, indent: int = 8) -> list[str]:
        """The next address, and whether the loop has to look what has happened; vectors have that in bit 0."""
        return [" " * indent + (f"return nia | {seen}" if self.is_vector else f"return nia, {seen}")]

    @property
    def special(self) -> int:
        """What the loop looks for behind it."""
        if self.kind in (BRANCHES, ACCESSES):
            return self.kind
        return OBSERVED if self.kind or self.is_observed or self.is_vector else 0

    def _needs(self, name: str, body: list[str]) -> bool:
        return _names(name, body) and (self.is_vector or f" {name}," not in f"{_common},")

    @property
    def _parameters(self) -> str:
        """Fields of the word are arguments, since numba takes long over every operator."""
        if self.is_vector:
            return "chip, ppu, op, word, pc, slot"
        return ", ".join([_common, *(f"word_{shift}_{mask}" for shift, mask in self.fields)])

    @property
    def fields(self) -> list[tuple[int, int]]:
        """The fields of the word that the function wants, shift and mask."""
        found = {_shift_mask(one) for line in self.body for one in _field.finditer(line)}
        return [] if self.is_vector else sorted(found)

    @property
    def is_observed(self) -> bool:
        """Whether it can fault, sleep or be noticed outside the processor."""
        return self.is_vector or any(_outside.search(line) for line in self.body)


def kernel_source() -> str:
    """The text of the kernel module; `run(chip, ppu, limit)` is its entry."""
    isa = load_isa()
    vectors = [found[1] for row in isa.instructions.values() if row.semantics and (found := lower_vector(row))]
    scalars, families = _scalar_cases(isa), _vector_cases(isa)
    callers = [_caller(number, one) for number, one in enumerate(families)]
    helpers = "\n".join([kernel_prelude(), *vectors])
    helpers = helpers.replace("@njit(forceinline=True)", "@merged").replace("@njit", "@inner")
    helpers = re.sub(r"(\w+)\.view\((np\.\w+)\)", r"seen_as(\1, \2)", helpers)
    functions = "\n\n".join(one.text for one in (*scalars, *families))
    cases = [f"({one.name}, {one.fields}, {one.special})" for one in (*scalars, *callers)]
    table = f"case = make_switch([{', '.join(cases)}])\nVECTOR_FAMILIES = ({', '.join(one.name for one in families)},)"
    constants = _constants(isa, [*scalars, *callers], len(scalars))
    callers_text, before = "\n".join(one.text for one in callers), [_header, *constants, helpers, _noticed, _follow]
    return "\n".join([*before, functions, callers_text, table, _decode, loop_text()])


def _scalar_cases(isa: InstructionSet) -> list[_Case]:
    """A case an instruction, but one for rows that share an entry of the decode table, and the words that are none."""
    shared, numbers = siblings(isa), {name: number for number, name in enumerate(isa.instructions)}
    inside = {one.name for group in shared.values() for one in group}
    cases = [_Case("do_unknown", (), tuple(_unknown(isa))), _Case("do_lacking", (), (_lacking,))]
    for row in isa.instructions.values():
        if row.semantics and row.name not in inside and not _is_vector(row):
            group = shared.get(row.name, [])
            rows, (kind,) = tuple(numbers[one.name] for one in (row, *group)), {_kind(one) for one in (row, *group)}
            cases.append(_Case(f"do_{_identifier(row.name)}", rows, tuple(_choice(row, group, 4)), kind))
    return cases


def _vector_cases(isa: InstructionSet) -> list[_Case]:
    """A case a family."""
    found = []
    for family, members in itertools.groupby(enumerate(isa.instructions.values()), key=lambda pair: pair[1].family):
        numbered = [pair for pair in members if _is_vector(pair[1])]
        if numbered:
            rows = tuple(number for number, _ in numbered)
            found.append(_Case(f"family_{family}", rows, tuple(_branches(isa, numbered)), is_vector=True))
    return found


def _caller(number: int, family: _Case) -> _Case:
    """The case that calls a family."""
    line = f"    nia = ask_entry(chip.entry[FIRST_FAMILY + {number}], chip, ppu, op, word, pc, slot)"
    seen = "    if nia & 1:", "        return nia & ~1, 1"
    return _Case(f"call_{number}", family.rows, (_find_row, line, *seen), OBSERVED)


def _is_vector(row: Instruction) -> bool:
    return any(field.kind == "vr" for field in row.fields.values())


def _kind(row: Instruction) -> int:
    return int(specials[timing_classes().index(row.timing)])


def _identifier(name: str) -> str:
    return name.replace(".", "_")


def _unknown(isa: InstructionSet) -> Iterator[str]:
    """What words do that are no instruction: they are counted, and some have effects."""
    yield "    if core[UNKNOWN_WORDS] == 0:"
    yield "        core[UNKNOWN_PC], core[UNKNOWN_WORD] = pc, word"
    yield "    core[UNKNOWN_WORDS] += 1"
    for effect, one in emulated_effects(isa):
        yield f"    if word & {effect.mask} == {effect.match}:  # {effect.text}"
        yield from _own_names(lower(one), 8)


def _constants(isa: InstructionSet, cases: list[_Case], vectors: int) -> Iterator[str]:
    yield f"SRAM_BYTES = {sram_bytes}"
    yield f"PPU_CYCLE = {ppu_cycle_ticks}"
    yield f"FIRST_VECTOR = {vectors}  # cases from here on are for the vector unit"
    for name, cycles in load_model().interrupts.items():
        yield f"{name.upper()}_CYCLES = {cycles}"
    for name in _traced:
        yield f"{name}_SHIFT = {_places(isa, name)}"
    numbers = {row: number for number, one in enumerate(cases) for row in one.rows}
    yield "IS_UNTIMED = UNTIMED_STATE << STATE_SHIFT"
    unknown, lacking = 0, 1
    found = [*(numbers.get(row, lacking) for row in range(len(isa.instructions))), unknown]
    yield f"CASES = np.array({found}, np.uint8)  # a row each, and at -1 what is none"


def _places(isa: InstructionSet, name: str) -> int:
    """Where all instructions have a field."""
    (place,) = {row.fields[name].lsb for row in isa.instructions.values() if name in row.fields}
    return place


def _branches(isa: InstructionSet, rows: list[tuple[int, Instruction]]) -> Iterator[str]:
    """The dispatch among the rows of a family."""
    keyword = "if"
    for index, row in rows:
        if row.semantics is not None:
            yield f"    {keyword} op == {index}:  # {row.name}"
            yield from _own_names(lower(row), 8)
            keyword = "elif"


def _choice(row: Instruction, group: list[Instruction], indent: int) -> Iterator[str]:
    """The body of a row, or of the one of a group that its word asks for."""
    keyword = "if"
    for one in group:
        yield f"{' ' * indent}{keyword} word & {one.mask} == {one.match}:  # {one.name}"
        yield from _own_names(lower(one), indent + 4)
        keyword = "elif"
    if group:
        yield f"{' ' * indent}else:"
    yield from _own_names(lower(row), indent + 4 * bool(group))


def _own_names(lines: list[str], indent: int) -> Iterator[str]:
    """The lines of one row, indented, with the state where it stands."""
    for line in lines:
        space = " " * (indent + len(line) - len(line.lstrip()))
        yield " " * indent + _state.sub(lambda found: f"core[{_in_core[found.group()]}]", line)
        if (assigned := _address.match(line)) is not None:  # for the trace
            yield f"{space}core[EFFECTIVE] = {assigned[2]}"
        if line.lstrip().startswith(("msr =", "sleeping =")):  # the loop has to look what comes of it
            yield f"{space}core[EXCEPTION] = LOOK"
