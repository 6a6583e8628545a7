"""Power-up and reset: what the chip is like then, initialised or cold."""

from __future__ import annotations

from functools import cache
from typing import Any

from hicannx.emu import state as st
from hicannx.emu.analog.state import NOISY, SEED, STEP_TICKS
from hicannx.emu.entry import call_now
from hicannx.emu.eventqueue import new_queue
from hicannx.emu.instructioncodes import fpga_space
from hicannx.emu.machine import facts
from hicannx.emu.omnibustable import row_of
from hicannx.emu.refresh import refresh_all
from hicannx.emu.request import WRITE_WORD
from hicannx.emu.world import World, new_world
from hicannx.regmodel.load import load_registers

# Arrays of the chip's side in its state; the core and the registers are so in part.
_of_chip = (
    "sram", "weights", "labels", "even_msb2", "odd_msb2", "counters", "latch", "channel_source",
    "channel_offset", "ramp", "converter", "lfsr", "gpr", "spr", "vr", "acc", "vcr", "row", "phy",
)  # fmt: skip
_link_enable = "CommonPhyConfigFPGA"


@cache
def _fresh(is_cold: bool, step_ticks: int) -> World:
    """A world that nothing has happened to; nobody changes it."""
    world = new_world(step_ticks)
    if is_cold:
        _cool(world.chip)
    return world


def _cool(chip: st.ChipState) -> None:
    for name, words in facts["cold_start"].items():
        for row in load_registers().containers[name].all_addresses():
            for address, word in zip(row, words, strict=True):
                chip.register[row_of(int(address))] = word
    chip.phy[:] = 0


def power_up(world: World, is_cold: bool) -> None:
    """Finish a new world whose kernel is entered."""
    if is_cold:
        _cool(world.chip)
    refresh_all(world)
    _refresh_link(world)


def set_reset(world: World, level: bool, is_cold: bool) -> World:
    """The world with the chip's reset line at a level: all of the chip is as after power-up, the FPGA goes on."""
    chip = world.chip
    if level and not chip.fpga[st.RESET_LEVEL]:
        world = _restart(world, _fresh(is_cold, int(world.neurons.counts[STEP_TICKS])))
        refresh_all(world)
    chip.fpga[st.RESET_LEVEL] = level
    _refresh_link(world)
    return world


def _restart(world: World, fresh: World) -> World:
    """Bring the chip's side back, in place, but for the queue of events, which is new."""
    chip: Any = world.chip
    new: Any = fresh.chip
    noise, conversions = chip.neurons.counts[[NOISY, SEED]], chip.converter[:, st.CONVERSIONS].copy()
    for name in _of_chip:
        chip[name][...] = new[name]
    is_chip = chip.address & fpga_space == 0
    chip.register[is_chip] = new.register[is_chip]
    for column in range(st.CORE_COLUMNS):
        if column not in st.CHOSEN:
            chip.core[:, column] = new.core[:, column]
    chip.clock[[st.CHANGED, st.TRIGGERS]] = 0
    for name in ("neurons", "sensors", "drivers", "readout", "backend"):
        for part in chip[name].dtype.names:
            chip[name][part][...] = new[name][part]
    chip.neurons.counts[[NOISY, SEED]], chip.converter[:, st.CONVERSIONS] = noise, conversions
    for name in ("routing", "background"):
        for own, other in zip(getattr(world, name), getattr(fresh, name), strict=True):
            own[...] = other
    return world._replace(queue=new_queue(len(fresh.queue.tick)))


def _refresh_link(world: World) -> None:
    """A write of no byte lets the kernel find out whether the link works."""
    chip = world.chip
    address = load_registers().containers[_link_enable].addresses(0)[0]
    call_now(chip.entry[st.OUTSIDE], chip, st.FPGA_MASTER, WRITE_WORD, address, 0, 0, int(chip.clock[st.NOW]))
