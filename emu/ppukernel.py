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
from hicannx.emu.entry import make_entry
from hicannx.emu.kernelcache import kernel_dir
from hicannx.emu.machine import ppu_cycle_ticks, sram_bytes
from hicannx.emu.outside import outside
from hicannx.emu.state import FIRST_FAMILY, OUTSIDE, RUN, ChipState
from hicannx.isa.decodetable import decode_table, siblings
from hicannx.isa.effect import emulated_effects, unknown_timing
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import InstructionSet, load_isa
from hicannx.isa.semantics.lower import lower
from hicannx.isa.semantics.lower_vector import lower_vector
from hicannx.isa.semantics.prelude import kernel_prelude

# Locals of lowered text that stand in the core's record here, so that functions of few rows can share them.
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
_outside = re.compile(r"\b(exception|SLEEPING|\w*(load|store|read|write)\w*)\b")
_temporary = re.compile(r"\b(ea|t_\w+|[a-z]\d+)\b")

_header = '''"""Generated from the instruction tables: the processor's kernel."""

import numpy as np

from hicannx.emu.entry import call_entry
from hicannx.emu.kernelcache import inner, merged
from hicannx.emu.omnibus import fail
from hicannx.emu import outside
from hicannx.emu.interrupt import LOOK, PROGRAM
from hicannx.emu.nearmemory import check_access, load, store
from hicannx.emu.outside import ask, read_spr, write_spr
from hicannx.emu.ppubus import pbus_read, pbus_write
from hicannx.emu.state import (
    ATTENTION, CA, CR, CTR, CYCLES, EXCEPTION, FAULT_CODE, INSTRUCTIONS, LR, MSR, NO_SEMANTICS, OV, PC, POWER,
    FIRST_FAMILY, SLEEPING, SO, TICK, UNKNOWN_PC, UNKNOWN_WORD, UNKNOWN_WORDS, WAKE_TICK,
)
'''

_group = """
KIND
def NAME(chip, ppu, op, word, pc, tick):
    core, gpr, spr = chip.core[ppu], chip.gpr[ppu], chip.spr[ppu]
    vr, acc, vcr, row, enable = chip.vr[ppu], chip.acc[ppu], chip.vcr[ppu], chip.row[0], chip.row[1]
    nia, exception = pc + 4, 0
BRANCHES
    if exception:
        core[EXCEPTION] = exception
    return nia
"""

_call = """            KEYWORD group == NUMBER:
                nia = CALLEE, ppu, op, word, pc, tick)"""

_loop = '''
def run(chip, ppu, limit):
    """Run processor `ppu` up to tick `limit`, or until it sleeps or something asks for attention.

    Interrupts are looked for at the beginning, when an enabled timer is due, and behind what can let one through.
    """
    core = chip.core[ppu]
    sram, fault = chip.sram[ppu], chip.fault
    pc, tick = core[PC], core[TICK]
    instructions, begin = core[INSTRUCTIONS], tick
    if core[SLEEPING]:
        if core[WAKE_TICK] >= limit:
            return 0
        pc = ask(chip, ppu, outside.WAKE, pc, tick)
        tick = core[TICK]
    while tick < limit:
        pc = ask(chip, ppu, outside.INTERRUPT, pc, tick)
        stop = min(limit, core[WAKE_TICK])
        while tick < stop:
            if pc < SRAM_BYTES:
                word = np.int64(sram[pc >> 2])
            else:
                word = np.int64(ask(chip, ppu, outside.FETCH, pc, tick))
                if fault[FAULT_CODE]:
                    limit = tick
                    break
            primary = word >> OPCODE_SHIFT
            entry = np.int64(ENTRIES[BASE[primary] + (word >> SHIFT[primary] & MASK[primary])])
            op, group = entry & 0xFFFF, entry >> 16 & 0xFF
CALLS
            else:
                fail(chip, NO_SEMANTICS, word, ppu, tick)
                limit = tick
                break
            if group >= OBSERVED and core[EXCEPTION] | fault[ATTENTION]:
                if 0 < core[EXCEPTION] <= PROGRAM:
                    nia = ask(chip, ppu, outside.EXCEPTION, pc, tick)
                core[EXCEPTION] = 0
                if fault[FAULT_CODE] == 0:
                    instructions, tick, pc = instructions + 1, tick + (entry >> 24), nia & 0xFFFFFFFC
                if core[SLEEPING]:
                    ask(chip, ppu, outside.SLEEP, pc, tick)
                if core[SLEEPING] or fault[ATTENTION]:
                    limit = tick
                break
            instructions += 1
            tick += entry >> 24
            pc = nia & 0xFFFFFFFC
    core[PC], core[TICK] = pc, tick
    core[INSTRUCTIONS], core[CYCLES] = instructions, core[CYCLES] + (tick - begin) // PPU_CYCLE
    return 0
'''


def kernel_source() -> str:
    """The text of the kernel module; `run(chip, ppu, limit)` is its entry."""
    isa = load_isa()
    rows = list(isa.instructions.values())
    vectors = [found[1] for row in rows if row.semantics and (found := lower_vector(row))]
    families = _families(isa)
    calls = [_call_of(number, one, families) for number, one in enumerate(families)]
    helpers = "\n".join([kernel_prelude(), *vectors]).replace("@njit", "@inner")
    functions = [one.function for one in families]
    loop = _loop.replace("CALLS", "\n".join(calls))
    return "\n".join([_header, *_constants(isa, families), helpers, *functions, *_exports(families), loop])


def _call_of(number: int, family: _Family, families: list[_Family]) -> str:
    """The branch of the loop for one family."""
    entry = [one for one in families if one.is_vector].index(family) if family.is_vector else None
    callee = f"{family.name}(chip" if entry is None else f"call_entry(chip.entry[FIRST_FAMILY + {entry}], chip"
    keyword = "elif" if number else "if"
    return _call.replace("KEYWORD", keyword).replace("NUMBER", str(number)).replace("CALLEE", callee)


@attrs.frozen
class _Family:
    """The rows of one table: the function that they become, its text, and whether it is compiled on its own."""

    name: str
    rows: tuple[int, ...]
    text: str
    is_vector: bool

    @property
    def function(self) -> str:
        """Its text; scalar families become part of the loop itself, vector families are called by address."""
        kind = "" if self.is_vector else "@merged"
        return _group.replace("KIND", kind).replace("NAME", self.name).replace("BRANCHES", self.text)

    @property
    def is_observed(self) -> bool:
        """Whether a row can fault, sleep or be noticed outside the processor, so that the loop has to look."""
        return self.is_vector or bool(_outside.search(self.text))


def _families(isa: InstructionSet) -> list[_Family]:
    """A function for the rows of each family, since numba dislikes large functions; those to be observed come last."""
    found = []
    for family, members in itertools.groupby(enumerate(isa.instructions.values()), key=lambda pair: pair[1].family):
        numbered = list(members)
        text = "\n".join(_branches(isa, numbered)) or "    pass"
        is_vector = any(field.kind == "vr" for field in numbered[0][1].fields.values())
        rows = tuple(index for index, row in numbered if row.semantics)
        found.append(_Family(f"do_{family}", rows, text, is_vector))
    found.append(_Family("do_unknown", (), "\n".join(_unknown(isa)), False))
    return sorted(found, key=lambda one: one.is_observed)


def _unknown(isa: InstructionSet) -> Iterator[str]:
    """What words do that are no instruction: they are counted, and some have effects."""
    yield "    if core[UNKNOWN_WORDS] == 0:"
    yield "        core[UNKNOWN_PC], core[UNKNOWN_WORD] = pc, word"
    yield "    core[UNKNOWN_WORDS] += 1"
    for effect, one in emulated_effects(isa):
        yield f"    if word & {effect.mask} == {effect.match}:  # {effect.text}"
        yield from _own_names(lower(one), 8, one.name)


def _constants(isa: InstructionSet, families: list[_Family]) -> Iterator[str]:
    table = decode_table(isa)
    yield f"SRAM_BYTES = {sram_bytes}"
    yield f"PPU_CYCLE = {ppu_cycle_ticks}"
    yield f"OPCODE_SHIFT = {isa.opcode.lsb}"
    yield f"OBSERVED = {sum(not one.is_observed for one in families)}  # families from here on can fault or sleep"
    for name in ("BASE", "SHIFT", "MASK"):
        yield f"{name} = np.array({table[name]}, np.uint16)"
    numbers = {row: number for number, one in enumerate(families) for row in one.rows}
    ticks = [isa.timing[row.timing] * ppu_cycle_ticks for row in isa.instructions.values()]
    (unknown,) = [number for number, one in enumerate(families) if not one.rows]
    strange = isa.timing[unknown_timing()] * ppu_cycle_ticks << 24 | unknown << 16
    entries = [
        strange if op < 0 else ticks[op] << 24 | numbers.get(op, len(families)) << 16 | op for op in table["TABLE"]
    ]
    yield f"ENTRIES = np.array({entries}, np.uint32)  # ticks, family, row"


def _exports(families: list[_Family]) -> list[str]:
    return [f"VECTOR_FAMILIES = ({', '.join(one.name for one in families if one.is_vector)},)"]


def _branches(isa: InstructionSet, rows: list[tuple[int, Instruction]]) -> Iterator[str]:
    """The dispatch among some rows; rows that share an entry of the decode table stand in one branch."""
    shared = siblings(isa)
    inside = {one.name for group in shared.values() for one in group}
    keyword = "if"
    for index, row in rows:
        if row.semantics is None or row.name in inside:
            continue
        yield f"    {keyword} op == {index}:  # {row.name}"
        keyword = "elif"
        test = "if"
        for one in shared.get(row.name, []):
            yield f"        {test} word & {one.mask} == {one.match}:  # {one.name}"
            yield from _own_names(lower(one), 12, one.name)
            test = "elif"
        if test == "elif":
            yield "        else:"
        yield from _own_names(lower(row), 12 if test == "elif" else 8, row.name)


def _own_names(lines: list[str], indent: int, name: str) -> Iterator[str]:
    """The lines of one row, indented, with temporaries of their own: numba is slow where branches share a variable."""
    suffix = name.rstrip(".") + ("_" if name.endswith(".") else "")
    for line in lines:
        own = _temporary.sub(rf"\1_{suffix}", line)
        yield " " * indent + _state.sub(lambda found: f"core[{_in_core[found.group()]}]", own)
        if own.lstrip().startswith(("msr =", "sleeping =")):  # the loop has to look what comes of it
            yield " " * (indent + len(own) - len(own.lstrip())) + "core[EXCEPTION] = LOOK"


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
    """Compile what the instructions seldom need."""
    if OUTSIDE not in _entries:
        _entries[OUTSIDE] = make_entry(outside, chip, 6)


def compile_families(chip: ChipState, which: slice = slice(None)) -> None:
    """Compile families of vector instructions, each on its own."""
    for number, family in list(enumerate(kernel_module().VECTOR_FAMILIES))[which]:
        if FIRST_FAMILY + number not in _entries:
            _entries[FIRST_FAMILY + number] = make_entry(family, chip, 5)


def enter_kernel(chip: ChipState) -> None:
    """Tell a state where its compiled kernel is: `call_entry(chip.entry[RUN], chip, ppu, limit)` runs a processor."""
    compile_run(chip)
    compile_outside(chip)
    compile_families(chip)
    for place, one in _entries.items():
        chip.entry[place] = one.address
