"""The processor's kernel: source text made from the instruction tables, written to the kernel folder and imported.

numba cannot cache functions of executed text, therefore the text becomes a real file beside the compiled code. The
chain of comparisons on the operation index becomes a jump table in LLVM.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import attrs

from hicannx.cache import write_atomically
from hicannx.emu.entry import call_now, make_entry
from hicannx.emu.kernelcache import kernel_dir
from hicannx.emu.machine import ppu_count, ppu_cycle_ticks, sram_bytes
from hicannx.emu.outside import outside
from hicannx.emu.pace import SETTLE, pace
from hicannx.emu.ppuloop import loop_text
from hicannx.emu.score import CASE_SHIFT, ROW_SHIFT
from hicannx.emu.state import DECODE, FIRST_FAMILY, OUTSIDE, PACE, RUN, ChipState
from hicannx.isa.decodetable import decode_table, siblings
from hicannx.isa.effect import emulated_effects
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import InstructionSet, load_isa
from hicannx.isa.semantics.lower import lower
from hicannx.isa.semantics.lower_vector import lower_vector
from hicannx.isa.semantics.prelude import kernel_prelude
from hicannx.isa.timing import load_model

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
# What a function begins with, as far as it needs it.
_views = {
    "core": "chip.core[ppu]",
    "gpr": "chip.gpr[ppu]",
    "spr": "chip.spr[ppu]",
    "vr": "chip.vr[ppu]",
    "acc": "chip.acc[ppu]",
    "vcr": "chip.vcr[ppu]",
    "row": "chip.row[0]",
    "enable": "chip.row[1]",
    "tick": "slot * PPU_CYCLE",
}

_header = '''"""Generated from the instruction tables: the processor's kernel."""

import numpy as np

from hicannx.emu import outside, pace
from hicannx.emu.demand import demand
from hicannx.emu.entry import call_entry, make_switch
from hicannx.emu.interrupt import LOOK, PROGRAM
from hicannx.emu.kernelcache import inner
from hicannx.emu.nearmemory import check_access, load, store
from hicannx.emu.omnibus import fail
from hicannx.emu.outside import ask, read_spr, write_spr
from hicannx.emu.pace import ask_pace
from hicannx.emu.pipestate import lead_place
from hicannx.emu.ppubus import pbus_read, pbus_write
from hicannx.emu.score import (
    CASE_SHIFT, ENTRY, ISSUE, REDIRECTED, ROW_SHIFT, SLOT, STATE, TRANSFER_END, VECTOR_DONE, WORD_MASK,
)
from hicannx.emu.score import places as PLACES
from hicannx.emu.scoreboard import DRAIN, EIGHTHS, RA_SHIFT, REDIRECT, RT_SHIFT, is_predicted
from hicannx.emu.state import (
    ATTENTION, CA, CR, CTR, CYCLES, DECODE, EFFECTIVE, ENTERED, EXCEPTION, FAULT_CODE, FIRST_FAMILY, INSTRUCTIONS, LR,
    MSR, NO_SEMANTICS, OV, PC, POWER, SLEEPING, SO, TICK, TRACED, TRACED_ROWS, TRACING, UNKNOWN_PC, UNKNOWN_WORD,
    UNKNOWN_WORDS, WAKE_TICK,
)
from hicannx.emu.statetable import (
    ACCESSES, ADVANCE_SHIFT, AFTER_REDIRECT, BRANCHES, BUS_VECTORS, CYCLE_MASK, LEADS, NEXT_CYCLE, NONE, OUT_SHIFT,
    SPECIAL_SHIFT, STALL_SHIFT, STATE_MASK, SYNCHRONISES, UNTIMED_STATE, VECTORS, WAITS_FOR_INTERRUPT,
)
from hicannx.emu.tracering import CAPACITY, DRAINED, FLAG_SHIFT, ROW_CAPACITY, SPARE_ROWS
'''

_decode = """
def decode(chip, ppu, place, word):
    d = chip.decoded[ppu, place]
    primary = word >> OPCODE_SHIFT
    entry = np.int64(ENTRIES[BASE[primary] + (word >> SHIFT[primary] & MASK[primary])])
    d[ENTRY], d[LEADS] = word | (entry & ROW_MASK) << ROW_SHIFT | entry >> ROW_BITS << CASE_SHIFT, NONE
    demand(word, d)
    return 0
"""


_lacking = "    fail(chip, NO_SEMANTICS, word, ppu, slot * PPU_CYCLE)\n    nia |= 1"


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
    is_vector: bool = False

    @property
    def text(self) -> str:
        """The function; in bit 0 of the next address it says that the loop has to look what has happened."""
        body, head = list(self.body), [f"def {self.name}(chip, ppu, op, word, pc, slot):", "    nia = pc + 4"]
        if any("exception" in line for line in body):
            head.append("    exception = 0")
            body += ["    if exception:", "        core[EXCEPTION] = exception"]
        if self.is_observed:
            body += ["    if core[EXCEPTION] | chip.fault[ATTENTION]:", "        nia |= 1"]
        head += [f"    {name} = {view}" for name, view in _views.items() if _names(name, body)]
        return "\n".join([*head, *body, "    return nia", ""])

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
    helpers = "\n".join([kernel_prelude(), *vectors]).replace("@njit", "@inner")
    functions = "\n\n".join(one.text for one in (*scalars, *families))
    cases = [one.name for one in (*scalars, *callers)]
    table = f"case = make_switch([{', '.join(cases)}])\nVECTOR_FAMILIES = ({', '.join(one.name for one in families)},)"
    constants = _constants(isa, [*scalars, *callers], len(scalars))
    return "\n".join(
        [_header, *constants, helpers, functions, *(one.text for one in callers), table, _decode, loop_text()]
    )


def _scalar_cases(isa: InstructionSet) -> list[_Case]:
    """A case an instruction, but one for rows that share an entry of the decode table, and the words that are none."""
    shared, numbers = siblings(isa), {name: number for number, name in enumerate(isa.instructions)}
    inside = {one.name for group in shared.values() for one in group}
    cases = [_Case("do_unknown", (), tuple(_unknown(isa))), _Case("do_lacking", (), (_lacking,))]
    for row in isa.instructions.values():
        if row.semantics and row.name not in inside and not _is_vector(row):
            group = shared.get(row.name, [])
            rows = tuple(numbers[one.name] for one in (row, *group))
            cases.append(_Case(f"do_{_identifier(row.name)}", rows, tuple(_choice(row, group, 4))))
    return cases


def _vector_cases(isa: InstructionSet) -> list[_Case]:
    """A case a family."""
    found = []
    for family, members in itertools.groupby(enumerate(isa.instructions.values()), key=lambda pair: pair[1].family):
        numbered = [pair for pair in members if _is_vector(pair[1])]
        if numbered:
            rows = tuple(number for number, _ in numbered)
            found.append(_Case(f"family_{family}", rows, tuple(_branches(isa, numbered)), True))
    return found


def _caller(number: int, family: _Case) -> _Case:
    """The case that calls a family."""
    line = f"    nia = call_entry(chip.entry[FIRST_FAMILY + {number}], chip, ppu, op, word, pc, slot)"
    return _Case(f"call_{number}", family.rows, (line,))


def _is_vector(row: Instruction) -> bool:
    return any(field.kind == "vr" for field in row.fields.values())


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
    table = decode_table(isa)
    yield f"SRAM_BYTES = {sram_bytes}"
    yield f"PPU_CYCLE = {ppu_cycle_ticks}"
    yield f"OPCODE_SHIFT = {isa.opcode.lsb}"
    yield f"FIRST_VECTOR = {vectors}  # cases from here on are for the vector unit"
    for name, cycles in load_model().interrupts.items():
        yield f"{name.upper()}_CYCLES = {cycles}"
    for name in ("BASE", "SHIFT", "MASK"):
        yield f"{name} = np.array({table[name]}, np.uint16)"
    numbers = {row: number for number, one in enumerate(cases) for row in one.rows}
    row_bits = CASE_SHIFT - ROW_SHIFT
    yield f"ROW_BITS, ROW_MASK = {row_bits}, {(1 << row_bits) - 1}"
    unknown, lacking = 0, 1
    entries = [unknown if op < 0 else numbers.get(op, lacking) << row_bits | op for op in table["TABLE"]]
    yield f"ENTRIES = np.array({entries}, np.uint32)  # case, row"


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


@cache
def kernel_module() -> Any:
    """The module of the kernel, generated when this content has none yet."""
    path = kernel_dir() / "ppu_kernel.py"
    if not path.exists():
        write_atomically(path, kernel_source().encode())
    name = f"hicannx_kernel_{kernel_dir().name.replace('-', '_')}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


_entries: dict[int, Any] = {}  # by place; their addresses are good while they live


def compile_run(chip: ChipState) -> None:
    """Compile the loop with the scalar instructions, for states of this layout."""
    if RUN not in _entries:
        _entries[RUN] = make_entry(kernel_module().run, chip, 2)


def compile_outside(chip: ChipState) -> None:
    """Compile what the instructions seldom need: other memory, the timing model, decoding."""
    if OUTSIDE not in _entries:
        _entries[OUTSIDE] = make_entry(outside, chip, 6)
        _entries[PACE] = make_entry(pace, chip, 5)
        _entries[DECODE] = make_entry(kernel_module().decode, chip, 3)


def compile_families(chip: ChipState, which: slice = slice(None)) -> None:
    """Compile families of vector instructions, each on its own."""
    for number, family in list(enumerate(kernel_module().VECTOR_FAMILIES))[which]:
        if FIRST_FAMILY + number not in _entries:
            _entries[FIRST_FAMILY + number] = make_entry(family, chip, 5)


def settle(chip: ChipState) -> None:
    """Bring all that the timing model knows into the scoreboards, which alone tell then what time the rest takes."""
    for ppu in range(ppu_count):
        call_now(chip.entry[PACE], chip, ppu, SETTLE, 0, 0, 0)


def enter_kernel(chip: ChipState) -> None:
    """Tell a state where its compiled kernel is: `call_entry(chip.entry[RUN], chip, ppu, limit)` runs a processor."""
    compile_run(chip)
    compile_outside(chip)
    compile_families(chip)
    for place, one in _entries.items():
        chip.entry[place] = one.address
    call_now(chip.entry[DECODE], chip, 0, 0, 0)
    chip.decoded[:] = chip.decoded[0, 0]  # nothing is decoded yet, but zeros are right where zeros are
