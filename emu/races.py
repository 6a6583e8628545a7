"""A run that looks for races: what the emulator does in order, and silicon may not."""

from __future__ import annotations

from collections import deque
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

import attrs

from hicannx.diagnostic import Diagnostic, Severity
from hicannx.emu import state as st
from hicannx.emu.access import next_accesses
from hicannx.emu.fault import Locate, who
from hicannx.emu.machine import sram_bytes
from hicannx.isa.codec import decode, extract
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa
from hicannx.isa.semantics.state import word_bytes
from hicannx.structure import structure
from hicannx.yamlsource import load_resource

if TYPE_CHECKING:
    from hicannx.emu.chip import Chip

_memory_families = ("load", "store", "memory")


@attrs.frozen
class MemoryRace:
    """`first` names an instruction, `then` a family."""

    first: str
    then: str
    text: str
    source: str


@attrs.frozen
class LateResult:
    """A register written by a timing class is read too early by some instructions, so many instructions later."""

    timing: tuple[str, ...]
    register: int
    readers: tuple[str, ...]
    field: str
    instructions: int
    text: str
    source: str


@attrs.frozen
class Races:
    """All of races.yaml."""

    memory: tuple[MemoryRace, ...]
    synchronising: tuple[str, ...]
    late: tuple[LateResult, ...]


@cache
def load_races() -> Races:
    """The rules."""
    return structure(load_resource(files("hicannx.emu") / "races.yaml"), Races)


@attrs.frozen
class _Access:
    pc: int
    row: Instruction
    places: frozenset[int]


@attrs.define
class _Watch:
    """What may still be under way: accesses of memory, and the instructions just executed."""

    pending: list[_Access] = attrs.field(factory=list)
    recent: deque[tuple[int, int, Instruction]] = attrs.field(
        factory=lambda: deque(maxlen=max(one.instructions for one in load_races().late))
    )
    found: dict[tuple[int, int], str] = attrs.field(factory=dict)


def run_checking(chip: Chip, ppu: int, until: int, locate: Locate) -> list[Diagnostic]:
    """Run a processor until it sleeps, at most to a tick; a warning (E113) for each pair of instructions that race."""
    core, watch = chip.world.chip.core[ppu], _Watch()
    while not (core[st.SLEEPING] and core[st.WAKE_TICK] == st.NEVER) and chip.now_tick < until:
        if core[st.SLEEPING]:
            chip.advance(min(until, int(core[st.WAKE_TICK]) + 1), locate)
            continue
        if core[st.PC] < sram_bytes:
            _watch(watch, chip.world.chip, ppu)
        chip.advance(min(until, max(chip.now_tick, int(core[st.TICK])) + 1), locate)
    return [_warning(ppu, first, then, text, locate) for (first, then), text in watch.found.items()]


def _watch(watch: _Watch, chip: st.ChipState, ppu: int) -> None:
    """Look at the instruction that comes next."""
    pc = int(chip.core[ppu, st.PC])
    word = int(chip.sram[ppu, pc // word_bytes()])
    row = decode(load_isa(), word)
    if row is None:
        return
    if row.timing in load_races().synchronising:
        watch.pending.clear()
        watch.recent.clear()
    _watch_late(watch, pc, word, row)
    if row.family in _memory_families:
        touched = (range(first, first + size) for first, size, _ in next_accesses(chip, ppu))
        access = _Access(pc, row, frozenset(chain.from_iterable(touched)))
        for earlier in watch.pending:
            for race in load_races().memory:
                if (race.first, race.then) == (earlier.row.name, row.family) and earlier.places & access.places:
                    watch.found.setdefault((earlier.pc, pc), race.text)
        if row.name in {race.first for race in load_races().memory}:
            watch.pending.append(access)


def _watch_late(watch: _Watch, pc: int, word: int, row: Instruction) -> None:
    for late in load_races().late:
        if row.name in late.readers and extract(row, word)[late.field] == late.register:
            for writer, what, one in list(watch.recent)[-late.instructions :]:
                if one.timing in late.timing and extract(one, what).get("RT") == late.register:
                    watch.found.setdefault((writer, pc), late.text)
    watch.recent.append((pc, word, row))


def _warning(ppu: int, first: int, then: int, text: str, locate: Locate) -> Diagnostic:
    place, other = locate(ppu, then), locate(ppu, first)
    notes = [who(ppu, then, place).replace("stands", "was"), f"the other instruction stands at {first:#06x}"]
    if other.span is not None:
        notes[1] += f", line {other.span.line}"
    help_text = "put `sync` between the two"
    return Diagnostic("E113", text, place.span, severity=Severity.WARNING, notes=tuple(notes), help=help_text)
