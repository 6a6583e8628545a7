"""Recordings of the fast converter (MADC): samples up to the present, what its inputs are connected to, its samples."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.entry import call_now
from hicannx.emu.machine import event_stamp_ticks
from hicannx.emu.madccontrol import control, is_sampling
from hicannx.emu.ppukernel import enter_later
from hicannx.emu.readoutlines import pads, set_lines
from hicannx.emu.registerfields import fields_of, rows_of
from hicannx.emu.state import DEBUG_LINE, NOW, SAMPLES
from hicannx.emu.synram import synapse_rows
from hicannx.emu.world import World
from hicannx.regmodel.codec import decode
from hicannx.regmodel.geometry import neuron_rows_columns
from hicannx.regmodel.load import load_registers
from hicannx.regmodel.playback.labels import load_labels
from hicannx.regmodel.transfer import load_transfer

_Numbers = NDArray[np.int64]
_single = ("MADCConfig", "MADCControl", "ReadoutSourceSelection")


def bring_samples(world: World) -> None:
    """Take the samples that are due before the present, before anything that they depend on changes."""
    if is_sampling(world.chip):
        call_now(world.chip.entry[SAMPLES], world.chip, int(world.recording[0]), int(world.chip.clock[NOW]))


def control_converter(world: World, value: int, tick: int) -> None:
    """A write of MADCControl."""
    enter_later(world.chip, SAMPLES)
    bring_samples(world)
    request = decode(load_registers().containers["MADCControl"], [value])
    control(world.chip, request, _first(fields_of(world.chip, "MADCConfig", _of_one)), tick)
    refresh_lines(world)


def refresh_lines(world: World) -> None:
    """Follow the switches of the readout while the MADC samples, or debug lines reach the CADC."""
    chip = world.chip
    if not is_sampling(chip) and not (chip.channel_source & DEBUG_LINE).any():
        return
    fields: dict[str, Any] = {name: _first(fields_of(chip, name, _of_one)) for name in _single}
    fields["PadMultiplexerConfig"] = fields_of(chip, "PadMultiplexerConfig", np.arange(pads))
    fields["ColumnCurrentQuad"] = _debug_switches(world)
    set_lines(chip, fields, _shown_cells(world))
    bring_samples(world)  # none is due, but the inputs show now what they are connected to


_of_one = np.zeros(1, np.int64)


def _first(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the only instance."""
    return {name: [one[0] for one in value] if isinstance(value, list) else value[0] for name, value in fields.items()}


def _debug_switches(world: World) -> dict[str, _Numbers]:
    """The switches between synaptic lines and debug lines of all neurons' columns, as ColumnCurrentQuad shows them."""
    row, column = neuron_rows_columns()
    cells = world.chip.odd_msb2[row, synapse_rows, column].astype(np.int64)
    values = decode(load_registers().containers["ColumnCurrentQuad"], [np.zeros_like(cells), cells])
    return {name: np.asarray(switches[-1]) for name, switches in values.items()}


def _shown_cells(world: World) -> dict[int, float]:
    """The potentials that quadrants show of one of their cells, V."""
    blocks = fields_of(world.chip, "CapMemBlockConfig", np.arange(load_registers().coordinates["quadrant"].size))
    kind = load_transfer().cells["voltage"]
    found = {}
    for quadrant in np.flatnonzero(blocks["debug_readout_enable"]):
        cell = quadrant * _cells_per_quadrant() + int(blocks["debug_capmem_coord"][quadrant])
        if kind.rows[0] <= load_registers().coordinates["capmem_cell"].views()["capmem_row"][cell] <= kind.rows[1]:
            code = int(world.chip.register[rows_of("CapMemCell")[cell, 0]])
            found[int(quadrant)] = _cell_v(code)
    return found


@cache
def _cells_per_quadrant() -> int:
    coordinates = load_registers().coordinates
    return int(coordinates["capmem_cell"].size // coordinates["quadrant"].size)


def _cell_v(code: int) -> float:
    from hicannx.regmodel.expression import parse_expression

    return float(parse_expression(load_transfer().cells["voltage"].value).evaluate({"code": code}))


def as_messages(ticks: _Numbers, values: _Numbers, arrivals: _Numbers) -> tuple[_Numbers, _Numbers, NDArray[np.uint16]]:
    """Samples as `response_words` takes them."""
    return arrivals, ticks // event_stamp_ticks, (values & _sample_mask).astype(np.uint16)


def sample_parts(values: _Numbers) -> dict[str, NDArray[np.uint16]]:
    """`value` and `channel` of samples."""
    fields = load_labels()["madc_sample"].fields
    return {name: (values >> field.bits[1] & field.highest).astype(np.uint16) for name, field in fields.items()}


_sample_mask = (1 << load_labels()["madc_sample"].bits) - 1
