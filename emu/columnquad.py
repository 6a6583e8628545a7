"""Quads of the synapse array that are no memory: CADC counts, and resets of sensors and neurons."""

from __future__ import annotations

from hicannx.emu.analog.sensor import ALL_BRANCHES, BRANCHES, reset_trace
from hicannx.emu.behaviour import NEURON_RESET_QUAD
from hicannx.emu.cadc import convert
from hicannx.emu.kernelcache import inner
from hicannx.emu.machine import ppu_cycle_ticks
from hicannx.emu.state import ACCESS_TICKS, ChipState
from hicannx.emu.synram import entries, quad_columns, quads, synapse_rows
from hicannx.emu.trigger import set_off
from hicannx.emu.wiring import columns

_BUFFERED = 1  # the second half of the sample quads of a hemisphere


@inner
def sample_quad(chip: ChipState, place: int) -> int:
    """The word of a CADCSampleQuad."""
    line, quad = place // quads, place % quads
    row, branch, mode = line % synapse_rows, line // synapse_rows % BRANCHES, line // synapse_rows // BRANCHES
    hemisphere, value = mode // 2, 0
    if mode % 2 != _BUFFERED:
        chip.clock[ACCESS_TICKS] = convert(chip, hemisphere, row) * ppu_cycle_ticks
    for entry in range(entries):
        value = value << 8 | int(chip.latch[hemisphere, branch, quad_columns[quad, entry]])
    return value


@inner
def reset_sensor_quad(chip: ChipState, place: int, enables: int) -> None:
    """Reset both sensors of the synapses whose bytes are enabled."""
    line, quad = place // quads, place % quads
    for entry in range(entries):
        if enables >> (entries - 1 - entry) & 1:
            column = quad_columns[quad, entry]
            reset_trace(chip, line // synapse_rows, line % synapse_rows, column, ALL_BRANCHES)


@inner
def reset_neuron_quad(chip: ChipState, place: int, enables: int, tick: int) -> None:
    """Reset the neurons whose bytes are enabled."""
    first, mask = place // quads * columns + quad_columns[place % quads, 0], 0
    for entry in range(entries):
        mask |= (enables >> (entries - 1 - entry) & 1) << entry
    set_off(chip, NEURON_RESET_QUAD, first, mask, tick)
