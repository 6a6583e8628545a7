"""Which outputs drive the inputs of the MADC and the debug lines of the CADC: from the switches between their wires.

A wire is named by what it is, ("neuron", hemisphere, parity) or ("pad", 0). Switches make wires one; the buffers behind
the two source multiplexers pass on what their inputs show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hicannx.emu.analog.sensor import ACAUSAL, BRANCHES, CAUSAL
from hicannx.emu.readoutstate import (
    ADAPTATION,
    CADC_LINES,
    EXC_LINE,
    INH_LINE,
    MADC_LINES,
    MEMBRANE,
    first_channel_probe,
)
from hicannx.emu.state import DEBUG_LINE, NEURON, SENSOR, ChipState
from hicannx.emu.wiring import columns, hemispheres, neurons
from hicannx.regmodel.load import load_registers

_Fields = Mapping[str, Any]
_Wire = tuple[Any, ...]
_muxes = len(load_registers().containers["ReadoutSourceSelection"].by_name["enable_buffer_to_pad"].elements)
pads = load_registers().containers["PadMultiplexerConfig"].instances
_branches = {"causal": CAUSAL, "acausal": ACAUSAL}
_inputs = {"excitatory": EXC_LINE, "inhibitory": INH_LINE}
DRIVES, UNBUFFERED = 1, 2  # bits of `ReadoutState.drives`


class _Wires:
    """Wires, which of them are one, and what drives them: probes, and potentials in V."""

    def __init__(self) -> None:
        self._parent: dict[_Wire, _Wire] = {}
        self._probes: dict[_Wire, list[int]] = {}
        self._constants: dict[_Wire, list[float]] = {}
        self._buffers: dict[_Wire, list[_Wire]] = {}

    def join(self, one: _Wire, other: _Wire) -> None:
        self._parent[self._root(one)] = self._root(other)

    def drive(self, wire: _Wire, probes: NDArray[np.int64]) -> None:
        self._probes.setdefault(wire, []).extend(int(one) for one in probes)

    def hold(self, wire: _Wire, v: float) -> None:
        self._constants.setdefault(wire, []).append(v)

    def buffer(self, source: _Wire, wire: _Wire) -> None:
        self._buffers.setdefault(wire, []).append(source)

    def drivers(self, wire: _Wire, through: frozenset[_Wire] = frozenset()) -> tuple[list[int], list[float]]:
        """All that drives a wire; a buffer that feeds itself adds nothing."""
        root = self._root(wire)
        if root in through:
            return [], []
        probes = [one for own, found in self._probes.items() if self._root(own) == root for one in found]
        held = [one for own, found in self._constants.items() if self._root(own) == root for one in found]
        for own, sources in self._buffers.items():
            for source in sources if self._root(own) == root else []:
                more, constants = self.drivers(source, through | {root})
                probes, held = probes + more, held + constants
        return probes, held

    def _root(self, wire: _Wire) -> _Wire:
        while self._parent.get(wire, wire) != wire:
            wire = self._parent[wire]
        return wire


def set_lines(chip: ChipState, fields: Mapping[str, _Fields], cells: Mapping[int, float]) -> None:
    """Find what drives the lines.

    `fields` of MADCConfig, MADCControl and ReadoutSourceSelection, of PadMultiplexerConfig with an array over the pads
    and of ColumnCurrentQuad with an array over the neurons; `cells`: the potential that the debug output of a quadrant
    shows, where it does.
    """
    wires = _Wires()
    _drive(wires, chip, fields["ColumnCurrentQuad"])
    for quadrant, v in cells.items():
        wires.hold(("cell", quadrant), v)
    _join_sources(wires, fields["ReadoutSourceSelection"])
    _join_pads(wires, fields["PadMultiplexerConfig"], fields["ReadoutSourceSelection"])
    _feed_converter(wires, fields["MADCConfig"], fields["MADCControl"])
    for place in range(_muxes):
        _keep(chip, MADC_LINES + place, *wires.drivers(("converter", place)))
    for branch in range(BRANCHES):
        _keep(chip, CADC_LINES + branch, *wires.drivers(("cadc", branch)))


def _keep(chip: ChipState, line: int, probes: list[int], constants: list[float]) -> None:
    state, unique = chip.readout, sorted(set(probes))
    state.probe[line, : len(unique)] = unique
    state.probes[line] = len(unique)
    state.constant[line] = sum(constants)
    state.drivers[line] = len(unique) + len(constants)


def _drive(wires: _Wires, chip: ChipState, currents: _Fields) -> None:
    """What neurons and sensors drive."""
    every = np.arange(neurons)
    shown = chip.readout.source.astype(np.int64) * neurons + every
    on, unbuffered = chip.readout.drives & DRIVES != 0, chip.readout.drives & UNBUFFERED != 0
    row, column = np.divmod(every, columns)
    for hemisphere in range(hemispheres):
        wires.drive(("stimulus", hemisphere), shown[unbuffered & (row == hemisphere)])
        for parity in range(2):
            wires.drive(("neuron", hemisphere, parity), shown[on & (row == hemisphere) & (column % 2 == parity)])
    for branch in range(BRANCHES):
        source = chip.channel_source[:, branch].reshape(-1)
        kind = np.where(source & DEBUG_LINE, source & ~np.uint8(DEBUG_LINE), 0)
        channels = first_channel_probe + (row * BRANCHES + branch) * columns + column
        wires.drive(("cadc", branch), np.where(kind == NEURON, shown, channels)[(kind == NEURON) | (kind == SENSOR)])
    for name, source_line in _inputs.items():
        debugged = np.asarray(currents[f"enable_debug_{name}"]) != 0
        wires.drive(("input", name), (source_line * neurons + every)[debugged])


def _join_sources(wires: _Wires, selection: _Fields) -> None:
    """The source multiplexers."""
    named = {
        "debug_plus": ("debug", 0),
        "debug_minus": ("debug", 1),
        "current_dac": ("current_dac",),
        "synin_debug_inhibitory": ("input", "inhibitory"),
        "synin_debug_excitatory": ("input", "excitatory"),
        "cadc_debug_causal": ("cadc", CAUSAL),
        "cadc_debug_acausal": ("cadc", ACAUSAL),
    }
    for mux in range(_muxes):
        for name, wire in named.items():
            if selection[name][mux]:
                wires.join(("multiplexer", mux), wire)
        for hemisphere in range(hemispheres):
            for parity, name in enumerate(("neuron_even", "neuron_odd")):
                if selection[name][hemispheres * mux + hemisphere]:
                    wires.join(("multiplexer", mux), ("neuron", hemisphere, parity))


def _join_pads(wires: _Wires, config: _Fields, selection: _Fields) -> None:
    """The multiplexers of the pads."""
    for pad in range(pads):
        for path in _paths(pad, config):
            for one, other in pairwise(path):
                wires.join(one, other)
        for mux in range(_muxes):
            if config["buffer_to_pad"][mux][pad] and selection["enable_buffer_to_pad"][mux]:
                wires.buffer(("multiplexer", mux), ("pad", pad))


def _paths(pad: int, config: _Fields) -> Iterator[list[_Wire]]:
    """Chains of wires that are one at a pad."""
    end, cells, synapses, stimuli = (
        ("pad", pad),
        ("cell multiplexer", pad),
        ("synapse multiplexer", pad),
        ("stimulus multiplexer", pad),
    )
    if config["capmem_v_out_mux_to_capmem_intermediate_mux"][pad]:
        yield from ([cells, ("cell", quadrant)] for quadrant, on in enumerate(config["capmem_v_out_mux"]) if on[pad])
    yield from ([stimuli, ("stimulus", place)] for place, on in enumerate(config["neuron_i_stim_mux"]) if on[pad])
    for name, branch in _branches.items():
        if config[f"cadc_debug_{name}_to_synapse_intermediate_mux"][pad]:
            yield [synapses, ("cadc", branch)]
    for name in _inputs:
        if config[f"synin_debug_{name}_to_synapse_intermediate_mux"][pad]:
            yield [synapses, ("input", name)]
    for switch, wire in (
        ("capmem_intermediate_mux_to_pad", cells),
        ("synapse_intermediate_mux_to_pad", synapses),
        ("neuron_i_stim_mux_to_pad", stimuli),
        ("debug_to_pad", ("debug", pad)),
    ):
        if config[switch][pad]:
            yield [wire, end]


def _feed_converter(wires: _Wires, config: _Fields, request: _Fields) -> None:
    """What reaches the converter: multiplexers or debug lines through its preamplifier, or the pads directly."""
    amplified = config["signal_selection_connect_preamp"] and request["enable_pre_amplifier"]
    amplified = amplified and config["connect_preamp_to_madc"]
    for place in range(_muxes):
        end = ("converter", place)
        if amplified and config["signal_selection_connect_active_mux"] and config["enable_active_mux_amplifiers"]:
            wires.buffer(("multiplexer", place), end)
        if amplified and config["signal_selection_connect_debug"]:
            wires.buffer(("debug", place), end)
        if config["connect_pads_to_madc"]:
            wires.buffer(("pad", place), end)


def set_readout(chip: ChipState, index: NDArray[np.int64], fields: _Fields, quantities: _Fields) -> None:
    """What some neurons show: fields of NeuronConfig and quantities of the model."""
    state = chip.readout
    state.source[index] = fields["readout_source"]
    on = np.asarray(fields["enable_readout_amplifier"]) & np.asarray(fields["enable_readout"])
    state.drives[index] = DRIVES * on + UNBUFFERED * np.asarray(fields["enable_unbuffered_access"])
    state.gain[MEMBRANE, index] = 1
    state.gain[EXC_LINE, index] = -quantities["line_exc_v_per_na"]
    state.gain[INH_LINE, index] = -quantities["line_inh_v_per_na"]
    state.gain[ADAPTATION, index] = 1
    for source, name in ((EXC_LINE, "line_exc_v"), (INH_LINE, "line_inh_v"), (ADAPTATION, "v_adapt_ref_v")):
        state.offset[source, index] = quantities[name]
