"""The processor's kernel: source text made from the instruction tables, written to the kernel folder and imported.

numba cannot cache functions of executed text, therefore the text becomes a real file beside the compiled code. The
chain of comparisons on the operation index becomes a jump table in LLVM.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, cast

from hicannx.cache import write_atomically
from hicannx.emu.kernelcache import kernel_dir
from hicannx.emu.machine import ppu_cycle_ticks, sram_bytes
from hicannx.isa.decodetable import decode_table, siblings
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
    "sleeping": "SLEEPING",
}
_state = re.compile(rf"\b({'|'.join(_in_core)})\b")
_temporary = re.compile(r"\b(ea|t_\w+|[a-z]\d+)\b")

_header = '''"""Generated from the instruction tables: the processor's kernel."""

import numpy as np

from hicannx.emu.kernelcache import inner, njit
from hicannx.emu.omnibus import fail
from hicannx.emu.ppubus import FAULT, PROGRAM, check_access, load, pbus_read, pbus_write, read_spr, store, write_spr
from hicannx.emu.special import alignment_vector, enter_mask, esr, esr_trap, program_vector, srr0, srr1
from hicannx.emu.state import (
    ATTENTION, BAD_FETCH, CA, CR, CTR, CYCLES, EXCEPTION, FAULT_CODE, INSTRUCTIONS, LR, MSR, NO_SEMANTICS, OV, PC,
    SLEEPING, SLEEP_TICK, SO, TICK, UNKNOWN_WORD,
)
'''

_group = """
@KIND
def NAME(chip, ppu, op, word, pc, tick):
    core, gpr, spr = chip.core[ppu], chip.gpr[ppu], chip.spr[ppu]
    vr, acc, vcr, row, enable = chip.vr[ppu], chip.acc[ppu], chip.vcr[ppu], chip.row[0], chip.row[1]
    nia, exception = pc + 4, 0
BRANCHES
    else:
        fail(chip, NO_SEMANTICS, word, ppu, tick)
    if exception:
        core[EXCEPTION] = exception
    return nia
"""

_call = """        elif group == NUMBER:
            nia = NAME(chip, ppu, op, word, pc, tick)"""

_unknown = """        if group < 0:
            fail(chip, UNKNOWN_WORD, word, ppu, tick)
            break"""

_loop = '''
@inner
def interrupt(core, spr, pc):
    """Enter the handler of an exception; the address of its vector."""
    program = core[EXCEPTION] == PROGRAM
    spr[srr0], spr[srr1] = pc, core[MSR]
    spr[esr] = esr_trap if program else 0
    core[MSR] &= enter_mask
    core[EXCEPTION] = 0
    return program_vector if program else alignment_vector


@inner
def run(chip, ppu, limit):
    """Run processor `ppu` up to tick `limit`, or until it sleeps or something asks for attention."""
    core, spr = chip.core[ppu], chip.spr[ppu]
    sram, fault = chip.sram[ppu], chip.fault
    pc, tick = core[PC], core[TICK]
    instructions, begin = core[INSTRUCTIONS], tick
    while tick < limit:
        if pc >= SRAM_BYTES:
            fail(chip, BAD_FETCH, pc, ppu, tick)
            break
        word = np.int64(sram[pc >> 2])
        primary = word >> OPCODE_SHIFT
        op = np.int64(TABLE[BASE[primary] + (word >> SHIFT[primary] & MASK[primary])])
        group = GROUP[op]
CALLS
        else:
            fail(chip, UNKNOWN_WORD, word, ppu, tick)
            break
        if core[EXCEPTION] and core[EXCEPTION] != FAULT:
            nia = interrupt(core, spr, pc)
        if fault[ATTENTION] and fault[FAULT_CODE]:
            break
        instructions += 1
        tick += TICKS[op]
        pc = nia & 0xFFFFFFFC
        if core[SLEEPING]:
            core[SLEEP_TICK] = tick
            break
        if fault[ATTENTION]:
            break
    core[PC], core[TICK] = pc, tick
    core[INSTRUCTIONS], core[CYCLES] = instructions, core[CYCLES] + (tick - begin) // PPU_CYCLE
'''


def kernel_source() -> str:
    """The text of the kernel module; `run(chip, ppu, limit)` is its entry."""
    isa = load_isa()
    rows = list(isa.instructions.values())
    vectors = [found[1] for row in rows if row.semantics and (found := lower_vector(row))]
    ticks = [isa.timing[row.timing] * ppu_cycle_ticks for row in rows]
    constants = [
        f"SRAM_BYTES = {sram_bytes}",
        f"PPU_CYCLE = {ppu_cycle_ticks}",
        f"OPCODE_SHIFT = {isa.opcode.lsb}",
        *(f"{name} = np.array({values}, np.int64)" for name, values in decode_table(isa).items()),
        f"TICKS = np.array({ticks}, np.int64)",
    ]
    groups, calls = _groups(isa)
    helpers = "\n".join([kernel_prelude(), *vectors]).replace("@njit", "@inner")
    return "\n".join([_header, *constants, helpers, *groups, _loop.replace("CALLS", "\n".join(calls))])


def _groups(isa: InstructionSet) -> tuple[list[str], list[str]]:
    """A function for the rows of each family, and the lines that call them: numba dislikes large functions."""
    groups: list[str] = []
    calls: list[str] = []
    numbers: list[int] = []
    names: dict[str, list[str]] = {"njit": [], "inner": []}
    for family, members in itertools.groupby(enumerate(isa.instructions.values()), key=lambda pair: pair[1].family):
        numbered = list(members)
        branches = "\n".join(_branches(isa, numbered)) or "    if False:\n        pass"
        kind = "njit" if any(field.kind == "vr" for field in numbered[0][1].fields.values()) else "inner"
        names[kind].append(f"do_{family}")
        groups.append(_group.replace("KIND", kind).replace("NAME", f"do_{family}").replace("BRANCHES", branches))
        calls.append(_call.replace("NUMBER", str(len(calls))).replace("NAME", f"do_{family}"))
        numbers += [len(calls) - 1] * len(numbered)
    groups.append(f"GROUP = np.array({[*numbers, -1]}, np.int64)  # the last entry is that of unknown words")
    groups.append(f"SCALAR_GROUPS = ({', '.join(names['inner'])},)\nVECTOR_GROUPS = ({', '.join(names['njit'])},)")
    return groups, [
        "        if group < 0:\n            fail(chip, UNKNOWN_WORD, word, ppu, tick)\n            break",
        *calls,
    ]


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


def load_kernel() -> Callable[[Any, int, int], None]:
    """The entry of the kernel: `run(chip, ppu, limit)`."""
    return cast(Callable[[Any, int, int], None], kernel_module().run)


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
