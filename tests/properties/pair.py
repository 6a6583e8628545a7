"""Two processors that run random programs in loops, in a chip with neurons and background events."""

from __future__ import annotations

from functools import cache

import attrs
from hypothesis import strategies as some

from hicannx.asm.assemble import assemble
from hicannx.configs.chip import load_config
from hicannx.diagnostic import DiagnosticError
from hicannx.emu.chip import Chip
from hicannx.emu.omnibus import write
from hicannx.emu.ppu import load_image
from hicannx.emu.snapshot import Snapshot, restore_snapshot, take_snapshot
from hicannx.isa.codec import decode, encode_fields, extract
from hicannx.isa.instruction import Instruction
from hicannx.isa.load import load_isa
from hicannx.isa.processor import programs
from hicannx.isa.semantics.usage import uses
from hicannx.isa.timing import load_model
from hicannx.source import SourceFile
from hicannx.tools.conform.scalar_op import sleep_word
from properties import layout
from properties.word import Words, accesses, instructions, weighed

Event = tuple[int, int, str, int]  # at a tick, for a processor: `gin` or `doorbell`, and the value
begin_tick, end_tick = 50_000, 70_000

_weight = 40
_bus_classes = {name for name, one in load_model().vector.items() if one.unit == "bus"}
# Registers 24 to 31 point to memory, 16 to 23 are distances; neither they nor 13 are written by the body.
_program = """
{handlers}
start:  li      24, {data}
        lis     25, {other}
        ori     25, 25, {data}
        lis     26, {own}
        ori     26, 26, {data}
        lis     27, 0x4000
        li      28, {data} + 0x100
        li      29, {data} + 0x1f0
        li      30, {data} + 2
        li      31, {data} + 1
        li      16, 0
        li      17, 4
        li      18, 8
        li      19, 12
        li      20, 64
        li      21, 128
        li      22, -4
        li      23, 511
        lis     3, {control}@ha
        addi    3, 3, {control}@l
        mtspr   340, 3
        li      3, {period}
        mtspr   54, 3
        mtspr   22, 3
        lis     3, 0x0000
        ori     3, 3, {machine}
        mtmsr   3
        b       body
        .org    {program}
body:   {words}
        b       body
"""


@attrs.frozen
class Side:
    """What one processor runs: words, control and period of its timers, whether it is interrupted, and timed."""

    words: tuple[int, ...]
    control: int
    period: int
    interrupted: bool
    timed: bool

    def image(self, ppu: int) -> bytes:
        """Its memory."""
        registers, sram = load_isa().registers, ("0x8a00", "0x8e00")
        machine = registers.machine_state.external_interrupts if self.interrupted else 0
        text = _program.format(
            handlers=layout.handler_text(layout.manners[0], "start"),
            data=layout.data, program=layout.program, own=sram[ppu], other=sram[1 - ppu],
            control=f"{self.control:#x}", period=self.period, machine=f"{machine:#x}",
            words="\n".join(f".long {word:#x}" for word in self.words),
        )  # fmt: skip
        return bytes(assemble(SourceFile("side.s", text)).image())


@cache
def _chip(which: int) -> Chip:
    """One of the chips that serve all runs."""
    del which
    return Chip()


@cache
def _first() -> Snapshot:
    """LIF neurons that a background source lets fire."""
    chip = Chip()
    for address, word in load_config("picture_lif", seed=5).writes:
        write(chip.world.chip, address, word, 15, -1, 0)
    chip.world.chip.weights[:] = _weight
    chip.advance(begin_tick)
    return take_snapshot(chip)


def new_pair(which: int, sides: tuple[Side, Side]) -> Chip:
    """A chip on which both are about to begin."""
    chip = _chip(which)
    restore_snapshot(chip, _first())
    for ppu, side in enumerate(sides):
        load_image(chip, side.image(ppu), ppu)
        chip.set_timed(ppu, side.timed)
        chip.release_ppu(ppu)
    return chip


def drive(chip: Chip, events: tuple[Event, ...], until: int, cuts: tuple[int, ...] = ()) -> None:
    """Go on to a tick in pieces that end at the cuts, with the events from now on; a fault ends it."""
    waiting = [one for one in events if chip.now_tick <= one[0] < until]
    stops = {*(one[0] for one in waiting), *(cut for cut in cuts if chip.now_tick < cut < until), until}
    try:
        for stop in sorted(stops):
            chip.advance(stop)
            for _, ppu, name, value in (one for one in waiting if one[0] == stop):
                chip.set_pins(ppu, value) if name == "gin" else chip.ring_doorbell(ppu)
    except DiagnosticError:
        return


def _is_tame(row: Instruction) -> bool:
    """Whether it leaves the registers alone that point to memory, and the program where it is."""
    written = {(one.what, one.field) for one in uses(programs()[row.name]) if one.write}
    jumps = (row.timing == "branch" and row.family == "system") or row.name in ("bclr", "bcctr")
    return not jumps and not row.timing.endswith("_update") and ("GPR", "n") not in written and row.name != "lmw"


def _tame(word: int) -> int:
    """The word with results in registers below 13, and addresses made of registers that point to memory."""
    row = decode(load_isa(), word)
    if row is None:
        return word
    values, used = extract(row, word), uses(programs()[row.name])
    for name in {one.field for one in used if one.what == "GPR" and one.write} & values.keys():
        values[name] %= 13
    if accesses(row):
        is_row = row.timing in _bus_classes
        values["RA"] = 0 if is_row else layout.bases[values["RA"] % len(layout.bases)]
        if "RB" in values:
            values["RB"] = layout.indices[values["RB"] % (5 if is_row else 7)]
        if "D" in values:
            values["D"] = values["D"] % 64 & ~3
    return encode_fields(row, values)


def tame_words() -> Words:
    """Instructions that two processors can run for long."""
    sleep = some.just(int.from_bytes(sleep_word, "big"))
    far = instructions(lambda row: _is_tame(row) and accesses(row))
    bus = instructions(lambda row: row.timing in _bus_classes)
    return weighed({instructions(_is_tame): 4, far: 2, bus: 1, sleep: 1}).map(_tame)


def sides() -> some.SearchStrategy[Side]:
    """Random programs for one processor."""
    registers = load_isa().registers
    switches = some.sets(some.sampled_from([registers.mask("TCR", name) for name in ("DIE", "ARE", "FIE")]))
    short, long = (some.lists(tame_words(), min_size=size, max_size=40).map(tuple) for size in (1, 12))
    return some.builds(
        Side,
        short | long,
        switches.map(sum),
        some.integers(20, 400),
        some.booleans(),
        some.booleans(),
    )


def event_lists() -> some.SearchStrategy[tuple[Event, ...]]:
    """What comes from outside."""
    ticks, ppus = some.integers(begin_tick + 1, end_tick - 1), some.integers(0, 1)
    pins = some.tuples(ticks, ppus, some.just("gin"), some.integers(0, 15))
    bells = some.tuples(ticks, ppus, some.just("doorbell"), some.just(1))
    return some.lists(pins | bells, max_size=4, unique_by=lambda one: one[0]).map(lambda found: tuple(sorted(found)))
